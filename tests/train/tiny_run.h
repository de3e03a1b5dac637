/* tiny_run.h - a training small enough to be run many times: 48 images of 8 x 8, a network of a few thousand weights.
 */
#ifndef DPDM_TESTS_TINY_RUN_H
#define DPDM_TESTS_TINY_RUN_H

#include "dpdm/train.h"

/* A folder of its own under the system's temporary folder; files inside are written by the functions below. */
typedef struct {
    dpdm_task_kind task; /* what tiny_config is of */
    char root[256], data[300], other[300], run[300];
} tiny_place;

/* Makes the folder with two data sets that differ in one pixel, for trainings of `task`. */
void tiny_place_create_for(tiny_place *place, dpdm_task_kind task);
/* For those of a diffusion model. */
void tiny_place_create(tiny_place *place);
void tiny_place_destroy(tiny_place *place);
/* Removes the run folder. */
void tiny_place_clear(const tiny_place *place);

/* Five steps, seeded, out = place->run. */
dpdm_train_config tiny_config(const tiny_place *place);
/* Weights of its network. */
size_t tiny_parameters(const dpdm_train_config *config);
/* Trains and returns the bytes of the release (the caller's, for free); fails the test otherwise. */
uint8_t *tiny_train(const dpdm_train_config *config, size_t *size);
/* The bytes of RUN/release/model.safetensors, or NULL. */
uint8_t *tiny_release(const tiny_place *place, size_t *size);
int tiny_exists(const tiny_place *place, const char *name);

#endif
