/* dp_step.h - one step of DP-SGD (Abadi et al. 2016) for any model.
 *
 * A step Poisson-samples the records, takes the gradient of each chosen record, clips and truncates it onto an integer
 * grid, sums exactly, adds exact rounded Gaussian noise and divides by the public expected batch size. What comes out
 * is the only thing that may be used afterwards: everything computed from it alone is post-processing.
 *
 * Claim: dpdm_dp_step_run is one Poisson-subsampled Gaussian mechanism with sampling rate `rate` and noise multiplier
 * `noise_multiplier` under addition or removal of one record, given that ChaCha20 is pseudo-random. It holds because
 *   - whether a record is chosen, and its draws, come from streams addressed by (key, purpose, step, record) alone, and
 *     its gradient depends on that record, that stream and the public weights alone: adding a record changes no other;
 *   - a record that is left out (beyond the cap of its owner, owner.h) adds nothing and moves nobody else's draws;
 *   - a record adds a vector of integer norm <= 2^bits (gaussian.h); one that is not finite adds zero;
 *   - the sum is exact, so that its order, the threads and the ranks do not show;
 *   - noise is added whatever the batch holds, an empty one included, and the divisor is a public constant.
 * The bits of the result are the same for any number of threads. docs/privacy/dp_step.md. */
#ifndef DPDM_DP_STEP_H
#define DPDM_DP_STEP_H

#include "dpdm/gaussian.h"
#include "dpdm/poisson.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the gradients of a step come from: a model together with its private records. */
typedef struct {
    void *context;
    size_t parameters; /* floats in a gradient */
    uint64_t records;  /* how many records the data hold: a private number */
    /* Writes the gradient of one record, at the current weights, to gradient[0..parameters). `worker` in [0, threads):
     * memory that belongs to this worker may be used freely. The result must depend on the weights, the record and
     * `stream` (key, DPDM_PURPOSE_DRAWS, step, record) only; every random draw comes from `stream`. */
    void (*gradient)(void *context, int worker, uint64_t step, uint64_t record, dpdm_stream *stream, float *gradient);
    const uint8_t *left_out; /* [records], or NULL: records of non-zero never count, as if their gradient were 0 */
} dpdm_gradient_source;

/* The public constants of the mechanism. */
typedef struct {
    dpdm_grid grid;          /* clip C and grid bits */
    double noise_multiplier; /* sigma > 0 */
    dpdm_rate rate;          /* probability with which each record is in a batch */
    double batch;            /* B > 0: the divisor; the expected batch size, never the realised one */
} dpdm_dp_mechanism;

/* PRIVATE values of one step, for tests and for debugging on public data. Nothing here is covered by the privacy
 * guarantee: not for release, not for logs. Each pointer may be NULL. */
typedef struct {
    uint64_t selected; /* out: realised batch size, without records left out */
    uint64_t *chosen;  /* out [records]: the records of the batch, the first `selected` entries, ascending */
    double *norms;     /* out [records]: gradient norm before clipping of chosen[i]; NaN if not finite */
    int64_t *sum;      /* out [parameters]: the sum before noise */
    int64_t *noised;   /* out [parameters]: the sum with its noise */
} dpdm_private_diagnostics;

/* Asked now and then while a step runs; non-zero gives the step up. */
typedef int (*dpdm_stop_fn)(void *context);

typedef struct dpdm_dp_step dpdm_dp_step;

/* Takes all memory of the steps: threads * 12 * parameters + 8 * records bytes, whatever the batch size. threads: 1 or
 * more; `source` is copied, its context must outlive the step. The key is copied to locked memory. DPDM_ERANGE: a
 * constant out of range, or more records than the integer sum can hold without overflow. */
DPDM_API dpdm_status dpdm_dp_step_create(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source,
                                         const dpdm_key *key, int threads, dpdm_dp_step **step, dpdm_error *err);
/* Wipes and frees; NULL is fine. */
DPDM_API void dpdm_dp_step_destroy(dpdm_dp_step *step);

/* Runs step number `number` and writes the noisy mean gradient to out[0..parameters). One number must never be run on
 * two different data sets or weights with one key: the same noise on two sums reveals their difference.
 * stop: NULL, or asked from one thread at a time; when it answers non-zero the step is given up with DPDM_ECANCELLED,
 * out is untouched and the same number may be run again. diagnostics: NULL (the rule), or receives private values. */
DPDM_API dpdm_status dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                      float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
