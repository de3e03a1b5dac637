/* fidelity_options.c - the options of fidelity_options.h. */
#include "eval/fidelity_options.h"

#include "dpdm/features.h"

static const char *const feature_choices[] = {"auto", "none", "inception", "cnn", "pixels", NULL};
static const char *const resize_choices[] = {"reference", "centred", NULL};
static const char group[] = "Fidelity";
static const char release_group[] = "Private release of accuracies";

#define AT(field) offsetof(eval_fidelity_options, field)
static const dpdm_option rows[] = {
    {"features", DPDM_OPTION_CHOICE, AT(features), 0, 0, 0, feature_choices, "NAME", group,
     "what images are compared by: Inception-v3 (needs --inception), a CNN trained on --real-train, pixels, or "
     "nothing; "
     "auto: the first of the first two that can be had",
     0, 0},
    {"inception", DPDM_OPTION_STRING, AT(inception), 1024, 0, 0, NULL, "FILE", group,
     "weights of Inception-v3 as tools/convert-inception.py writes them", 0, 0},
    {"inception-resize", DPDM_OPTION_CHOICE, AT(resize), 0, 0, 0, resize_choices, "NAME", group,
     "how images reach Inception's size: as in published FIDs, or with pixel centres that meet", 0, 0},
    {"feature-epochs", DPDM_OPTION_INT, AT(feature_epochs), 0, 1, 10000, NULL, "N", group,
     "passes over the real images to train the CNN", 0, 0},
    {"nearest", DPDM_OPTION_INT, AT(nearest), 0, 1, 1024, NULL, "K", group,
     "neighbour that the balls of precision, recall, density and coverage reach to", 0, 0},
    {"neighbour-images", DPDM_OPTION_INT, AT(neighbour_images), 0, 2, 10000000, NULL, "N", group,
     "at most so many images of each set, drawn at random, for these four", 0, 0},
    {"kid-draws", DPDM_OPTION_INT, AT(kid_draws), 0, 1, 100000, NULL, "N", group, "draws that KID is the mean of", 0,
     0},
    {"kid-size", DPDM_OPTION_INT, AT(kid_size), 0, 2, 100000, NULL, "N", group,
     "images of each set in a draw, at most all", 0, 0},
    {"release-epsilon", DPDM_OPTION_DOUBLE, AT(release_epsilon), 0, 1e-6, 1000, NULL, "E", release_group,
     "also release the accuracies with noise, under this epsilon; it is spent on the real test images",
     AT(has_release_epsilon), 0},
    {"release-delta", DPDM_OPTION_DOUBLE, AT(release_delta), 0, 1e-300, 0.5, NULL, "D", release_group,
     "its delta; well below 1 / number of test images", 0, 0},
    {"release-data-set", DPDM_OPTION_STRING, AT(release_data_set), sizeof((eval_fidelity_options *)0)->release_data_set,
     0, 0, NULL, "NAME", release_group,
     "name of the real test images in the ledger (see --ledger); empty: what is given as real-test", 0, 0},
};

const dpdm_option_table eval_fidelity_table = {rows, sizeof rows / sizeof *rows};

void eval_fidelity_defaults(void *object)
{
    *(eval_fidelity_options *)object = (eval_fidelity_options){.features = EVAL_FEATURES_AUTO,
                                                               .resize = DPDM_RESIZE_REFERENCE,
                                                               .feature_epochs = 5,
                                                               .nearest = 5,
                                                               .neighbour_images = 10000,
                                                               .kid_draws = 100,
                                                               .kid_size = 1000,
                                                               .release_delta = 1e-5};
}

dpdm_status eval_fidelity_check(const eval_fidelity_options *options, int has_train, dpdm_error *err)
{
    if (options->features == EVAL_FEATURES_INCEPTION && !options->inception[0])
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "--features inception needs --inception FILE: weights that tools/convert-inception.py wrote");
    if (options->features == EVAL_FEATURES_CNN && !has_train)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--features cnn needs --real-train SPEC: real images to train the CNN on");
    return DPDM_OK;
}
