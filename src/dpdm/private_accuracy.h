/* private_accuracy.h - accuracies on private test images, released under differential privacy.
 *
 * Unit: one test image; neighbours: add or remove one. For each of m measures (classifiers) every image adds (r, 1 - r)
 * to a pair of sums, r in [0, 1] the share of the classifier's trainings that label it rightly. One image changes the
 * 2m sums by a vector of L2 norm at most sqrt(m), so the Gaussian mechanism of gaussian.h with clip sqrt(m) and noise
 * multiplier sigma covers all m at once, at the cost of one event {sampling rate 1, sigma, 1 step} ON THE TEST SET. The
 * released accuracy is right / (right + wrong), both noisy: the number of images stays private. Proof:
 * docs/privacy/accuracy.md.
 *
 * The claim needs classifiers that do not depend on the test images: the epoch, the seed or the kind must not have been
 * chosen by their accuracy on them. */
#ifndef DPDM_PRIVATE_ACCURACY_H
#define DPDM_PRIVATE_ACCURACY_H

#include "dpdm/accountant.h"
#include "dpdm/dataset.h"
#include "dpdm/rng.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_PRIVATE_ACCURACY_MEASURES 1024

typedef struct dpdm_private_accuracy dpdm_private_accuracy;

/* Counters for `measures` (1 to DPDM_PRIVATE_ACCURACY_MEASURES) classifiers on `records` test images. They are private:
 * destroy wipes them. */
DPDM_API dpdm_status dpdm_private_accuracy_create(uint64_t records, size_t measures, dpdm_private_accuracy **accuracy,
                                                  dpdm_error *err);
DPDM_API void dpdm_private_accuracy_destroy(dpdm_private_accuracy *accuracy);

/* Notes which images of `test` (the same `records` images in every call) are labelled rightly by probabilities
 * [records, classes]; of several calls for one measure, one a training, the mean counts. DPDM_EUSAGE for data that list
 * owners (dataset.h): a person with several images would be protected less than the epsilon says. */
DPDM_API dpdm_status dpdm_private_accuracy_count(dpdm_private_accuracy *accuracy, size_t measure,
                                                 const dpdm_dataset *test, const float *probabilities, dpdm_error *err);

typedef struct {
    double accuracy;  /* in [0, 1] */
    double deviation; /* standard deviation of the noise in it, to first order; computed from released values only */
} dpdm_released_accuracy;

/* What a release will spend on the test set: the smallest noise with epsilon_upper <= epsilon at delta, whatever the
 * number of measures; *bound is the proven bound. Known before an image is looked at, for a ledger to pay. DPDM_EUSAGE if
 * epsilon or delta is out of range. */
DPDM_API dpdm_status dpdm_private_accuracy_plan(double epsilon, double delta, dpdm_event *event, dpdm_bound *bound,
                                                dpdm_error *err);

/* Draws the noise and writes released[0..measures). *event and *bound are
 * those of the plan. key: NULL for a fresh one from the operating system, wiped
 * afterwards; a given one is for tests, and then no privacy is claimed. Every call is one more event. DPDM_EUSAGE if a
 * measure was never counted or epsilon or delta is out of range. */
DPDM_API dpdm_status dpdm_private_accuracy_release(const dpdm_private_accuracy *accuracy, double epsilon, double delta,
                                                   const dpdm_key *key, dpdm_released_accuracy *released,
                                                   dpdm_event *event, dpdm_bound *bound, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
