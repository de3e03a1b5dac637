/* watched_noise.h - the addresses of random streams and Gaussian draws under watch: the linker puts the functions of
 * watched_noise.c in the place of dpdm_stream_init and dpdm_exact_gaussian_add (tests/train/CMakeLists.txt). They pass
 * everything on, and hold against all that was drawn before
 *
 *   - that no stream of the mechanism (selection, draws of a record, noise) is opened twice in one life, nor by anything
 *     else ever; as selection has one stream a step, step numbers are distinct too;
 *   - that noise is drawn from streams opened for noise, each from its beginning and once;
 *   - that noise which another life of a run draws again is added to the same sum, bit for bit.
 *
 * A stream is known by its subkey and nonce: what the bytes come from, however the address was put together. */
#ifndef DPDM_TESTS_WATCHED_NOISE_H
#define DPDM_TESTS_WATCHED_NOISE_H

#include <stdint.h>

typedef struct {
    uint64_t streams;  /* of the mechanism, distinct */
    uint64_t draws;    /* calls of the exact sampler */
    uint64_t redrawn;  /* draws of an earlier life, once more and for the same sum */
    uint64_t reopened; /* streams opened twice in one life, or for two purposes: must be 0 */
    uint64_t reused;   /* draws of an address that had its draw, for another sum or in one life: must be 0 */
    uint64_t stray;    /* draws from a stream that was not opened for noise, or not from its beginning: must be 0 */
} watched_noise_counts;

extern watched_noise_counts watched_noise;

/* Forgets all of it. */
void watched_noise_clear(void);
/* From here on a process was killed and another goes on. */
void watched_noise_new_life(void);
/* Fails the test if a count is not 0 that must be. */
void watched_noise_assert_sound(void);

#endif
