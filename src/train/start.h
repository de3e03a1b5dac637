/* start.h - the public start of a training (docs/privacy/starts.md). */
#ifndef DPDM_TRAIN_START_H
#define DPDM_TRAIN_START_H

#include "dpdm/train.h"

/* What config->init is, as its file says; *start is empty where the config names none. DPDM_EUSAGE: a private release, a
 * model that says neither, or one of another network or denoiser. */
dpdm_status dpdm_start_describe(const dpdm_train_config *config, dpdm_start *start, dpdm_error *err);
/* Its weights, to their places in the flat buffer of a network that has them and perhaps more, which stay; DPDM_ESTATE if
 * the file is no longer the one that was described. */
dpdm_status dpdm_start_load(const dpdm_train_config *config, const dpdm_start *start, const dpdm_network *network,
                            float *params, dpdm_error *err);

#endif
