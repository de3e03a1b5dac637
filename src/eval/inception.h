/* inception.h - Inception's features of a data set. */
#ifndef DPDM_EVAL_INCEPTION_H
#define DPDM_EVAL_INCEPTION_H

#include "dpdm/features.h"

enum { INCEPTION_FEATURES = 2048 };

typedef struct eval_inception eval_inception;

/* As dpdm_features_inception. */
dpdm_status inception_create(const char *path, dpdm_resize resize, int threads, eval_inception **inception,
                             dpdm_error *err);
void inception_destroy(eval_inception *inception);
/* out [data->count, INCEPTION_FEATURES]. */
dpdm_status inception_extract(eval_inception *inception, const dpdm_dataset *data, float *out,
                              dpdm_progress_fn progress, void *context, dpdm_error *err);

#endif
