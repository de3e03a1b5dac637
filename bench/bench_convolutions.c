/* bench_convolutions.c - speed of every convolution of the networks on one thread, kernel sets side by side.
 *
 * usage: bench_convolutions [BATCH [SET...]]     BATCH: images at once (default 8); SET: avx512, avx2, generic, plain
 *                                                (default: the best)
 *
 * Forward, backward by data and by weights, in microseconds an image and nominal GFLOP/s (2 x multiply-adds, zero padding
 * counted), so a method that needs fewer multiplications can pass the roof. The sets take turns, a run of about a
 * millisecond each; times are medians of the runs. Of Inception-v3, which is never trained, forward alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/roof.h"
#include "nn/graph.h"
#include "nn/kernels.h"
#if DPDM_HAVE_ONEDNN
#include "nn/cpu/onednn_conv.h"
#endif

enum { TURNS = 25, SETS = 4, PASSES = 3, SHAPES = 128 };

typedef struct {
    const dpdm_kernels *set[SETS];
    int count, batch;
} bench_sets;

typedef struct {
    const dpdm_kernels *set;
    dpdm_conv *conv;
    float *x, *y, *packed, *bias, *gradient, *scratch;
} conv_bench;

typedef struct {
    dpdm_conv_shape shape;
    int count;
} conv_row;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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

static size_t windows(const dpdm_conv_shape *s)
{
    return (size_t)s->batch * dpdm_conv_out_height(s) * dpdm_conv_out_width(s);
}

static size_t weights(const dpdm_conv_shape *s)
{
    return (size_t)s->in_channels * s->out_channels * s->kernel * dpdm_conv_kernel_width(s);
}

static conv_bench bench_create(const dpdm_kernels *set, const dpdm_conv_shape *s, int training)
{
    dpdm_error err;
    conv_bench b = {.set = set};
    if (set->conv_create(s, training, &b.conv, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    float *weight = floats(weights(s));
    b.x = floats((size_t)s->batch * s->height * s->width * s->in_channels);
    b.y = floats(windows(s) * s->out_channels);
    b.bias = floats(s->out_channels);
    b.packed = floats(b.conv->packed_floats);
    b.gradient = floats(b.conv->gradient_floats);
    b.scratch = floats(b.conv->scratch_bytes / sizeof(float) + 1);
    set->conv_pack(b.conv, weight, b.packed);
    free(weight);
    return b;
}

static void bench_destroy(conv_bench *b)
{
    b->set->conv_destroy(b->conv);
    free(b->x), free(b->y), free(b->packed), free(b->bias), free(b->gradient), free(b->scratch);
}

static double bench_run(conv_bench *b, int pass, int calls)
{
    const double start = now();
    for (int i = 0; i < calls; i++)
        if (pass == 0)
            b->set->conv_forward(b->conv, b->x, b->packed, b->bias, b->y, b->scratch);
        else if (pass == 1)
            b->set->conv_backward_data(b->conv, b->y, b->packed, b->x, b->scratch);
        else
            b->set->conv_backward_weight(b->conv, b->x, b->y, b->gradient, b->bias, b->scratch);
    return (now() - start) / calls;
}

static int earlier(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Adds the microseconds of one image, times row->count, to total[set][pass]. */
static void bench_conv(const bench_sets *sets, const conv_row *row, int passes, double total[SETS][PASSES])
{
    const dpdm_conv_shape *s = &row->shape;
    conv_bench bench[SETS];
    for (int i = 0; i < sets->count; i++)
        bench[i] = bench_create(sets->set[i], s, passes > 1);
    printf("%3dx%-3d %4d -> %3d %dx%d s%d%s x%-2d", s->height, s->width, s->in_channels, s->out_channels, s->kernel,
           dpdm_conv_kernel_width(s), s->stride, s->valid ? " v" : "  ", row->count);
    for (int pass = 0; pass < passes; pass++) {
        double time[SETS][TURNS];
        int calls[SETS];
        for (int i = 0; i < sets->count; i++)
            calls[i] = (int)(1e-3 / (bench_run(&bench[i], pass, 1) + 1e-9)) + 1;
        for (int turn = 0; turn < TURNS; turn++)
            for (int i = 0; i < sets->count; i++)
                time[i][turn] = bench_run(&bench[i], pass, calls[i]);
        for (int i = 0; i < sets->count; i++) {
            qsort(time[i], TURNS, sizeof *time[i], earlier);
            const double median = time[i][TURNS / 2];
            printf(" %s %8.1f us %5.0f", i ? "" : "|", median * 1e6 / s->batch,
                   2e-9 * (double)windows(s) * (double)weights(s) / median);
            total[i][pass] += median * 1e6 / s->batch * row->count;
        }
    }
    printf("\n");
    fflush(stdout);
    for (int i = 0; i < sets->count; i++)
        bench_destroy(&bench[i]);
}

