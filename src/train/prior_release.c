/* prior_release.c - class means, then a covariance around them. */
#include "train/prior_release.h"

#include <math.h>
#include <stdlib.h>
#include "train/class_covariance.h"
#include "train/class_means.h"
#include "train/covariance.h"

static int release_pixels(const dpdm_train_config *config)
{
    return config->height * config->width * config->channels;
}

dpdm_status dpdm_prior_config_check(const dpdm_train_config *config, dpdm_error *err)
{
    if (!(config->prior_covariance_noise > 0))
        return DPDM_OK;
    if (!(config->prior_means_noise > 0))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "prior-covariance-noise needs class means to go around: give prior-means-noise too");
    if (config->denoiser.kind != DPDM_DENOISER_EDM)
        return dpdm_error_set(err, DPDM_EUSAGE, "prior-covariance-noise goes with denoiser edm only");
    if (config->height % config->prior_pool || config->width % config->prior_pool)
        return dpdm_error_set(err, DPDM_EUSAGE, "prior-pool %d does not divide images of %d x %d", config->prior_pool,
                              config->width, config->height);
    const int values = release_pixels(config) / (config->prior_pool * config->prior_pool);
    if (values > DPDM_COVARIANCE_PIXELS)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "images of %d values are too large for a covariance (at most %d): shrink them for it by "
                              "prior-pool, or leave out prior-covariance-noise",
                              values, DPDM_COVARIANCE_PIXELS);
    if (config->prior_rank > values)
        return dpdm_error_set(err, DPDM_EUSAGE, "prior-rank %d is larger than the %d values of an image%s",
                              config->prior_rank, values, config->prior_pool > 1 ? " shrunk by prior-pool" : "");
    return DPDM_OK;
}

static int release_rank(const dpdm_train_config *config)
{
    return config->prior_covariance_noise > 0 ? config->prior_rank : 0;
}

/* To which an image less its class mean is cut; the sums are of its products, whose norm is the square. */
static double release_norm(const dpdm_train_config *config)
{
    return config->prior_norm > 0 ? config->prior_norm : 0.5 * sqrt(release_pixels(config));
}

size_t dpdm_prior_events(const dpdm_train_config *config, dpdm_event *events, const char **names, double *clips)
{
    const double norm = release_norm(config);
    size_t count = 0;
    if (config->prior_means_noise > 0) {
        names[count] = "class means";
        clips[count] = dpdm_class_means_clip(release_pixels(config));
        events[count++] = (dpdm_event){1, config->prior_means_noise, 1};
    }
    if (config->prior_covariance_noise > 0) {
        names[count] = "covariance";
        clips[count] = norm * norm;
        events[count++] = (dpdm_event){1, config->prior_covariance_noise, 1};
    }
    if (config->prior_class_noise > 0) {
        names[count] = "class covariances";
        clips[count] = norm * norm;
        events[count++] = (dpdm_event){1, config->prior_class_noise, 1};
    }
    return count;
}

/* The parts of a block, in their order. */
typedef struct {
    size_t center, basis, variance, turn, class_variance;
} release_parts;

static release_parts release_sizes(const dpdm_train_config *config)
{
    const size_t pixels = (size_t)release_pixels(config), rank = (size_t)release_rank(config);
    const size_t classes = (size_t)config->classes, apart = config->prior_class_noise > 0 ? classes : 0;
    return (release_parts){(classes + 1) * pixels, rank * pixels, rank + 1, apart * rank * rank, apart * rank};
}

size_t dpdm_prior_floats(const dpdm_train_config *config)
{
    const release_parts size = release_sizes(config);
    return config->prior_means_noise > 0 ? size.center + size.basis + size.variance + size.turn + size.class_variance
                                         : 0;
}

dpdm_prior dpdm_prior_of(const dpdm_train_config *config, float *block)
{
    const release_parts size = release_sizes(config);
    dpdm_prior prior = {.classes = config->classes,
                        .pixels = release_pixels(config),
                        .rank = release_rank(config),
                        .center = block,
                        .basis = block + size.center,
                        .variance = block + size.center + size.basis};
    if (size.turn) {
        prior.class_turn = prior.variance + size.variance;
        prior.class_variance = prior.class_turn + size.turn;
    }
    return prior;
}

dpdm_status dpdm_prior_release(const dpdm_train_config *config, const dpdm_dataset *data, const dpdm_key *run_key,
                               int threads, float *block, dpdm_error *err)
{
    const double norm = release_norm(config);
    dpdm_prior prior = dpdm_prior_of(config, block);
    dpdm_class_counts counts = {.of = calloc((size_t)config->classes, sizeof *counts.of)};
    if (!counts.of)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the counts of %d classes", config->classes);
    dpdm_key key;
    dpdm_key_derive(&key, run_key, "class means");
    dpdm_status status = dpdm_class_means_release(data, config->prior_means_noise, config->grid_bits, &key, threads,
                                                  &prior, &counts, err);
    if (!status && config->prior_covariance_noise > 0) {
        dpdm_key_derive(&key, run_key, "covariance");
        const dpdm_covariance_options options = {.noise_multiplier = config->prior_covariance_noise,
                                                 .norm = norm,
                                                 .count = counts.all,
                                                 .pool = config->prior_pool,
                                                 .grid_bits = config->grid_bits};
        status = dpdm_covariance_release(data, &options, &key, threads, &prior, err);
    }
    if (!status && config->prior_class_noise > 0) {
        dpdm_key_derive(&key, run_key, "class covariances");
        status = dpdm_class_covariance_release(data, config->prior_class_noise, norm, &counts, config->grid_bits, &key,
                                               threads, &prior, err);
    }
    dpdm_key_wipe(&key);
    free(counts.of);
    return status;
}
