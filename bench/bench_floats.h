/* bench_floats.h - operands for kernels that are timed. */
#ifndef DPDM_BENCH_FLOATS_H
#define DPDM_BENCH_FLOATS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* n floats in [-1, 1) at a multiple of 64 bytes, the same ones in every run; the caller frees. Ends the program where there is
 * no memory. */
static inline float *floats(size_t n)
{
    float *x = aligned_alloc(64, (n * sizeof *x + 127) / 64 * 64);
    if (!x) {
        fprintf(stderr, "no memory for %zu floats\n", n);
        exit(1);
    }
    uint32_t seed = 1;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return x;
}

#endif