static void bench_rows(const bench_sets *sets, const char *name, int passes, const conv_row *rows, int count)
{
    double total[SETS][PASSES] = {{0}};
    printf("\nconvolutions of %s, %d images at once\n", name, sets->batch);
    for (int i = 0; i < count; i++)
        bench_conv(sets, &rows[i], passes, total);
    for (int i = 0; i < sets->count; i++) {
        double sum = 0;
        printf("%s:", sets->set[i]->name);
        for (int pass = 0; pass < passes; sum += total[i][pass++])
            printf("%s %.3f", pass ? " +" : "", total[i][pass] / 1e3);
        printf(" = %.3f ms an image on one core\n", sum / 1e3);
    }
}

/* The shapes of a network's convolutions, each once. */
static int network_rows(const dpdm_network *network, int batch, conv_row *rows)
{
    int count = 0;
    for (int i = 0; i < network->node_count; i++) {
        const dpdm_node *node = &network->nodes[i];
        if (!node->op->conv)
            continue;
        const dpdm_conv_shape s = node->op->conv(node, batch);
        int j = 0;
        while (j < count && memcmp(&rows[j].shape, &s, sizeof s) != 0)
            j++;
        if (j == SHAPES) {
            fprintf(stderr, "more than %d shapes\n", SHAPES);
            exit(1);
        }
        count += j == count;
        rows[j].shape = s;
        rows[j].count++;
    }
    return count;
}

static void bench_network(const bench_sets *sets, const char *name, int passes, dpdm_status status,
                          dpdm_network *network)
{
    conv_row rows[SHAPES] = {{.count = 0}};
    if (status) {
        fprintf(stderr, "%s: no network\n", name);
        exit(1);
    }
    bench_rows(sets, name, passes, rows, network_rows(network, sets->batch, rows));
    dpdm_network_destroy(network);
}

/* What no network of the library has: odd numbers of channels, 5x5. */
static void bench_odd(const bench_sets *sets)
{
    static const conv_row rows[] = {
        {{0, 28, 28, 24, 24, 3, 1, 0, 0, 0}, 1}, {{0, 14, 14, 40, 40, 3, 1, 0, 0, 0}, 1},
        {{0, 14, 14, 33, 65, 3, 1, 0, 0, 0}, 1}, {{0, 28, 28, 3, 20, 5, 1, 0, 0, 0}, 1},
        {{0, 14, 14, 32, 64, 5, 1, 0, 0, 0}, 1}, {{0, 28, 28, 64, 64, 3, 2, 0, 0, 0}, 1},
        {{0, 28, 28, 24, 40, 1, 1, 0, 0, 0}, 1}, {{0, 1, 1, 250, 100, 1, 1, 0, 0, 0}, 1},
    };
    conv_row own[sizeof rows / sizeof *rows];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        own[i] = rows[i];
        own[i].shape.batch = sets->batch;
    }
    bench_rows(sets, "no network: odd channels, 5x5, stride 2", PASSES, own, (int)(sizeof rows / sizeof *rows));
}

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
    bench_sets sets = {.batch = argc > 1 ? atoi(argv[1]) : 8, .count = argc > 2 ? argc - 2 : 1};
    int known = sets.batch >= 1 && sets.count <= SETS;
    for (int i = 0; known && i < sets.count; i++)
        known = (sets.set[i] = bench_set(argc > 2 ? argv[2 + i] : NULL)) != NULL;
    if (!known) {
        fprintf(stderr, "usage: bench_convolutions [BATCH [SET...]]\n");
        return 2;
    }
    printf("one core, fp32 fused multiply-adds in registers: %.1f GFLOP/s\n",
           dpdm_roof_multiply_adds(dpdm_kernels_find(NULL)->name));
    dpdm_network *network = NULL;
    dpdm_status status = dpdm_network_inception(&network, NULL);
    bench_network(&sets, "Inception-v3", 1, status, network);
    status = dpdm_network_classifier(DPDM_CLASSIFIER_RESNET, 28, 28, 1, 10, &network, NULL);
    bench_network(&sets, "the classifier resnet for 28x28x1", PASSES, status, network);
    status = dpdm_network_classifier(DPDM_CLASSIFIER_CNN, 28, 28, 1, 10, &network, NULL);
    bench_network(&sets, "the classifier cnn for 28x28x1", PASSES, status, network);
    bench_odd(&sets);
    return 0;
}
