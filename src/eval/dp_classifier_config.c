/* dp_classifier_config.c - options of the DP-SGD classifier, their defaults, and the plan they come to. */
#include "eval/dp_classifier.h"

#include <math.h>
#include <string.h>
#include "base/pool.h"
#include "dpdm/gaussian.h"
#include "eval/classifier_choices.h"
#include "train/config.h"

static const char *const optimiser_choices[] = {"adam", "sgd", NULL};
static const char *const accountant_choices[] = {"pld", "rdp", NULL};
static const char *const unit_choices[] = {"auto", "image", "person", NULL};

#define AT(field) offsetof(dpdm_dp_classifier_config, field)
enum { PUBLIC = DPDM_OPTION_PUBLIC, BATCHES = 8 };

static const char data_group[] = "Data (public facts: they are checked against the data, never read off them)";
static const char privacy_group[] = "Privacy";
static const char training_group[] = "Training";

/* name, type, offset, size, min, max, choices, metavar, group, help, given, flags */
static const dpdm_option rows[] = {
    {"data", DPDM_OPTION_STRING, AT(data), 1024, 0, 0, NULL, "SPEC", data_group,
     "folder or file of images, or a known name such as fashion-mnist", 0, 0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), 1024, 0, 0, NULL, "DIR", data_group,
     "where known names are looked up first", 0, 0},
    {"height", DPDM_OPTION_INT, AT(height), 0, 0, 4096, NULL, "N", data_group, "image height in pixels", 0, PUBLIC},
    {"width", DPDM_OPTION_INT, AT(width), 0, 0, 4096, NULL, "N", data_group, "image width in pixels", 0, PUBLIC},
    {"channels", DPDM_OPTION_INT, AT(channels), 0, 0, 16, NULL, "N", data_group, "1 for grey, 3 for colour", 0, PUBLIC},
    {"classes", DPDM_OPTION_INT, AT(classes), 0, 0, 65536, NULL, "N", data_group,
     "number of classes; labels run from 0 to classes - 1", 0, PUBLIC},
    {"class-names", DPDM_OPTION_STRING, AT(class_names), DPDM_CLASS_NAMES, 0, 0, NULL, "LIST", data_group,
     "names of the classes in the order of labels, with commas between: needed where the data name their classes", 0,
     PUBLIC | DPDM_OPTION_LIST},
    {"records", DPDM_OPTION_U64, AT(records), 0, 0, 0, NULL, "N", data_group,
     "number of training images, where it may be known to all; else give sampling-rate", 0, PUBLIC},

    {"epsilon", DPDM_OPTION_DOUBLE, AT(epsilon), 0, 0, 1e6, NULL, "E", privacy_group,
     "privacy target; the noise multiplier is calibrated to it", 0, PUBLIC},
    {"delta", DPDM_OPTION_DOUBLE, AT(delta), 0, 0, 1, NULL, "D", privacy_group,
     "probability of failure; well below 1 / records", 0, PUBLIC},
    {"accept-delta", DPDM_OPTION_FLAG, AT(accept_delta), 0, 0, 0, NULL, NULL, privacy_group,
     "a delta of 0.1 or more, which protects nobody, is meant", 0, PUBLIC},
    {"noise-multiplier", DPDM_OPTION_DOUBLE, AT(noise_multiplier), 0, 0, 1e9, NULL, "S", privacy_group,
     "noise standard deviation / clip; 0: from epsilon", 0, PUBLIC},
    {"sampling-rate", DPDM_OPTION_DOUBLE, AT(sampling_rate), 0, 0, 1, NULL, "Q", privacy_group,
     "probability with which each image is in a batch; 0: batch / records", 0, PUBLIC},
    {"clip", DPDM_OPTION_DOUBLE, AT(clip), 0, 1e-30, 1e30, NULL, "C", privacy_group,
     "L2 norm to which the gradient of an image is clipped", 0, PUBLIC},
    {"grid-bits", DPDM_OPTION_INT, AT(grid_bits), 0, 20, 44, NULL, "S", privacy_group,
     "the exact sum works in steps of clip / 2^S", 0, PUBLIC},
    {"batch", DPDM_OPTION_DOUBLE, AT(batch), 0, 0, 1e12, NULL, "B", privacy_group,
     "expected batch size, the constant sums are divided by; 0: chosen for the classifier", 0, PUBLIC},
    {"epochs", DPDM_OPTION_DOUBLE, AT(epochs), 0, 0, 1e9, NULL, "N", privacy_group,
     "length of training: steps = epochs / sampling rate; 0: chosen for the classifier", 0, PUBLIC},
    {"steps", DPDM_OPTION_U64, AT(steps), 0, 0, 0, NULL, "T", privacy_group, "length of training; 0: from epochs", 0,
     PUBLIC},
    {"accountant", DPDM_OPTION_CHOICE, AT(accountant), 0, 0, 0, accountant_choices, "NAME", privacy_group,
     "proof of epsilon that calibration uses", 0, PUBLIC},
    {"owner-cap", DPDM_OPTION_INT, AT(owner.cap), 0, 0, DPDM_GROUP_MAX, NULL, "M", privacy_group,
     "protect people instead of images: of each owner in the data the first M images count; 0: an image is protected",
     0, PUBLIC},
    {"owner-cap-asserted", DPDM_OPTION_FLAG, AT(owner.asserted), 0, 0, 0, NULL, NULL, privacy_group,
     "the data list no owners: that nobody owns more than owner-cap images in them is your word", 0, PUBLIC},
    {"unit", DPDM_OPTION_CHOICE, AT(owner.unit), 0, 0, 0, unit_choices, "UNIT", privacy_group,
     "what is protected; image: single images also where the data list owners", 0, PUBLIC},

    {"classifier", DPDM_OPTION_CHOICE, AT(kind), 0, 0, 0, dpdm_classifier_choices, "NAME", training_group,
     "which classifier", 0, PUBLIC},
    {"optimiser", DPDM_OPTION_CHOICE, AT(optimiser), 0, 0, 0, optimiser_choices, "NAME", training_group,
     "what turns noisy gradients into steps", 0, PUBLIC},
    {"learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 0, 1e6, NULL, "R", training_group,
     "step size; 0, with adam: chosen for the classifier", 0, PUBLIC},
    {"augmentations", DPDM_OPTION_INT, AT(augmentations), 0, 1, 256, NULL, "K", training_group,
     "random views of an image, whose gradients are averaged before clipping; 1: the image itself", 0, PUBLIC},
    {"shift", DPDM_OPTION_INT, AT(shift), 0, 0, 64, NULL, "N", training_group, "views: shifted by up to so many pixels",
     0, PUBLIC},
    {"mirror", DPDM_OPTION_FLAG, AT(mirror), 0, 0, 0, NULL, NULL, training_group,
     "views: mirrored at random; for images that mean the same then", 0, PUBLIC},
    {"momentum", DPDM_OPTION_DOUBLE, AT(momentum), 0, 0, 0.999999999, NULL, "X", training_group, "sgd: momentum", 0,
     PUBLIC},
    {"ema", DPDM_OPTION_DOUBLE, AT(ema), 0, 0, 0.999999999, NULL, "X", training_group,
     "decay of the average of the weights that is released; 0: the last weights", 0, PUBLIC},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", training_group, "0: all cores. Changes no bit", 0,
     0},
    {"seed", DPDM_OPTION_U64, AT(seed), 0, 0, 0, NULL, "N", training_group,
     "for tests only: whoever knows it can take the noise away, so the classifier carries no privacy claim",
     AT(has_seed), 0},
    {"ledger", DPDM_OPTION_STRING, AT(ledger), sizeof((dpdm_dp_classifier_config *)0)->ledger, 0, 0, NULL, "FILE",
     privacy_group, "ledger whose budget pays for the training; default: $DPDM_LEDGER, if set", 0, 0},
    {"data-set", DPDM_OPTION_STRING, AT(data_set), sizeof((dpdm_dp_classifier_config *)0)->data_set, 0, 0, NULL, "NAME",
     privacy_group, "name of the data in the ledger; empty: what is given as data", 0, 0},
};

