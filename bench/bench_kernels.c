/* bench_kernels.c - speed of each kernel of a set on one thread, beside what this core can do at all.
 *
 * usage: bench_kernels [SET [BATCH]]     SET: avx512, avx2, generic, plain (default: the best); BATCH: images (default
 * 4)
 *
 * Convolutions: the shapes of the DPDM networks for 28x28x1 and 32x32x3, nominal GFLOP/s (2 x multiply-adds, zero
 * padding counted), so a method that needs fewer multiplications can pass the roof. The others: GB/s of the floats that
 * must be read and written. Each figure is the best of several repetitions of a few milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/roof.h"
#include "nn/kernels.h"
#if DPDM_HAVE_ONEDNN
#include "nn/cpu/onednn_conv.h"
#endif

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

static float *floats(size_t n)
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

/* ---- convolutions ---- */

typedef struct {
    const dpdm_kernels *set;
    dpdm_conv *conv;
    float *x, *y, *packed, *bias, *gradient, *scratch;
} conv_bench;

static void run_forward(void *context)
{
    conv_bench *b = context;
    b->set->conv_forward(b->conv, b->x, b->packed, b->bias, b->y, b->scratch);
}

static void run_data(void *context)
{
    conv_bench *b = context;
    b->set->conv_backward_data(b->conv, b->y, b->packed, b->x, b->scratch);
}

static void run_weight(void *context)
{
    conv_bench *b = context;
    b->set->conv_backward_weight(b->conv, b->x, b->y, b->gradient, b->bias, b->scratch);
}

