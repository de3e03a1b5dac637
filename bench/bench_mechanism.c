/* bench_mechanism.c - speed of the private parts of a step on one thread.
 *
 * usage: bench_mechanism
 *
 * For the 1,753,345 coordinates of DPDM's network for 28x28 images: clip and grid of one gradient, exact noise of one step;
 * the exact sampler alone at two deviations; Poisson sampling of 60,000 and 1.3 million records; the noise of one image
 * with 32 draws. Each line: best and median of several runs; only the best means much while others use the machine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dpdm/gaussian.h"
#include "dpdm/poisson.h"
#include "privacy/exact_gaussian.h"

enum { RUNS = 15, COORDINATES = 1753345, IMAGE_NORMALS = 28 * 28 * 32, RECORDS = 1300000 };

typedef struct {
    dpdm_key key;
    dpdm_stream stream;
    dpdm_exact_gaussian gaussian;
    dpdm_grid grid;
    dpdm_rate rate;
    double sigma;
    size_t n;
    float *v;
    int64_t *sum;
    uint64_t *chosen;
} bench_state;

typedef void (*bench_fn)(bench_state *state);

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bench_line(const char *what, const char *unit, bench_fn fn, bench_state *state)
{
    double seconds[RUNS];
    for (int run = 0; run < RUNS; run++) {
        double start = now();
        fn(state);
        seconds[run] = now() - start;
    }
    qsort(seconds, RUNS, sizeof *seconds, by_size);
    double best = seconds[0], median = seconds[RUNS / 2], n = (double)state->n;
    printf("%-44s %8.2f M%s/s best, %8.2f median; %6.2f ns, %6.2f ns each; %8.3f ms in all\n", what, n / best / 1e6,
           unit, n / median / 1e6, best / n * 1e9, median / n * 1e9, best * 1e3);
}

static void run_normals(bench_state *state)
{
    dpdm_stream_normals(&state->stream, state->v, state->n);
}

static void run_bytes(bench_state *state)
{
    dpdm_stream_bytes(&state->stream, state->v, state->n);
}

static void run_sampler(bench_state *state)
{
    dpdm_exact_gaussian_add(&state->gaussian, &state->stream, state->n, state->sum, NULL);
}

static void run_noise(bench_state *state)
{
    dpdm_gaussian_add(&state->grid, state->sigma, &state->key, DPDM_PURPOSE_NOISE, 1, 0, state->n, state->sum, NULL);
}

static void run_grid(bench_state *state)
{
    dpdm_grid_add(&state->grid, state->v, state->n, state->sum, NULL, NULL);
}

static void run_poisson(bench_state *state)
{
    uint64_t chosen;
    dpdm_poisson_select(&state->key, 1, state->n, &state->rate, state->chosen, &chosen);
}

int main(void)
{
    static bench_state state;
    state.v = malloc(COORDINATES * sizeof *state.v);
    state.sum = calloc(COORDINATES, sizeof *state.sum);
    state.chosen = malloc(RECORDS * sizeof *state.chosen);
    if (!state.v || !state.sum || !state.chosen)
        return 1;
    state.grid = (dpdm_grid){sizeof(dpdm_grid), 1, DPDM_GRID_BITS};
    state.sigma = 1.5;
    dpdm_key_from_seed(&state.key, 1);
    dpdm_stream_init(&state.stream, &state.key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_rate_from(4096.0 / 60000, &state.rate, NULL);

    state.n = COORDINATES;
    run_normals(&state);
    bench_line("dpdm_stream_bytes", "bytes", run_bytes, &state);
    bench_line("dpdm_stream_normals", "normals", run_normals, &state);
    state.n = IMAGE_NORMALS;
    bench_line("dpdm_stream_normals, one image, 32 draws", "normals", run_normals, &state);
    state.n = COORDINATES;
    bench_line("dpdm_grid_add, 1,753,345 coordinates", "coords", run_grid, &state);
    dpdm_exact_gaussian_init(&state.gaussian, 1.5, DPDM_GRID_BITS, NULL);
    bench_line("exact sampler, S = 1.5 2^40", "draws", run_sampler, &state);
    dpdm_exact_gaussian_init(&state.gaussian, nextafter(0x1p60, 0), 0, NULL);
    bench_line("exact sampler, S just below 2^60", "draws", run_sampler, &state);
    bench_line("dpdm_gaussian_add, one step", "draws", run_noise, &state);
    state.n = 60000;
    bench_line("dpdm_poisson_select, 60,000 records", "records", run_poisson, &state);
    state.n = RECORDS;
    bench_line("dpdm_poisson_select, 1,300,000 records", "records", run_poisson, &state);
    free(state.v);
    free(state.sum);
    free(state.chosen);
    return 0;
}
