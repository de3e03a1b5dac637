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
#include "bench_floats.h"
#include "nn/graph.h"
#include "nn/kernels.h"

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

/* Padded, of stride 1, on a square picture. */
typedef struct {
    int size, in, out, kernel, count;
} square_row;

/* The shapes of DPDM's networks and how often each occurs. */
static const square_row small_rows[] = {
    {28, 1, 32, 3, 1},   {28, 32, 32, 3, 7},  {28, 64, 32, 3, 2},  {28, 96, 32, 3, 1}, {28, 64, 64, 3, 2},
    {28, 32, 1, 3, 1},   {28, 64, 32, 1, 2},  {28, 96, 32, 1, 1},  {14, 32, 32, 3, 2}, {14, 32, 64, 3, 1},
    {14, 64, 64, 3, 8},  {14, 96, 64, 3, 1},  {14, 128, 64, 3, 2}, {14, 32, 64, 1, 1}, {14, 96, 64, 1, 1},
    {14, 128, 64, 1, 2}, {7, 64, 64, 3, 13},  {7, 128, 64, 3, 3},  {7, 64, 64, 1, 16}, {7, 128, 64, 1, 3},
    {1, 128, 32, 1, 8},  {1, 128, 64, 1, 18}, {1, 128, 128, 1, 1}};
static const square_row colour_rows[] = {
    {32, 3, 32, 3, 1},   {32, 32, 32, 3, 7}, {32, 64, 32, 3, 2}, {32, 96, 32, 3, 1}, {32, 64, 64, 3, 2},
    {32, 32, 3, 3, 1},   {16, 32, 64, 3, 1}, {16, 64, 64, 3, 8}, {16, 96, 64, 3, 1}, {16, 128, 64, 3, 2},
    {16, 64, 64, 1, 12}, {8, 64, 64, 3, 13}, {8, 128, 64, 3, 3}, {8, 64, 64, 1, 16}};
static const square_row quick_rows[] = {{14, 4, 16, 3, 1},  {14, 16, 16, 3, 4}, {14, 32, 16, 3, 1}, {14, 32, 32, 3, 2},
                                        {14, 48, 16, 3, 1}, {14, 16, 4, 3, 1},  {14, 32, 16, 1, 1}, {14, 48, 16, 1, 1},
                                        {7, 16, 16, 3, 2},  {7, 16, 32, 3, 1},  {7, 32, 32, 3, 7},  {7, 48, 32, 3, 1},
                                        {7, 64, 32, 3, 1},  {7, 32, 32, 1, 13}, {7, 48, 32, 1, 1},  {7, 64, 32, 1, 1},
                                        {1, 64, 16, 1, 4},  {1, 64, 32, 1, 6}};

static void bench_squares(const bench_sets *sets, const char *name, const square_row *rows, size_t count)
{
    conv_row own[SHAPES] = {{.count = 0}};
    for (size_t i = 0; i < count; i++) {
        const square_row *r = &rows[i];
        own[i].shape = (dpdm_conv_shape){sets->batch, r->size, r->size, r->in, r->out, r->kernel, 1, 0, 0, 0};
        own[i].count = r->count;
    }
    bench_rows(sets, name, PASSES, own, (int)count);
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

int main(int argc, char **argv)
{
    bench_sets sets = {.batch = argc > 1 ? atoi(argv[1]) : 8, .count = argc > 2 ? argc - 2 : 1};
    int known = sets.batch >= 1 && sets.count <= SETS;
    for (int i = 0; known && i < sets.count; i++)
        known = (sets.set[i] = dpdm_kernels_find(argc > 2 ? argv[2 + i] : NULL)) != NULL;
    if (!known) {
        fprintf(stderr, "usage: bench_convolutions [BATCH [SET...]]\n");
        return 2;
    }
    printf("one core, fp32 fused multiply-adds in registers: %.1f GFLOP/s\n",
           dpdm_roof_multiply_adds(dpdm_kernels_find(NULL)->name));
    bench_squares(&sets, "the 28x28x1 network", small_rows, sizeof small_rows / sizeof *small_rows);
    bench_squares(&sets, "the 32x32x3 network (the larger ones)", colour_rows,
                  sizeof colour_rows / sizeof *colour_rows);
    bench_squares(&sets, "the network of fmnist-cpu", quick_rows, sizeof quick_rows / sizeof *quick_rows);
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
