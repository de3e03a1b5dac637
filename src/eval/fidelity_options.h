/* fidelity_options.h - how near the synthetic images lie to the real ones, in an evaluation: options and measuring. */
#ifndef DPDM_EVAL_FIDELITY_OPTIONS_H
#define DPDM_EVAL_FIDELITY_OPTIONS_H

#include "dpdm/dataset.h"
#include "base/options.h"
#include "base/watch.h"

typedef enum {
    EVAL_FEATURES_AUTO =
        0, /* inception if its weights are given, else cnn if there are real training images, else none */
    EVAL_FEATURES_NONE,
    EVAL_FEATURES_INCEPTION,
    EVAL_FEATURES_CNN,
    EVAL_FEATURES_PIXELS
} eval_features;

typedef struct {
    char inception[1024];
    int features, resize, feature_epochs, nearest, neighbour_images, kid_draws, kid_size;
    double release_epsilon, release_delta; /* of accuracy_release.h */
    int has_release_epsilon;
    char release_data_set[256]; /* name of the test images in the ledger; "": as real-test */
} eval_fidelity_options;

extern const dpdm_option_table eval_fidelity_table;
void eval_fidelity_defaults(void *object);

/* DPDM_EUSAGE for options that do not go together, before any work. has_train: there will be real training images. */
dpdm_status eval_fidelity_check(const eval_fidelity_options *options, int has_train, dpdm_error *err);

/* What is compared: synthetic with real test images; train: real ones for the feature net, or NULL. */
typedef struct {
    const dpdm_dataset *synthetic, *test, *train;
} eval_fidelity_sets;

/* Measures and adds "fid" (a number or null) and "fidelity" (an object; docs/fid.md) to json. */
dpdm_status eval_fidelity_measure(const dpdm_watch *watch, const eval_fidelity_options *options,
                                  const eval_fidelity_sets *sets, int threads, cJSON *json, dpdm_error *err);

#endif
