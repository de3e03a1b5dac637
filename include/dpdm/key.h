/* key.h - keys of random streams.
 *
 * Every random number in dpdm comes from a ChaCha20 stream (XChaCha20 of libsodium) that is addressed by
 * (key, purpose, step, index). A stream depends on nothing else, so the draws of one record do not move when
 * another record is added, and work may be split over threads and ranks in any way.
 * Keys of private runs come from the operating system. A key made from a seed is for tests: whoever knows the
 * seed knows the noise, so such a run carries no privacy claim. See docs/privacy/randomness.md.
 * All functions are thread-safe; nothing here is global. */
#ifndef DPDM_KEY_H
#define DPDM_KEY_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t bytes[32];
} dpdm_key;

/* What a stream is used for; no two uses share a value. Append only: run states store the numbers. */
typedef enum {
    DPDM_PURPOSE_POISSON = 1, /* (step, 0), word r for record r: is it in the batch of this step */
    DPDM_PURPOSE_DRAWS = 2,   /* (step, record): noise levels, noise, label drop, dropout of one record */
    DPDM_PURPOSE_NOISE = 3,   /* (step, block of coordinates): the DP noise */
    DPDM_PURPOSE_INIT = 4,    /* (0, tensor): initial weights; public */
    DPDM_PURPOSE_SAMPLE = 5,  /* (0, image): sampling; public */
    DPDM_PURPOSE_CLASSIFIER = 6,
    DPDM_PURPOSE_EVENT = 7, /* (event, block): noise of one-off releases (warm-up means and the like) */
    DPDM_PURPOSE_TEST = 8,
    DPDM_PURPOSE_PROCEDURAL = 9 /* (0, image) and (1, process): images made by rule (procedural.h); public */
} dpdm_purpose;

/* A key from the operating system's generator. DPDM_EIO if it gives none; the key is then all zero. */
DPDM_API dpdm_status dpdm_key_generate(dpdm_key *key, dpdm_error *err);
/* The key of a seed: for tests, and for public randomness (weights' start, sampling). Never for private runs. */
DPDM_API void dpdm_key_from_seed(dpdm_key *key, uint64_t seed);
/* An independent key for a named use (BLAKE2b, keyed with parent). */
DPDM_API void dpdm_key_derive(dpdm_key *key, const dpdm_key *parent, const char *label);
/* Wipes a key; the compiler cannot leave it out. */
DPDM_API void dpdm_key_wipe(dpdm_key *key);

#ifdef __cplusplus
}
#endif
#endif