/* Adds the microseconds per image, times `count` convolutions of this shape, to total[0..3). */
static void bench_conv(const dpdm_kernels *set, dpdm_conv_shape s, int count, double total[3])
{
    dpdm_error err;
    conv_bench b = {.set = set};
    if (set->conv_create(&s, 1, &b.conv, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    const size_t positions = (size_t)s.batch * s.height * s.width;
    const size_t weights = (size_t)s.in_channels * s.out_channels * s.kernel * s.kernel;
    float *weight = floats(weights);
    b.x = floats(positions * s.in_channels);
    b.y = floats(positions * s.out_channels);
    b.bias = floats(s.out_channels);
    b.packed = floats(b.conv->packed_floats);
    b.gradient = floats(b.conv->gradient_floats);
    b.scratch = floats(b.conv->scratch_bytes / sizeof(float) + 1);
    set->conv_pack(b.conv, weight, b.packed);
    const bench_fn runs[3] = {run_forward, run_data, run_weight};
    printf("%2dx%-2d %3d -> %3d %dx%d x%-2d", s.height, s.width, s.in_channels, s.out_channels, s.kernel, s.kernel,
           count);
    for (int i = 0; i < 3; i++) {
        const double t = bench_time(runs[i], &b);
        printf(" | %8.1f us %6.1f GFLOP/s", t * 1e6 / s.batch, 2.0 * (double)positions * (double)weights / t * 1e-9);
        total[i] += t * 1e6 / s.batch * count;
    }
    printf("\n");
    set->conv_destroy(b.conv);
    free(weight), free(b.x), free(b.y), free(b.bias), free(b.packed), free(b.gradient), free(b.scratch);
}

typedef struct {
    int size, in, out, kernel, count;
} conv_row;

static void bench_network(const dpdm_kernels *set, const char *name, int batch, const conv_row *rows)
{
    double total[3] = {0};
    printf("\nconvolutions of %s, %s, %d images at once; forward | backward data | backward weights, per image\n", name,
           set->name, batch);
    for (; rows->size; rows++) {
        dpdm_conv_shape s = {batch, rows->size, rows->size, rows->in, rows->out, rows->kernel, 1, 0, 0, 0};
        bench_conv(set, s, rows->count, total);
    }
    printf("sum over the network: %.2f + %.2f + %.2f = %.2f ms per image on one core\n", total[0] / 1e3, total[1] / 1e3,
           total[2] / 1e3, (total[0] + total[1] + total[2]) / 1e3);
}

/* ---- the others ---- */

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

/* A kernel set, or oneDNN's convolutions as one that has nothing else. */
static const dpdm_kernels *bench_set(const char *name)
{
#if DPDM_HAVE_ONEDNN
    static const dpdm_kernels onednn = {
        .name = "onednn",
        .conv_create = onednn_conv_create,
        .conv_destroy = onednn_conv_destroy,
        .conv_pack = onednn_conv_pack,
        .conv_forward = onednn_conv_forward,
        .conv_backward_data = onednn_conv_backward_data,
        .conv_backward_weight = onednn_conv_backward_weight,
    };
    if (name && strcmp(name, onednn.name) == 0)
        return &onednn;
#endif
    return dpdm_kernels_find(name);
}

int main(int argc, char **argv)
{
    static const conv_row small[] = {
        {28, 1, 32, 3, 1},   {28, 32, 32, 3, 7},  {28, 64, 32, 3, 2},  {28, 96, 32, 3, 1}, {28, 64, 64, 3, 2},
        {28, 32, 1, 3, 1},   {28, 64, 32, 1, 2},  {28, 96, 32, 1, 1},  {14, 32, 32, 3, 2}, {14, 32, 64, 3, 1},
        {14, 64, 64, 3, 8},  {14, 96, 64, 3, 1},  {14, 128, 64, 3, 2}, {14, 32, 64, 1, 1}, {14, 96, 64, 1, 1},
        {14, 128, 64, 1, 2}, {7, 64, 64, 3, 13},  {7, 128, 64, 3, 3},  {7, 64, 64, 1, 16}, {7, 128, 64, 1, 3},
        {1, 128, 32, 1, 8},  {1, 128, 64, 1, 18}, {1, 128, 128, 1, 1}, {0, 0, 0, 0, 0},
    };
    static const conv_row colour[] = {
        {32, 3, 32, 3, 1},   {32, 32, 32, 3, 7}, {32, 64, 32, 3, 2}, {32, 96, 32, 3, 1}, {32, 64, 64, 3, 2},
        {32, 32, 3, 3, 1},   {16, 32, 64, 3, 1}, {16, 64, 64, 3, 8}, {16, 96, 64, 3, 1}, {16, 128, 64, 3, 2},
        {16, 64, 64, 1, 12}, {8, 64, 64, 3, 13}, {8, 128, 64, 3, 3}, {8, 64, 64, 1, 16}, {0, 0, 0, 0, 0},
    };
    static const conv_row quick[] = {
        {14, 4, 16, 3, 1}, {14, 16, 16, 3, 4}, {14, 32, 16, 3, 1}, {14, 32, 32, 3, 2}, {14, 48, 16, 3, 1},
        {14, 16, 4, 3, 1}, {14, 32, 16, 1, 1}, {14, 48, 16, 1, 1}, {7, 16, 16, 3, 2},  {7, 16, 32, 3, 1},
        {7, 32, 32, 3, 7}, {7, 48, 32, 3, 1},  {7, 64, 32, 3, 1},  {7, 32, 32, 1, 13}, {7, 48, 32, 1, 1},
        {7, 64, 32, 1, 1}, {1, 64, 16, 1, 4},  {1, 64, 32, 1, 6},  {0, 0, 0, 0, 0},
    };
    const dpdm_kernels *set = bench_set(argc > 1 ? argv[1] : NULL);
    const int batch = argc > 2 ? atoi(argv[2]) : 8;
    if (!set || batch < 1) {
        fprintf(stderr, "usage: bench_kernels [SET [BATCH]]\n");
        return 2;
    }
    const double roof = dpdm_roof_multiply_adds(set->silu_forward ? set->name : dpdm_kernels_find(NULL)->name);
    printf(
        "one core, fp32 fused multiply-adds in registers: %.1f GFLOP/s; reads: %.0f GB/s of 512 KB, %.0f GB/s of 8 MB, "
        "%.0f GB/s of 128 MB\n",
        roof, dpdm_roof_read(512ul << 10), dpdm_roof_read(8ul << 20), dpdm_roof_read(128ul << 20));
    bench_network(set, "the 28x28x1 network", batch, small);
    bench_network(set, "the 32x32x3 network (the larger ones)", batch, colour);
    bench_network(set, "the network of fmnist-cpu", batch, quick);
    if (!set->silu_forward)
        return 0;
    bench_others(set, batch, 28, 32);
    bench_others(set, batch, 28, 64);
    bench_others(set, batch, 14, 64);
    bench_others(set, batch, 7, 64);
    bench_others(set, batch, 16, 64);
    return 0;
}
