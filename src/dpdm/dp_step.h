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
 *   - a record adds one vector of integer norm <= 2^bits (gaussian.h), or, not finite or in part only, zeros there;
 *   - the sum is exact, so that its order, the threads and the ranks do not show;
 *   - noise is added whatever the batch holds, an empty one included, and the divisor is a public constant.
 * The bits of the result are the same for any number of threads and any groups. docs/privacy/dp_step.md. */
#ifndef DPDM_DP_STEP_H
#define DPDM_DP_STEP_H

#include "dpdm/gaussian.h"
#include "dpdm/rng.h"
#include "dpdm/poisson.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Some chosen records whose vectors are asked for in one call, and where the vectors go. */
typedef struct {
    int worker, count; /* worker in [0, threads): memory that belongs to it may be used freely */
    uint64_t step;
    const uint64_t *records; /* [count] */
    dpdm_stream *streams;    /* [count], that of records[i]: (key, DPDM_PURPOSE_DRAWS, step, record) */
    /* Takes coordinates [first, first + n) of the vector of records[index]; the others are zero. values may be changed
     * afterwards. A record that is never given adds zero; one that is given twice, or beyond the vector, fails the step. */
    void (*give)(void *sink, int index, size_t first, size_t n, const float *values);
    void *sink;
} dpdm_record_group;

/* Where the gradients of a step come from: a model together with its private records. */
typedef struct {
    void *context;
    size_t parameters; /* coordinates of the sum that is released */
    uint64_t records;  /* how many records the data hold: a private number */
    int group;         /* the most records of one call, up to DPDM_GROUP_MOST; 0: one */
    /* Vectors may be given in an order of their own, with `given` coordinates (at least as many as parameters; those that
     * no parameter has must be zero): parameter i is coordinate place[i], no two the same. place NULL: the order of the
     * parameters, and `given` may be 0. */
    size_t given;
    const uint32_t *place; /* [parameters]; must outlive the step */
    /* Gives the vectors of a group, at the current weights. The vector of a record must depend on the weights, that record
     * and its stream only - not on the rest of the group; every random draw comes from its stream. */
    void (*vectors)(void *context, const dpdm_record_group *group);
    const uint8_t *left_out; /* [records], or NULL: records of non-zero never count, as if their gradient were 0 */
} dpdm_gradient_source;

#define DPDM_GROUP_MOST 64

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

/* Takes all memory of the steps: threads * 8 * (coordinates of a vector + DPDM_NOISE_BLOCK) + 8 * records bytes and a
 * little, whatever the batch size. threads: 1 or more; `source` is copied, its context must outlive the step. The key is
 * copied to locked memory. DPDM_ERANGE: a constant out of range, or more records than the integer sum can hold without
 * overflow. DPDM_EINTERNAL: a place beyond the vectors, or twice the same. */
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
