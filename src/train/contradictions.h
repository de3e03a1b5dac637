/* contradictions.h - what a config must not say at once, and how layers of settings (a preset, a file, a command line) go
 * over each other. */
#ifndef DPDM_TRAIN_CONTRADICTIONS_H
#define DPDM_TRAIN_CONTRADICTIONS_H

#include "train/config.h"

/* DPDM_EUSAGE, with the way out, for the first of them. Ranges and facts have been checked. */
dpdm_status dpdm_train_contradictions(const dpdm_train_config *config, dpdm_error *err);
/* Those of diffusion models, beside. network: dpdm_train_unet of the config. */
dpdm_status dpdm_train_contradictions_diffusion(const dpdm_train_config *config,
                                                const dpdm_network_description *network, dpdm_error *err);

/* Settings of which a layer may give one, and thereby takes the place of the other given before: steps and epochs; and, where
 * records is public, batch and sampling rate. Both in one layer contradict each other, which is for the check. Begin, read
 * the layer into the config, end; a config whose layer could not be read is not to be used. */
typedef struct {
    double batch, sampling_rate, epochs;
    uint64_t steps;
} dpdm_train_layer;

dpdm_train_layer dpdm_train_layer_begin(dpdm_train_config *config);
void dpdm_train_layer_end(dpdm_train_config *config, const dpdm_train_layer *before);

#endif
