/* fidelity_options.h - how near the synthetic images lie to the real ones, for `dpdm eval`: options and measuring. */
#ifndef DPDM_CLI_FIDELITY_OPTIONS_H
#define DPDM_CLI_FIDELITY_OPTIONS_H

#include "dpdm/dataset.h"
#include "verb.h"

typedef enum {
    CLI_FEATURES_AUTO =
        0, /* inception if its weights are given, else cnn if there are real training images, else none */
    CLI_FEATURES_NONE,
    CLI_FEATURES_INCEPTION,
    CLI_FEATURES_CNN,
    CLI_FEATURES_PIXELS
} cli_features;

typedef struct {
    char inception[1024];
    int features, resize, feature_epochs, nearest, neighbour_images, kid_draws, kid_size;
    double release_epsilon, release_delta; /* of accuracy_release.h */
    int has_release_epsilon;
    char release_data_set[256]; /* name of the test images in the ledger; "": as real-test */
} cli_fidelity;

extern const dpdm_option_table cli_fidelity_options;
void cli_fidelity_defaults(void *object);

/* DPDM_EUSAGE for options that do not go together, before any work. has_train: there will be real training images. */
dpdm_status cli_fidelity_check(const cli_fidelity *options, int has_train, dpdm_error *err);

/* What is compared: synthetic with real test images; train: real ones for the feature net, or NULL. */
typedef struct {
    const dpdm_dataset *synthetic, *test, *train;
} cli_fidelity_sets;

/* Measures and adds "fid" (a number or null) and "fidelity" (an object; docs/fid.md) to json. */
dpdm_status cli_fidelity_measure(const cli_call *call, const cli_fidelity *options, const cli_fidelity_sets *sets,
                                 int threads, cJSON *json, dpdm_error *err);
/* The figures of such a json for people, on standard output. */
void cli_fidelity_print(const cJSON *json);

#endif
