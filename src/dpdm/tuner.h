/* tuner.h - choosing a sampler without looking at private images.
 *
 * Each candidate draws its own set of images from the model; the sets are then judged by figures that are functions of the
 * model alone, so that the choice is post-processing and costs nothing:
 *
 *   agreement  accuracy of a classifier trained on the candidate's images, tested on the images of all other candidates.
 *              A set that leaves out much of a class, or draws it wrongly, teaches less of what the others show.
 *   moments    squared Frechet distance between Gaussians: the candidate's images and the Gaussian prior that the run
 *              released under privacy (class means and covariance), in the directions of the prior; smaller is better.
 *              Only for a model with a prior of rank > 0.
 *
 * How well they foretell accuracy on real images is measured in docs/sampling.md. Given real images the tuner reports that
 * accuracy too; a choice by it TOUCHES REAL DATA, which no privacy budget has paid for. */
#ifndef DPDM_TUNER_H
#define DPDM_TUNER_H

#include "dpdm/classifier.h"
#include "dpdm/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A sampler and how it did. */
typedef struct {
    dpdm_sampler sampler;
    double agreement; /* in [0, 1], mean over the other candidates */
    double moments;   /* >= 0, in squared pixel units of [-1, 1], all pixels of an image; NaN without such a prior */
    double real_accuracy; /* NaN where no real images were given */
} dpdm_tuner_entry;

typedef struct {
    uint64_t count;                    /* images drawn with each candidate, at least 2 */
    dpdm_classifier_config classifier; /* its seed is used for all; threads too, also for sampling */
    const dpdm_dataset *real;          /* NULL (nothing real is touched), or real images to test on */
    const dpdm_key *key;               /* of the images */
} dpdm_tuner_config;

enum { DPDM_TUNER_CANDIDATES = 32 };

/* The usual candidates at no more than `evaluations` (>= 8) of the denoiser an image: every sampler, several amounts of
 * churn over two ranges, and guidance. Writes entries[0..return value), at most DPDM_TUNER_CANDIDATES. */
DPDM_API size_t dpdm_tuner_candidates(int evaluations, dpdm_tuner_entry *entries);

/* Called while images are drawn ("sampling") and classifiers trained ("judging"); non-zero stops with DPDM_ECANCELLED. */
typedef int (*dpdm_tuner_progress_fn)(void *context, const char *stage, uint64_t done, uint64_t total);

/* Draws and judges; fills the figures of entries[0..n), n >= 2. Holds all sets in memory: n * count images. The result
 * depends on model, config and entries only, not on the number of threads. progress: may be NULL. */
DPDM_API dpdm_status dpdm_tuner_run(const dpdm_model *model, const dpdm_tuner_config *config, dpdm_tuner_entry *entries,
                                    size_t n, dpdm_tuner_progress_fn progress, void *context, dpdm_error *err);

/* The distance "moments" of labelled images; NaN where the prior has rank 0. DPDM_EUSAGE if shapes differ. */
DPDM_API dpdm_status dpdm_tuner_moments(const dpdm_prior *prior, const dpdm_dataset *data, double *distance,
                                        dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
