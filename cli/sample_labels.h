/* sample_labels.h - which classes the samples of a model are of, as --counts says. */
#ifndef DPDM_CLI_SAMPLE_LABELS_H
#define DPDM_CLI_SAMPLE_LABELS_H

#include "dpdm/model.h"

/* counts: "CLASS:N,CLASS:N", a class as dpdm_class_find takes it, each once. *labels: malloc'ed, [*count], the classes in turn for as long as each has images
 * left. */
dpdm_status sample_counts(const dpdm_model *model, const char *counts, int32_t **labels, uint64_t *count,
                          dpdm_error *err);

#endif
