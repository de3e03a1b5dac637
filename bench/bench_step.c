/* bench_step.c - time of DP training per noise draw: forward, backward, clip, grid and sum of the DPDM network.
 *
 * usage: bench_step [--network mnist|cifar|small] [--kernels SET] [--threads N] [--chunk N] [--draws K] [--images N]
 * [--profile]
 *
 * Without --chunk the chunk sizes 1, 2, 4, 8, 16 and K are compared. Every task is what training does for one image: K
 * draws in chunks, the per-example gradient, clip to the grid, add to an int64 sum. Time is wall time of `images`
 * images over all threads divided by images x K; the best of 5 rounds. --profile: one thread, time of every kind of
 * operator. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/pool.h"
#include "dpdm/denoiser.h"
#include "dpdm/gaussian.h"
#include "nn/workspace.h"

enum { ROUNDS = 5, MAX_THREADS = 256, MAX_KINDS = 32 };

typedef struct {
    const char *network, *kernels;
    int threads, chunk, draws, images, profile;
} options;

typedef struct {
    const options *opt;
    const dpdm_network_description *config;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_workspace *workspace[MAX_THREADS];
    float *gradient[MAX_THREADS];
    int64_t *sum[MAX_THREADS];
    double grid_seconds[MAX_THREADS];
    float *images;
    dpdm_denoiser denoiser;
    dpdm_key key;
} step;

static double clock_read(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Time of this thread on a core: the figures for parts of a step. */
static double now(void)
{
    return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

static void check(dpdm_status status, const dpdm_error *err)
{
    if (status) {
        fprintf(stderr, "bench_step: %s\n", err->message);
        exit(1);
    }
}

static void *need(void *p)
{
    if (!p) {
        fprintf(stderr, "bench_step: no memory\n");
        exit(1);
    }
    return p;
}

static int pixels_of(const step *s)
{
    return s->config->height * s->config->width * s->config->channels;
}

static void step_create(step *s, int chunk)
{
    dpdm_error err;
    const size_t n = dpdm_network_parameters(s->network);
    check(dpdm_weights_create(s->network, chunk, 1, s->opt->kernels, &s->weights, &err), &err);
    float *params = need(malloc(n * sizeof *params));
    dpdm_network_init(s->network, &s->key, params);
    dpdm_weights_load(s->weights, params);
    free(params);
    for (int i = 0; i < s->opt->threads; i++) {
        check(dpdm_workspace_create(s->weights, &s->workspace[i], &err), &err);
        s->gradient[i] = need(malloc(n * sizeof *s->gradient[i]));
        s->sum[i] = need(calloc(n, sizeof *s->sum[i]));
    }
}

static void step_destroy(step *s)
{
    for (int i = 0; i < s->opt->threads; i++) {
        dpdm_workspace_destroy(s->workspace[i]);
        free(s->gradient[i]);
        free(s->sum[i]);
    }
    dpdm_weights_destroy(s->weights);
}

static void step_image(void *context, int worker, uint64_t index)
{
    step *s = context;
    const dpdm_grid grid = {sizeof(dpdm_grid), 1.0, DPDM_GRID_BITS};
    const int pixels = pixels_of(s);
    dpdm_stream stream;
    dpdm_stream_init(&stream, &s->key, DPDM_PURPOSE_TEST, 0, index);
    dpdm_denoiser_gradient(&s->denoiser, s->workspace[worker], s->images + index * pixels, pixels, (int)(index % 10),
                           10, 0.1, s->opt->draws, &stream, s->gradient[worker], NULL);
    const double t = now();
    dpdm_error err;
    check(dpdm_grid_add(&grid, s->gradient[worker], dpdm_network_parameters(s->network), s->sum[worker], NULL, &err),
          &err);
    s->grid_seconds[worker] += now() - t;
}

static void measure(step *s, int chunk)
{
    dpdm_pool *pool;
    dpdm_error err;
    check(dpdm_pool_create(s->opt->threads, &pool, &err), &err);
    step_create(s, chunk);
    memset(s->grid_seconds, 0, sizeof s->grid_seconds);
    dpdm_pool_run(pool, (uint64_t)s->opt->images, step_image, s);
    double best = 1e9, busy = 1e9;
    for (int r = 0; r < ROUNDS; r++) {
        const double wall = clock_read(CLOCK_MONOTONIC), cpu = clock_read(CLOCK_PROCESS_CPUTIME_ID);
        dpdm_pool_run(pool, (uint64_t)s->opt->images, step_image, s);
        const double took = clock_read(CLOCK_MONOTONIC) - wall, used = clock_read(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        best = took < best ? took : best;
        busy = used < busy ? used : busy;
    }
    double grid = 0;
    for (int i = 0; i < s->opt->threads; i++)
        grid += s->grid_seconds[i];
    const double draws = (double)s->opt->images * s->opt->draws;
    size_t memory = s->weights->packed_floats * sizeof(float);
    for (int i = 0; i < s->opt->threads; i++)
        memory += dpdm_workspace_bytes(s->workspace[i]);
    printf("%-8s threads %d  chunk %2d  K %d: %7.3f ms a draw (%.1f GFLOP/s); %7.3f core-ms, of it clip+grid+sum %.3f; "
           "workspaces and weights %zu MB\n",
           s->weights->kernels->name, s->opt->threads, chunk, s->opt->draws, best / draws * 1e3,
           dpdm_network_flops(s->network) * draws / best * 1e-9, busy / draws * 1e3, grid / (ROUNDS + 1) / draws * 1e3,
           memory >> 20);
    fflush(stdout);
    step_destroy(s);
    dpdm_pool_destroy(pool);
}

/* ---- profile ---- */

typedef struct {
    const char *name;
    double forward, backward, add;
    int count;
} kind_time;

static kind_time *kind_find(kind_time *kinds, const char *name)
{
    while (kinds->name && strcmp(kinds->name, name) != 0)
        kinds++;
    kinds->name = name;
    return kinds;
}

static const char *node_kind(const dpdm_node *node)
{
    if (strcmp(node->op->name, "conv") != 0)
        return node->op->name;
    return node->kernel == 1                                    ? "conv 1x1"
           : node->in[0].channels < 4 || node->out.channels < 4 ? "conv 3x3, ends"
                                                                : "conv 3x3";
}

/* What dpdm_workspace_forward and _backward do, with a clock around each node. */
static void profile_pass(step *s, kind_time *kinds)
{
    dpdm_workspace *w = s->workspace[0];
    for (int i = 0; i < s->network->node_count; i++) {
        const double t = now();
        s->network->nodes[i].op->forward(&w->runs[i]);
        kind_find(kinds, node_kind(&s->network->nodes[i]))->forward += now() - t;
    }
    for (int i = s->network->node_count - 1; i >= 0; i--) {
        const dpdm_node *node = &s->network->nodes[i];
        if (!node->needs_gradient || w->plan.nodes[i].gradient < 0)
            continue;
        kind_time *kind = kind_find(kinds, node_kind(node));
        double t = now();
        node->op->backward(&w->runs[i]);
        kind->backward += now() - t;
        kind->count++;
        t = now();
        for (int k = 0; k < node->inputs; k++)
            if (w->plan.nodes[i].mode[k] == DPDM_GRADIENT_ADD)
                s->weights->kernels->accumulate(
                    s->weights->batch * dpdm_dims_floats(node->in[k]), w->runs[i].dx[k],
                    (float *)(void *)(w->memory + w->plan.blocks[w->plan.nodes[node->input[k]].gradient].offset));
        kind->add += now() - t;
    }
}

static void profile(step *s, int chunk)
{
    kind_time kinds[MAX_KINDS] = {0};
    step_create(s, chunk);
    const int passes = 1 + 32 / chunk;
    profile_pass(s, kinds);
    memset(kinds, 0, sizeof kinds);
    double t = now();
    for (int i = 0; i < passes; i++)
        profile_pass(s, kinds);
    t = now() - t;
    const double each = 1e3 / ((double)passes * chunk);
    printf("\n%s, chunk %d, one thread: %.3f ms a draw\n", s->weights->kernels->name, chunk, t * each);
    printf("  %-16s %5s %9s %9s %9s %7s\n", "operator", "nodes", "forward", "backward", "add", "share");
    for (kind_time *k = kinds; k->name; k++)
        printf("  %-16s %5d %6.3f ms %6.3f ms %6.3f ms %6.1f%%\n", k->name, k->count / passes, k->forward * each,
               k->backward * each, k->add * each, 100 * (k->forward + k->backward + k->add) / t);
    double unpack = now();
    for (int i = 0; i < 5; i++)
        dpdm_workspace_gradient(s->workspace[0], s->gradient[0]);
    unpack = (now() - unpack) / 5;
    double clear = now();
    for (int i = 0; i < 5; i++)
        dpdm_workspace_gradient_clear(s->workspace[0]);
    clear = (now() - clear) / 5;
    printf("  an image: unpack the gradient %.3f ms, clear %.3f ms\n", unpack * 1e3, clear * 1e3);
    step_destroy(s);
}

static options parse(int argc, char **argv)
{
    options o = {.network = "mnist", .threads = 1, .draws = 32, .images = 0};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--profile"))
            o.profile = 1;
        else if (!strcmp(argv[i], "--network"))
            o.network = value, i++;
        else if (!strcmp(argv[i], "--kernels"))
            o.kernels = value, i++;
        else if (!strcmp(argv[i], "--threads"))
            o.threads = atoi(value), i++;
        else if (!strcmp(argv[i], "--chunk"))
            o.chunk = atoi(value), i++;
        else if (!strcmp(argv[i], "--draws"))
            o.draws = atoi(value), i++;
        else if (!strcmp(argv[i], "--images"))
            o.images = atoi(value), i++;
        else
            o.threads = 0;
    }
    if (o.threads < 1 || o.threads > MAX_THREADS || o.draws < 1 || o.chunk < 0 || o.images < 0) {
        fprintf(stderr,
                "usage: bench_step [--network mnist|cifar|small] [--kernels SET] [--threads N] [--chunk N] [--draws K] "
                "[--images N] [--profile]\n");
        exit(2);
    }
    if (!o.images)
        o.images = o.threads;
    return o;
}

int main(int argc, char **argv)
{
    static const dpdm_network_description mnist = {
        .height = 28,
        .width = 28,
        .channels = 1,
        .classes = 10,
        .unet = {.width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {7}, .patch = 1}};
    static const dpdm_network_description cifar = {
        .height = 32,
        .width = 32,
        .channels = 3,
        .classes = 10,
        .unet = {
            .width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {8, 16}, .patch = 1}};
    static const dpdm_network_description small = {
        .height = 28,
        .width = 28,
        .channels = 1,
        .classes = 10,
        .unet = {.width_base = 16, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {7}, .patch = 2}};
    static const int chunks[] = {1, 2, 4, 8, 16};
    const options o = parse(argc, argv);
    step s = {.opt = &o,
              .config = strcmp(o.network, "cifar") == 0   ? &cifar
                        : strcmp(o.network, "small") == 0 ? &small
                                                          : &mnist};
    dpdm_error err;
    s.denoiser = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    dpdm_key_from_seed(&s.key, 1);
    check(dpdm_network_create(s.config, &s.network, &err), &err);
    const size_t floats = (size_t)o.images * pixels_of(&s);
    s.images = need(malloc(floats * sizeof *s.images));
    dpdm_stream stream;
    dpdm_stream_init(&stream, &s.key, DPDM_PURPOSE_TEST, 1, 0);
    dpdm_stream_uniforms(&stream, s.images, floats);
    printf("%s network: %zu parameters, %.2f GFLOP forward and backward a draw\n", o.network,
           dpdm_network_parameters(s.network), dpdm_network_flops(s.network) * 1e-9);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks + 1; i++) {
        const int chunk = i < sizeof chunks / sizeof *chunks ? chunks[i] : o.draws;
        if ((o.chunk && i > 0) || (!o.chunk && chunk > o.draws))
            break;
        if (o.profile)
            profile(&s, o.chunk ? o.chunk : chunk);
        else
            measure(&s, o.chunk ? o.chunk : chunk);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory of this process: %ld MB\n", usage.ru_maxrss >> 10);
    dpdm_network_destroy(s.network);
    free(s.images);
    return 0;
}
