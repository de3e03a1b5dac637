/* presets.h - the networks that the tests run, and fixed random weights, inputs and output gradients for them.
 *
 * Every example's data depends on its number only, so that batches can be cut in any way. */
#ifndef TESTS_NN_PRESETS_H
#define TESTS_NN_PRESETS_H

#include "dpdm/network.h"

typedef struct {
    const char *name;
    int height, width, channels, classes, outputs; /* outputs: floats of one example */
    int classifier; /* a dpdm_classifier_kind, or -1: U-Net, -2: adapted.h, -3: that, all trained */
    dpdm_unet_settings unet;
} preset;

/* NULL if there is none of that name. */
const preset *preset_find(const char *name);
dpdm_status preset_create(const preset *p, dpdm_network **network, dpdm_error *err);

/* Random weights of a size that lets every layer matter (the "zero-like" ones too). */
void preset_values(const dpdm_network *network, float *values);
/* Examples first .. first + count to the first places of the batch, of all inputs and of the gradients of all outputs. */
void preset_inputs(const preset *p, dpdm_workspace *work, int first, int count);
void preset_output_gradient(const preset *p, dpdm_workspace *work, int first, int count);

#endif