const dpdm_option_table dpdm_dp_classifier_option_table = {rows, sizeof rows / sizeof *rows};

dpdm_dp_classifier_config dpdm_dp_classifier_config_default(void)
{
    return (dpdm_dp_classifier_config){.kind = DPDM_CLASSIFIER_CNN,
                                       .clip = 1,
                                       .grid_bits = DPDM_GRID_BITS,
                                       .accountant = DPDM_ACCOUNTANT_PLD,
                                       .optimiser = DPDM_OPTIMISER_ADAM,
                                       .momentum = 0.9,
                                       .ema = 0.9,
                                       .augmentations = 1,
                                       .shift = 2};
}

void dpdm_dp_classifier_config_settle(dpdm_dp_classifier_config *config)
{
    static const struct {
        double batch, epochs, learning_rate;
    } recipes[] = {[DPDM_CLASSIFIER_LOGREG] = {4096, 30, 1e-2},
                   [DPDM_CLASSIFIER_MLP] = {4096, 30, 3e-3},
                   [DPDM_CLASSIFIER_CNN] = {2048, 30, 6e-3},
                   [DPDM_CLASSIFIER_RESNET] = {2048, 20, 4e-3}};
    const size_t kind = (size_t)config->kind;
    if (kind >= sizeof recipes / sizeof *recipes)
        return;
    if (config->batch == 0 && config->sampling_rate == 0 && config->records)
        config->batch = fmin(recipes[kind].batch, ceil((double)config->records / BATCHES));
    if (config->epochs == 0 && config->steps == 0)
        config->epochs = recipes[kind].epochs;
    if (config->learning_rate == 0 && config->optimiser == DPDM_OPTIMISER_ADAM)
        config->learning_rate = recipes[kind].learning_rate;
}

