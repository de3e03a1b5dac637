/* tuner_moments.c - how far the mean and covariance of images are from a released prior. */
#include <math.h>
#include <stdlib.h>

#include "dpdm/tuner.h"

/* Sums over the images of a set, all of them around the prior's centres. */
typedef struct {
    const dpdm_prior *prior;
    double *mean;        /* [classes, pixels]: of x - center */
    uint64_t *per_class; /* [classes] */
    double *along;       /* [rank]: squared coordinates, later variances */
    double rest;         /* squared length outside the basis, later a variance a direction */
    float *image, *residual;
} moments_sums;

static dpdm_status sums_create(const dpdm_prior *prior, moments_sums *sums, dpdm_error *err)
{
    size_t pixels = (size_t)prior->pixels, classes = (size_t)prior->classes;
    *sums = (moments_sums){.prior = prior,
                           .mean = calloc(classes * pixels, sizeof *sums->mean),
                           .per_class = calloc(classes, sizeof *sums->per_class),
                           .along = calloc((size_t)prior->rank, sizeof *sums->along),
                           .image = malloc(pixels * sizeof *sums->image),
                           .residual = malloc(pixels * sizeof *sums->residual)};
    if (sums->mean && sums->per_class && sums->along && sums->image && sums->residual)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the moments of %d classes", prior->classes);
}

static void sums_destroy(moments_sums *sums)
{
    free(sums->mean);
    free(sums->per_class);
    free(sums->along);
    free(sums->image);
    free(sums->residual);
}

static void sums_add_means(moments_sums *sums, const dpdm_dataset *data)
{
    size_t pixels = (size_t)sums->prior->pixels;
    for (uint64_t i = 0; i < data->count; i++) {
        size_t label = (size_t)data->labels[i];
        const float *center = sums->prior->center + label * pixels;
        dpdm_dataset_image(data, i, sums->image);
        for (size_t p = 0; p < pixels; p++)
            sums->mean[label * pixels + p] += (double)sums->image[p] - (double)center[p];
        sums->per_class[label]++;
    }
    for (size_t c = 0; c < (size_t)sums->prior->classes; c++)
        for (size_t p = 0; p < pixels && sums->per_class[c]; p++)
            sums->mean[c * pixels + p] /= (double)sums->per_class[c];
}

/* Variances around the means of the classes, along the basis and outside it. */
static void sums_add_variances(moments_sums *sums, const dpdm_dataset *data)
{
    const dpdm_prior *prior = sums->prior;
    size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    for (uint64_t i = 0; i < data->count; i++) {
        size_t label = (size_t)data->labels[i];
        double length = 0;
        dpdm_dataset_image(data, i, sums->image);
        for (size_t p = 0; p < pixels; p++) {
            double difference = (double)sums->image[p] - (double)prior->center[label * pixels + p];
            sums->residual[p] = (float)(difference - sums->mean[label * pixels + p]);
            length += (double)sums->residual[p] * (double)sums->residual[p];
        }
        for (size_t k = 0; k < rank; k++) {
            double coordinate = 0;
            for (size_t p = 0; p < pixels; p++)
                coordinate += (double)prior->basis[k * pixels + p] * (double)sums->residual[p];
            sums->along[k] += coordinate * coordinate;
            length -= coordinate * coordinate;
        }
        sums->rest += fmax(length, 0);
    }
    double directions = (double)(pixels - rank);
    for (size_t k = 0; k < rank; k++)
        sums->along[k] /= (double)data->count;
    sums->rest = directions > 0 ? sums->rest / (double)data->count / directions : 0;
}

/* Dowson and Landau 1982, for two Gaussians with the same axes: |m|^2 + sum (s - s')^2. */
static double sums_distance(const moments_sums *sums)
{
    const dpdm_prior *prior = sums->prior;
    size_t pixels = (size_t)prior->pixels, rank = (size_t)prior->rank;
    double means = 0, spread = 0;
    int classes = 0;
    for (size_t c = 0; c < (size_t)prior->classes; c++) {
        classes += sums->per_class[c] > 0;
        for (size_t p = 0; p < pixels; p++)
            means += sums->mean[c * pixels + p] * sums->mean[c * pixels + p];
    }
    for (size_t k = 0; k < rank; k++)
        spread += pow(sqrt(sums->along[k]) - sqrt((double)prior->variance[k]), 2);
    spread += (double)(pixels - rank) * pow(sqrt(sums->rest) - sqrt((double)prior->variance[rank]), 2);
    return means / classes + spread;
}

dpdm_status dpdm_tuner_moments(const dpdm_prior *prior, const dpdm_dataset *data, double *distance, dpdm_error *err)
{
    moments_sums sums;
    *distance = NAN;
    if (prior->rank == 0)
        return DPDM_OK;
    if (data->height * data->width * data->channels != prior->pixels || data->classes > prior->classes || !data->count)
        return dpdm_error_set(err, DPDM_EUSAGE, "the images do not have the shape and classes of the prior");
    dpdm_status status = sums_create(prior, &sums, err);
    if (!status) {
        sums_add_means(&sums, data);
        sums_add_variances(&sums, data);
        *distance = sums_distance(&sums);
    }
    sums_destroy(&sums);
    return status;
}
