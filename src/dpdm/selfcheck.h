/* selfcheck.h - a replay audit of the training step: the promises of dp_step.h, tried out on this machine.
 *
 * Steps of the real code (gradients of a tiny U-Net, and of a tiny classifier; clip, grid, sum, noise, release, Adam, average) are run
 * with the same keys on made-up data sets that differ in one image, and compared without tolerance: everything must be
 * equal, bit for bit, but the integer sum, which may move by one vector of integer norm <= 2^s. A failed check proves a
 * defect; a pass is evidence for the cases tried, beside the proofs of docs/privacy. It reads no data of anyone's.
 * What is checked, and what a pass means: docs/privacy/selfcheck.md. */
#ifndef DPDM_SELFCHECK_H
#define DPDM_SELFCHECK_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *kernels; /* kernel set (dpdm_kernels_name); NULL: the best */
    int threads;         /* of every step, and the most of the check that compares numbers of threads; 1 to 256 */
    uint64_t seed;       /* of images, weights and keys, all made up */
} dpdm_selfcheck_options;

typedef struct {
    const char *name;  /* e.g. "one-more" */
    const char *claim; /* one sentence */
    int passed;
    char detail[240]; /* what was seen; where it failed, the first thing that was not as claimed */
} dpdm_selfcheck_result;

/* How many checks there are. */
DPDM_API size_t dpdm_selfcheck_count(void);

/* Runs them all; results: [dpdm_selfcheck_count()], in a fixed order. DPDM_OK says that all were run, not that they
 * passed. DPDM_ERANGE: threads out of range; an unknown kernel set gives the error of dpdm_weights_create. About a
 * second; thread-safe. */
DPDM_API dpdm_status dpdm_selfcheck_run(const dpdm_selfcheck_options *options, dpdm_selfcheck_result *results,
                                        dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
