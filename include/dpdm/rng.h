/* rng.h - keyed random streams.
 *
 * Every random number in dpdm comes from a ChaCha20 stream (XChaCha20 of libsodium) that is addressed by
 * (key, purpose, step, index). A stream depends on nothing else, so the draws of one record do not move when
 * another record is added, and work may be split over threads and ranks in any way.
 * Keys of private runs come from the operating system. A key made from a seed is for tests: whoever knows the
 * seed knows the noise, so such a run carries no privacy claim. See docs/privacy/randomness.md.
 * All functions are thread-safe for distinct streams; nothing here is global. */
#ifndef DPDM_RNG_H
#define DPDM_RNG_H

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

/* Holds secrets: wipe it after use. One stream serves one thread. It cannot be exhausted (2^70 bytes). */
typedef struct {
    uint8_t subkey[32]; /* HChaCha20 of key, purpose and step */
    uint8_t nonce[8];   /* index */
    uint64_t block;     /* next 64-byte block of the stream */
    uint32_t used;      /* bytes of buffer already given out */
    uint8_t buffer[512];
} dpdm_stream;

/* Different (purpose, step, index) are different nonces of XChaCha20, for all 64 bits of step and index. */
DPDM_API void dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step,
                               uint64_t index);
DPDM_API void dpdm_stream_wipe(dpdm_stream *stream);
/* The next n bytes. Calls of different sizes read one and the same sequence of bytes; integers are little-endian. */
DPDM_API void dpdm_stream_bytes(dpdm_stream *stream, void *out, size_t n);
DPDM_API uint32_t dpdm_stream_u32(dpdm_stream *stream);
DPDM_API uint64_t dpdm_stream_u64(dpdm_stream *stream);
/* Uniform in [0, bound), without bias; bound > 0. */
DPDM_API uint64_t dpdm_stream_below(dpdm_stream *stream, uint64_t bound);
/* Uniform in [0, 1), 53 bits. Not for privacy decisions (see poisson.h). */
DPDM_API double dpdm_stream_uniform(dpdm_stream *stream);
/* Fills out[0..n) with uniforms in [0, 1), 24 bits. */
DPDM_API void dpdm_stream_uniforms(dpdm_stream *stream, float *out, size_t n);
/* Fills out[0..n) with standard normals in floating point: for diffusion noise, weights and samplers, where the
 * guarantee does not rest on them; at most 6.66 in size. Reads 8 bytes for each two normals begun. The bits are the
 * same on every processor. The DP noise is drawn exactly by gaussian.h. */
DPDM_API void dpdm_stream_normals(dpdm_stream *stream, float *out, size_t n);

#ifdef __cplusplus
}
#endif
#endif