/* What both kinds of training have in common, so that facts and privacy are checked and planned by one code. */
static dpdm_train_config dp_classifier_common(const dpdm_dp_classifier_config *config)
{
    dpdm_train_config common = dpdm_train_config_default();
    memcpy(common.data, config->data, sizeof common.data);
    common.height = config->height;
    common.width = config->width;
    common.channels = config->channels;
    memcpy(common.class_names, config->class_names, sizeof common.class_names);
    common.classes = config->classes;
    common.records = config->records;
    common.epsilon = config->epsilon;
    common.delta = config->delta;
    common.accept_delta = config->accept_delta;
    common.noise_multiplier = config->noise_multiplier;
    common.sampling_rate = config->sampling_rate;
    common.clip = config->clip;
    common.grid_bits = config->grid_bits;
    common.batch = config->batch;
    common.epochs = config->epochs;
    common.steps = config->steps;
    common.accountant = config->accountant;
    common.owner = config->owner;
    common.has_seed = config->has_seed;
    memcpy(common.ledger, config->ledger, sizeof common.ledger);
    memcpy(common.data_set, config->data_set, sizeof common.data_set);
    return common;
}

/* The values that the check of the common ones does not see. */
static dpdm_status dp_classifier_check(const dpdm_dp_classifier_config *config, dpdm_error *err)
{
    if (!(config->learning_rate > 0 && isfinite(config->learning_rate)))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "learning-rate is %g: it must be above 0 (only with adam can it be left to dpdm)",
                              config->learning_rate);
    if (config->augmentations < 1 || config->augmentations > 256 || config->shift < 0 || config->shift > 64)
        return dpdm_error_set(err, DPDM_EUSAGE, "augmentations is %d and shift %d: they must lie in 1..256 and 0..64",
                              config->augmentations, config->shift);
    if (!(config->momentum >= 0 && config->momentum < 1 && config->ema >= 0 && config->ema < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "momentum is %g and ema %g: both must be at least 0 and below 1",
                              config->momentum, config->ema);
    if (config->optimiser != DPDM_OPTIMISER_ADAM && config->optimiser != DPDM_OPTIMISER_SGD)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown optimiser number %d", (int)config->optimiser);
    return DPDM_OK;
}

static dpdm_status dp_classifier_machine(const dpdm_dp_classifier_config *config, dpdm_dp_classifier_plan *plan,
                                         dpdm_error *err)
{
    dpdm_network *network;
    dpdm_pool *pool;
    dpdm_status status = dpdm_network_classifier(config->kind, config->height, config->width, config->channels,
                                                 config->classes, &network, err);
    if (status)
        return status;
    plan->parameters = dpdm_network_parameters(network);
    dpdm_network_destroy(network);
    status = dpdm_pool_create(config->threads, &pool, err);
    if (status)
        return status;
    plan->threads = dpdm_pool_threads(pool);
    dpdm_pool_destroy(pool);
    return DPDM_OK;
}

dpdm_status dpdm_dp_classifier_plan_make(const dpdm_dp_classifier_config *wanted, dpdm_dp_classifier_plan *plan,
                                         dpdm_error *err)
{
    memset(plan, 0, sizeof *plan);
    dpdm_dp_classifier_config settled = *wanted, *config = &settled;
    dpdm_dp_classifier_config_settle(config);
    dpdm_train_config common = dp_classifier_common(config);
    dpdm_train_plan privacy;
    dpdm_status status = dpdm_train_config_check(&common, err);
    if (!status)
        status = dp_classifier_check(config, err);
    if (!status)
        status = dp_classifier_machine(config, plan, err);
    if (!status)
        status = dpdm_train_plan_privacy(&common, &privacy, err);
    if (status)
        return status;
    plan->steps = privacy.steps;
    plan->rate = privacy.rate;
    plan->sampling_rate = privacy.sampling_rate;
    plan->batch = privacy.batch;
    plan->noise_multiplier = privacy.noise_multiplier;
    plan->bound = privacy.bound;
    return DPDM_OK;
}
