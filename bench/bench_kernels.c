/* bench_kernels.c - speed of each kernel of a set on one thread, but for convolutions (bench_convolutions.c), beside what this
 * core can do at all.
 *
 * usage: bench_kernels [SET [BATCH]]     SET: avx512, avx2, generic, plain (default: the best); BATCH: images (default 8)
 *
 * GB/s of the floats that must be read and written. Each figure is the best of several repetitions of a few milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/roof.h"
#include "bench_floats.h"
#include "nn/kernels.h"

enum { REPEATS = 60 };

typedef void (*bench_fn)(void *context);

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one call: the best of REPEATS runs of about a millisecond: short, so that some of them are not disturbed.
 */
static double bench_time(bench_fn fn, void *context)
{
    double once = now();
    fn(context);
    once = now() - once;
    const int calls = once > 1e-3 ? 1 : (int)(1e-3 / (once + 1e-9)) + 1;
    double best = 1e9;
    for (int r = 0; r < REPEATS; r++) {
        double t = now();
        for (int i = 0; i < calls; i++)
            fn(context);
        t = (now() - t) / calls;
        best = t < best ? t : best;
    }
    return best;
}

typedef struct {
    const dpdm_kernels *set;
    dpdm_group_norm_shape norm;
    int size, channels;
    size_t n;
    float *a, *b, *y, *z, *small[6], *prob, *scratch;
} other_bench;

static void run_norm_forward(void *context)
{
    other_bench *o = context;
    o->set->group_norm_forward(&o->norm, o->a, o->small[0], o->small[1], o->small[2], o->y, o->small[3]);
}

static void run_norm_backward(void *context)
{
    other_bench *o = context;
    o->set->group_norm_backward(&o->norm, o->a, o->small[0], o->small[1], o->small[2], o->small[3], o->b, o->y,
                                o->small[5], o->small[4], o->small[4]);
}

static void run_silu(void *context)
{
    other_bench *o = context;
    o->set->silu_forward(o->n, o->a, o->y);
}

static void run_silu_backward(void *context)
{
    other_bench *o = context;
    o->set->silu_backward(o->n, o->a, o->b, o->y);
}

static void run_add_scale(void *context)
{
    other_bench *o = context;
    o->set->add_scale(o->n, o->a, o->b, 0.7f, o->y);
}

static void run_accumulate(void *context)
{
    other_bench *o = context;
    o->set->accumulate(o->n, o->b, o->z);
}

static void run_up2(void *context)
{
    other_bench *o = context;
    o->set->up2_forward(o->norm.batch, o->size / 2, o->size / 2, o->channels, o->a, o->y);
}

static void run_down2(void *context)
{
    other_bench *o = context;
    o->set->down2_forward(o->norm.batch, o->size, o->size, o->channels, o->a, o->y);
}

static void run_attention(void *context)
{
    other_bench *o = context;
    o->set->attention_forward(o->norm.batch, o->norm.positions, o->channels, o->a, o->b, o->z, o->prob, o->y,
                              o->scratch);
}

static void run_attention_backward(void *context)
{
    other_bench *o = context;
    o->set->attention_backward(o->norm.batch, o->norm.positions, o->channels, o->a, o->b, o->z, o->prob, o->a, o->y,
                               o->y, o->y, o->scratch);
}

/* touched: tensors of n floats read or written at least once. */
static void bench_other(const char *name, bench_fn fn, other_bench *o, double touched)
{
    const double t = bench_time(fn, o);
    printf("  %-20s %8.1f us per image %7.1f GB/s\n", name, t * 1e6 / o->norm.batch,
           touched * 4 * (double)o->n / t * 1e-9);
}

static void bench_others(const dpdm_kernels *set, int batch, int size, int channels)
{
    other_bench o = {.set = set, .size = size, .channels = channels};
    o.norm = (dpdm_group_norm_shape){batch, size * size, channels, channels / 4, 1e-6f, 1};
    o.n = (size_t)batch * size * size * channels;
    const size_t prob = (size_t)batch * size * size * size * size;
    o.a = floats(o.n), o.b = floats(o.n), o.y = floats(o.n), o.z = floats(o.n);
    for (int i = 0; i < 6; i++)
        o.small[i] = floats((size_t)batch * channels);
    printf("\n%d images of %dx%d with %d channels, %s\n", batch, size, size, channels, set->name);
    bench_other("group norm + SiLU", run_norm_forward, &o, 2);
    bench_other("  backward", run_norm_backward, &o, 3);
    bench_other("SiLU", run_silu, &o, 2);
    bench_other("  backward", run_silu_backward, &o, 3);
    bench_other("add and scale", run_add_scale, &o, 3);
    bench_other("accumulate", run_accumulate, &o, 3);
    bench_other("up x2", run_up2, &o, 1.25);
    bench_other("down x2", run_down2, &o, 1.25);
    if (size <= 16) {
        o.prob = floats(prob), o.scratch = floats(2 * prob / batch);
        bench_other("attention", run_attention, &o, 4);
        bench_other("  backward", run_attention_backward, &o, 7);
        free(o.prob), free(o.scratch);
    }
    free(o.a), free(o.b), free(o.y), free(o.z);
    for (int i = 0; i < 6; i++)
        free(o.small[i]);
}

int main(int argc, char **argv)
{
    const dpdm_kernels *set = dpdm_kernels_find(argc > 1 ? argv[1] : NULL);
    const int batch = argc > 2 ? atoi(argv[2]) : 8;
    if (!set || batch < 1) {
        fprintf(stderr, "usage: bench_kernels [SET [BATCH]]\n");
        return 2;
    }
    const double roof = dpdm_roof_multiply_adds(set->name);
    printf(
        "one core, fp32 fused multiply-adds in registers: %.1f GFLOP/s; reads: %.0f GB/s of 512 KB, %.0f GB/s of 8 MB, "
        "%.0f GB/s of 128 MB\n",
        roof, dpdm_roof_read(512ul << 10), dpdm_roof_read(8ul << 20), dpdm_roof_read(128ul << 20));
    bench_others(set, batch, 28, 32);
    bench_others(set, batch, 28, 64);
    bench_others(set, batch, 14, 64);
    bench_others(set, batch, 7, 64);
    bench_others(set, batch, 16, 64);
    return 0;
}
