/* class_covariance.c - noisy sums of outer products by class, within the leading directions of all images. */
#include "train/class_covariance.h"

#include <math.h>
#include <stdlib.h>
#include "base/eigen.h"
#include "train/outer.h"
#include "train/sum_release.h"

typedef struct {
    const dpdm_dataset *data;
    const dpdm_prior *prior;
    float *residuals; /* [threads, pixels + rank] */
    float *vectors;   /* [threads, outer_size(rank)] */
} class_source;

/* a = U (x - c_y). */
static void class_project(const class_source *source, uint64_t record, float *residual, float *a)
{
    const dpdm_prior *prior = source->prior;
    const size_t pixels = (size_t)prior->pixels;
    const float *center = prior->center + (size_t)source->data->labels[record] * pixels;
    dpdm_dataset_image(source->data, record, residual);
    for (int k = 0; k < prior->rank; k++) {
        const float *u = prior->basis + (size_t)k * pixels;
        double sum = 0;
        for (size_t p = 0; p < pixels; p++)
            sum += (double)u[p] * ((double)residual[p] - (double)center[p]);
        a[k] = (float)sum;
    }
}

static void class_vectors(void *context, const dpdm_record_group *group)
{
    const class_source *source = context;
    const size_t pixels = (size_t)source->prior->pixels, rank = (size_t)source->prior->rank, size = outer_size(rank);
    float *residual = source->residuals + (size_t)group->worker * (pixels + rank), *a = residual + pixels;
    float *vector = source->vectors + (size_t)group->worker * size;
    for (int i = 0; i < group->count; i++) {
        const size_t label = (size_t)source->data->labels[group->records[i]];
        class_project(source, group->records[i], residual, a);
        outer_fold(a, rank, vector);
        group->give(group->sink, i, label * size, size, vector);
    }
}

/* Takes a class's noisy matrix towards the variances of all classes, row by row of its lower half, by as much as the row differs
 * from them no more than noise does (James and Stein 1961, its positive part). s: the noise of a coordinate, over count. */
static void class_shrink(const dpdm_prior *prior, double s, double *matrix)
{
    const size_t rank = (size_t)prior->rank;
    for (size_t k = 0; k < rank; k++) {
        const double common = (double)prior->variance[k];
        double apart = pow(matrix[k * rank + k] - common, 2);
        for (size_t i = 0; i < k; i++)
            apart += 2 * pow(matrix[k * rank + i], 2);
        const double keep = fmax(0, 1 - (double)(k + 1) * s * s / apart);
        matrix[k * rank + k] = common + keep * (matrix[k * rank + k] - common);
        for (size_t i = 0; i < k; i++)
            matrix[i * rank + k] = matrix[k * rank + i] = keep * matrix[k * rank + i];
    }
}

/* Post-processing of one class's noisy sum; noise: the standard deviation of its coordinates. room: [2 rank^2 + rank]. */
static dpdm_status class_fit(const float *sum, double count, double noise, int label, dpdm_prior *prior, double *room,
                             dpdm_error *err)
{
    const size_t rank = (size_t)prior->rank;
    double *matrix = room, *vectors = matrix + rank * rank, *values = vectors + rank * rank;
    float *turn = prior->class_turn + (size_t)label * rank * rank;
    float *variance = prior->class_variance + (size_t)label * rank;
    outer_unfold(sum, count, rank, matrix);
    class_shrink(prior, noise / count, matrix);
    dpdm_status status = dpdm_eigen_leading(matrix, rank, rank, vectors, values, err);
    for (size_t i = 0; !status && i < rank * rank; i++)
        turn[i] = (float)vectors[i];
    for (size_t k = 0; !status && k < rank; k++)
        variance[k] = (float)outer_floor(values[k]);
    return status;
}

static dpdm_status class_fit_all(const float *sums, const dpdm_class_counts *counts, double noise, dpdm_prior *prior,
                                 dpdm_error *err)
{
    const size_t rank = (size_t)prior->rank;
    double *room = malloc((2 * rank * rank + rank) * sizeof *room);
    if (!room)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for covariances of rank %zu", rank);
    dpdm_status status = DPDM_OK;
    for (int y = 0; !status && y < prior->classes; y++) {
        if (counts->of[y] <= counts->least)
            dpdm_prior_class_common(prior, y);
        else
            status = class_fit(sums + (size_t)y * outer_size(rank), counts->of[y], noise, y, prior, room, err);
    }
    free(room);
    return status;
}

dpdm_status dpdm_class_covariance_release(const dpdm_dataset *data, double noise_multiplier, double norm,
                                          const dpdm_class_counts *counts, int grid_bits, const dpdm_key *key,
                                          int threads, dpdm_prior *prior, dpdm_error *err)
{
    const size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank, size = outer_size(rank);
    class_source source = {data, prior, malloc((size_t)threads * (pixels + rank) * sizeof(float)),
                           malloc((size_t)threads * size * sizeof(float))};
    const dpdm_sum_release release = {.data = data,
                                      .size = (size_t)data->classes * size,
                                      .vectors = class_vectors,
                                      .context = &source,
                                      .clip = norm * norm,
                                      .noise_multiplier = noise_multiplier,
                                      .grid_bits = grid_bits};
    float *sums = malloc(release.size * sizeof *sums);
    dpdm_status status = DPDM_OK;
    if (!source.residuals || !source.vectors || !sums)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for covariances of rank %zu", rank);
    if (!status)
        status = dpdm_sum_release_run(&release, key, threads, sums, err);
    if (!status)
        status = class_fit_all(sums, counts, noise_multiplier * release.clip, prior, err);
    free(source.residuals);
    free(source.vectors);
    free(sums);
    return status;
}
