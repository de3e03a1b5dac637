/* preview.h - grids of samples while training goes on. They come from released values only: post-processing. */
#ifndef DPDM_TRAIN_PREVIEW_H
#define DPDM_TRAIN_PREVIEW_H

#include "dpdm/train.h"

/* Steps between previews: as the config says, or so many that all of them cost about 1 % of the training; 0 for none.
 * Made of public figures only. */
uint64_t dpdm_preview_interval(const dpdm_train_config *config, const dpdm_train_plan *plan);

/* Samples a few images of each class (of the first ten) from the model and writes them as one PNG. */
dpdm_status dpdm_preview_write(const dpdm_train_config *config, const dpdm_train_plan *plan, const dpdm_model *model,
                               const dpdm_key *key, const char *path, dpdm_error *err);

#endif
