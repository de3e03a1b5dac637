/* covariance.c - the noisy sum of outer products, and the leading directions of what it gives. */
#include "train/covariance.h"

#include <math.h>
#include <stdlib.h>
#include "base/eigen.h"
#include "train/outer.h"
#include "train/pool.h"
#include "train/sum_release.h"

typedef struct {
    const dpdm_dataset *data;
    const dpdm_prior *prior;
    pool_shape shape;
    float *residuals; /* [threads, 2 pixels]: whole, shrunk */
    float *vectors;   /* [threads, covariance_size] */
} covariance_source;

/* Of the vector of a record: the products, and, of shrunk images, what shrinking leaves out of the squared norm. */
static size_t covariance_size(pool_shape shape)
{
    return outer_size(pool_size(shape)) + (shape.factor > 1);
}

static double covariance_square(const float *r, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)r[i] * (double)r[i];
    return sum;
}

static void covariance_vector(const covariance_source *source, uint64_t record, float *r, float *vector)
{
    const size_t pixels = (size_t)source->prior->pixels, low = pool_size(source->shape);
    const float *center = source->prior->center + (size_t)source->data->labels[record] * pixels;
    float *shrunk = r + pixels;
    dpdm_dataset_image(source->data, record, r);
    for (size_t p = 0; p < pixels; p++)
        r[p] -= center[p];
    pool_shrink(source->shape, r, shrunk);
    outer_fold(shrunk, low, vector);
    if (source->shape.factor > 1)
        vector[outer_size(low)] = (float)(covariance_square(r, pixels) - covariance_square(shrunk, low));
}

static void covariance_vectors(void *context, const dpdm_record_group *group)
{
    const covariance_source *source = context;
    const size_t pixels = (size_t)source->prior->pixels, worker = (size_t)group->worker;
    const size_t size = covariance_size(source->shape);
    float *vector = source->vectors + worker * size;
    for (int i = 0; i < group->count; i++) {
        covariance_vector(source, group->records[i], source->residuals + worker * 2 * pixels, vector);
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

/* The variances of the directions whose noisy ones are `values`, and one for the rest so that the trace stays: `trace` is that
 * of the noisy matrix of size `low`, and `beyond` what images vary outside of what it sees. */
static void covariance_variances(const double *values, size_t low, double trace, double beyond, double s,
                                 dpdm_prior *prior)
{
    const size_t rank = (size_t)prior->rank;
    double rest = 0;
    for (int round = 0; round < 2; round++) { /* what a direction has of the rest is little: two rounds settle it */
        for (size_t k = 0; k < rank; k++)
            prior->variance[k] = (float)outer_floor(covariance_along(values[k], s, low, rest));
        rest = outer_floor(covariance_rest(trace, prior->variance, rank, low));
    }
    prior->variance[rank] =
        (float)outer_floor(covariance_rest(trace + beyond, prior->variance, rank, (size_t)prior->pixels));
}

/* Post-processing of the noisy sum: the leading directions, and what is left of the trace for all others. noise: the
 * standard deviation of a coordinate of the sum. */
static dpdm_status covariance_fit(const float *sum, pool_shape shape, double count, double noise, dpdm_prior *prior,
                                  dpdm_error *err)
{
    const size_t low = pool_size(shape), pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    const double beyond = shape.factor > 1 ? (double)sum[outer_size(low)] / count : 0;
    double *matrix = malloc(low * low * sizeof *matrix), *vectors = malloc(rank * low * sizeof *vectors);
    double *values = malloc(rank * sizeof *values), trace = 0;
    dpdm_status status = DPDM_OK;
    if (!matrix || !vectors || !values)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a covariance of %zu pixels", low);
    if (!status) {
        outer_unfold(sum, count, low, matrix);
        status = dpdm_eigen_leading(matrix, low, rank, vectors, values, err);
    }
    if (!status) {
        for (size_t p = 0; p < low; p++)
            trace += matrix[p * low + p];
        for (size_t k = 0; k < rank; k++)
            pool_widen(shape, vectors + k * low, prior->basis + k * pixels);
        covariance_variances(values, low, trace, beyond, noise / (sqrt(2) * count), prior);
    }
    free(matrix);
    free(vectors);
    free(values);
    return status;
}

dpdm_status dpdm_covariance_release(const dpdm_dataset *data, const dpdm_covariance_options *options,
                                    const dpdm_key *key, int threads, dpdm_prior *prior, dpdm_error *err)
{
    const pool_shape shape = {data->height, data->width, data->channels, options->pool};
    const size_t pixels = (size_t)prior->pixels, size = covariance_size(shape);
    covariance_source source = {data, prior, shape, malloc((size_t)threads * 2 * pixels * sizeof(float)),
                                malloc((size_t)threads * size * sizeof(float))};
    float *sum = malloc(size * sizeof *sum);
    const dpdm_sum_release release = {.data = data,
                                      .size = size,
                                      .vectors = covariance_vectors,
                                      .context = &source,
                                      .clip = options->norm * options->norm,
                                      .noise_multiplier = options->noise_multiplier,
                                      .grid_bits = options->grid_bits};
    dpdm_status status = DPDM_OK;
    if (!source.residuals || !source.vectors || !sum)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a covariance of %zu pixels", pool_size(shape));
    if (!status)
        status = dpdm_sum_release_run(&release, key, threads, sum, err);
    if (!status)
        status = covariance_fit(sum, shape, options->count, options->noise_multiplier * release.clip, prior, err);
    free(source.residuals);
    free(source.vectors);
    free(sum);
    return status;
}
