/* contradictions.c - settings that say two things at once, or that what is asked for will not happen. */
#include "train/contradictions.h"

#include <math.h>
#include <stdio.h>

/* How far a stated batch may lie from rate times records: figures are copied with a few digits. */
static const double BATCH_SLACK = 1e-3;

dpdm_status dpdm_train_contradictions(const dpdm_train_config *config, dpdm_error *err)
{
    const double expected = config->sampling_rate * (double)config->records;
    if (config->steps && config->epochs > 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "steps %llu and epochs %g both say how long to train: give one of them",
                              (unsigned long long)config->steps, config->epochs);
    if (config->batch > 0 && expected > 0 && fabs(config->batch - expected) > BATCH_SLACK * expected)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "batch %g contradicts sampling-rate %g of %llu records, which expects %g images a step: "
                              "give one of the two",
                              config->batch, config->sampling_rate, (unsigned long long)config->records, expected);
    if (config->data_set[0] && !config->ledger[0] && !config->has_seed)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "data-set names a budget in a ledger, but no ledger is given, so nothing would pay: give "
                              "--ledger or set DPDM_LEDGER, or leave data-set out");
    return DPDM_OK;
}

static int network_has_height(const dpdm_network_description *network, int wanted)
{
    for (int level = 0, height = network->height / network->unet.patch; level < network->unet.levels;
         level++, height /= 2)
        if (height == wanted)
            return 1;
    return 0;
}

static dpdm_status contradictions_network(const dpdm_network_description *network, dpdm_error *err)
{
    char heights[12 * DPDM_MAX_LEVELS] = "";
    int length = 0;
    for (int level = 0, height = network->height / network->unet.patch; level < network->unet.levels;
         level++, height /= 2)
        length += snprintf(heights + length, sizeof heights - (size_t)length, "%s%d", level ? ", " : "", height);
    for (int i = 0; i < DPDM_MAX_ATTENTION && network->unet.attention[i]; i++)
        if (!network_has_height(network, network->unet.attention[i]))
            return dpdm_error_set(err, DPDM_EUSAGE,
                                  "attention at height %d, but no level has it: their heights are %s; choose of these, "
                                  "or none (an empty attention)",
                                  network->unet.attention[i], heights);
    return DPDM_OK;
}

static dpdm_status contradictions_training(const dpdm_train_config *config, dpdm_error *err)
{
    if (!(config->learning_rate > 0))
        return dpdm_error_set(err, DPDM_EUSAGE, "learning-rate is 0: privacy would be spent on learning nothing");
    if (config->label_drop >= 1)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "label-drop is 1: the network would never see a label, but is asked to draw classes; a "
                              "usual value is 0.1");
    if (config->views > config->multiplicity)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "views %d is larger than multiplicity %d, the draws of an image: some views would never be "
            "seen; a draw sees one",
            config->views, config->multiplicity);
    if (config->views > 1 && config->shift == 0 && !config->mirror)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "views %d of an image that is neither shifted nor mirrored are all the same: give shift or "
            "mirror, or leave views out",
            config->views);
    if (config->chunk > config->multiplicity)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "chunk %d is larger than multiplicity %d, the draws of an image: there are no more to "
                              "run at once",
                              config->chunk, config->multiplicity);
    if (config->steps && config->learning_rate_warmup >= (double)config->steps)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "learning-rate-warmup of %g steps does not end within the %llu steps of the training",
                              config->learning_rate_warmup, (unsigned long long)config->steps);
    if (config->prior_class_noise > 0 && !(config->prior_covariance_noise > 0))
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "prior-class-noise needs the directions of a covariance: give prior-covariance-noise too");
    if (config->prior_norm > 0 && !(config->prior_covariance_noise > 0))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "prior-norm is for a covariance: give prior-covariance-noise too, or leave it out");
    if (config->prior_pool > 1 && !(config->prior_covariance_noise > 0))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "prior-pool is for a covariance: give prior-covariance-noise too, or leave it out");
    return DPDM_OK;
}

dpdm_status dpdm_train_contradictions_diffusion(const dpdm_train_config *config,
                                                const dpdm_network_description *network, dpdm_error *err)
{
    dpdm_status status = contradictions_network(network, err);
    return status ? status : contradictions_training(config, err);
}

/* ---- layers ---- */

dpdm_train_layer dpdm_train_layer_begin(dpdm_train_config *config)
{
    const dpdm_train_layer before = {config->batch, config->sampling_rate, config->epochs, config->steps};
    config->batch = config->sampling_rate = config->epochs = NAN;
    config->steps = UINT64_MAX;
    return before;
}

/* Of two settings for one thing, each with whether the layer gave it: the one that it did not give is taken from the layers
 * before, unless the other one was given. */
void dpdm_train_layer_end(dpdm_train_config *config, const dpdm_train_layer *before)
{
    const int batch = !isnan(config->batch), rate = !isnan(config->sampling_rate);
    const int epochs = !isnan(config->epochs), steps = config->steps != UINT64_MAX;
    const int one = config->records != 0; /* with N private batch and rate are two things */
    if (!batch)
        config->batch = rate && one ? 0 : before->batch;
    if (!rate)
        config->sampling_rate = batch && one ? 0 : before->sampling_rate;
    if (!epochs)
        config->epochs = steps ? 0 : before->epochs;
    if (!steps)
        config->steps = epochs ? 0 : before->steps;
}
