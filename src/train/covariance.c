/* covariance.c - the noisy sum of outer products, and the leading directions of what it gives. */
#include "train/covariance.h"

#include <math.h>
#include <stdlib.h>
#include "base/eigen.h"
#include "train/outer.h"
#include "train/sum_release.h"

typedef struct {
    const dpdm_dataset *data;
    const dpdm_prior *prior;
    float *residuals; /* [threads, pixels] */
    float *vectors;   /* [threads, outer_size(pixels)] */
} covariance_source;

static void covariance_vector(const covariance_source *source, uint64_t record, float *r, float *vector)
{
    size_t pixels = (size_t)source->prior->pixels;
    const float *center = source->prior->center + (size_t)source->data->labels[record] * pixels;
    dpdm_dataset_image(source->data, record, r);
    for (size_t p = 0; p < pixels; p++)
        r[p] -= center[p];
    outer_fold(r, pixels, vector);
}

static void covariance_vectors(void *context, const dpdm_record_group *group)
{
    const covariance_source *source = context;
    size_t pixels = (size_t)source->prior->pixels, size = outer_size(pixels), worker = (size_t)group->worker;
    float *vector = source->vectors + worker * size;
    for (int i = 0; i < group->count; i++) {
        covariance_vector(source, group->records[i], source->residuals + worker * pixels, vector);
        group->give(group->sink, i, 0, size, vector);
    }
}

/* Of an eigenvalue of a matrix with noise of standard deviation s off its diagonal: what the matrix without noise has along
 * the noisy direction. The noise raises an eigenvalue v to v + d s^2 / v and turns its direction away by the angle of
 * sin^2 = d s^2 / v^2; below 2 s sqrt(d) there is nothing but noise (Benaych-Georges and Nadakuditi 2011). */
static double covariance_along(double value, double s, size_t pixels, double rest)
{
    const double square = s * s * (double)pixels, root = value * value - 4 * square;
    if (!(value > 0 && root > 0))
        return rest;
    const double v = (value + sqrt(root)) / 2, away = square / (v * v);
    return (1 - away) * v + away * rest;
}

/* What is left of the trace, a direction. */
static double covariance_rest(double trace, const float *variance, size_t rank, size_t pixels)
{
    for (size_t k = 0; k < rank; k++)
        trace -= (double)variance[k];
    return pixels > rank ? trace / (double)(pixels - rank) : 0;
}

/* The variances of the directions whose noisy ones are `values`, and one for the rest so that the trace stays. */
static void covariance_variances(const double *values, double trace, double s, dpdm_prior *prior)
{
    const size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    double rest = 0;
    for (int round = 0; round < 2; round++) { /* what a direction has of the rest is little: two rounds settle it */
        for (size_t k = 0; k < rank; k++)
            prior->variance[k] = (float)outer_floor(covariance_along(values[k], s, pixels, rest));
        rest = outer_floor(covariance_rest(trace, prior->variance, rank, pixels));
    }
    prior->variance[rank] = (float)rest;
}

/* Post-processing of the noisy matrix: its leading directions, and what is left of the trace for all others. noise: the
 * standard deviation of a coordinate of the sum. */
static dpdm_status covariance_fit(const float *sum, double count, double noise, dpdm_prior *prior, dpdm_error *err)
{
    size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    double *matrix = malloc(pixels * pixels * sizeof *matrix), *vectors = malloc(rank * pixels * sizeof *vectors);
    double *values = malloc(rank * sizeof *values), trace = 0;
    dpdm_status status = DPDM_OK;
    if (!matrix || !vectors || !values)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a covariance of %zu pixels", pixels);
    if (!status) {
        outer_unfold(sum, count, pixels, matrix);
        status = dpdm_eigen_leading(matrix, pixels, rank, vectors, values, err);
    }
    if (!status) {
        for (size_t p = 0; p < pixels; p++)
            trace += matrix[p * pixels + p];
        for (size_t i = 0; i < rank * pixels; i++)
            prior->basis[i] = (float)vectors[i];
        covariance_variances(values, trace, noise / (sqrt(2) * count), prior);
    }
    free(matrix);
    free(vectors);
    free(values);
    return status;
}

dpdm_status dpdm_covariance_release(const dpdm_dataset *data, double noise_multiplier, double norm, double count,
                                    int grid_bits, const dpdm_key *key, int threads, dpdm_prior *prior, dpdm_error *err)
{
    size_t pixels = (size_t)prior->pixels, size = outer_size(pixels);
    covariance_source source = {data, prior, malloc((size_t)threads * pixels * sizeof(float)),
                                malloc((size_t)threads * size * sizeof(float))};
    float *sum = malloc(size * sizeof *sum);
    const dpdm_sum_release release = {.data = data,
                                      .size = size,
                                      .vectors = covariance_vectors,
                                      .context = &source,
                                      .clip = norm * norm,
                                      .noise_multiplier = noise_multiplier,
                                      .grid_bits = grid_bits};
    dpdm_status status = DPDM_OK;
    if (!source.residuals || !source.vectors || !sum)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a covariance of %zu pixels", pixels);
    if (!status)
        status = dpdm_sum_release_run(&release, key, threads, sum, err);
    if (!status)
        status = covariance_fit(sum, count, noise_multiplier * release.clip, prior, err);
    free(source.residuals);
    free(source.vectors);
    free(sum);
    return status;
}
