/* rng.h - keyed random streams; dpdm/key.h says what they are addressed by. All functions are thread-safe for distinct
 * streams. */
#ifndef DPDM_RNG_H
#define DPDM_RNG_H

#include "dpdm/key.h"

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

#endif
