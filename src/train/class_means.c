/* class_means.c - noisy sums and counts of the classes, and the means they give. */
#include "train/class_means.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "train/sum_release.h"

typedef struct {
    const dpdm_dataset *data;
    size_t pixels, row; /* row = pixels + 1: an image and its count */
    double count_weight;
    float *rows; /* [threads, row] */
} means_source;

/* What one image adds to its count's coordinate. A quarter of the image's own largest norm squared: the counts become
 * precise enough, at 12 % more noise on the sums. */
static double means_count_weight(size_t pixels)
{
    return 0.5 * sqrt((double)pixels);
}

double dpdm_class_means_clip(int pixels)
{
    double weight = means_count_weight((size_t)pixels);
    return sqrt((double)pixels + weight * weight) * (1 + 1e-6); /* above the fp32 rounding of any image's norm */
}

/* Of all classes' rows a record has that of its own class only: the others are zero. */
static void means_vectors(void *context, const dpdm_record_group *group)
{
    const means_source *source = context;
    float *row = source->rows + (size_t)group->worker * source->row;
    for (int i = 0; i < group->count; i++) {
        size_t label = (size_t)source->data->labels[group->records[i]];
        dpdm_dataset_image(source->data, group->records[i], row);
        row[source->pixels] = (float)source->count_weight;
        group->give(group->sink, i, label * source->row, source->row, row);
    }
}

static float means_ratio(double sum, double count)
{
    double mean = sum / count;
    return (float)(mean < -1 ? -1 : mean > 1 ? 1 : mean);
}

/* sums: [classes, row], noisy. count_noise: the standard deviation of a noisy count, in images. */
static void means_divide(const means_source *source, const float *sums, double count_noise, float *center,
                         dpdm_class_counts *counts)
{
    size_t classes = (size_t)source->data->classes, pixels = source->pixels, row = source->row;
    double least = 4 * count_noise + 1, all = 0;
    float *overall = center + classes * pixels;
    for (size_t c = 0; c < classes; c++) {
        counts->of[c] = (double)sums[c * row + pixels] / source->count_weight;
        all += counts->of[c];
    }
    for (size_t p = 0; p < pixels; p++) {
        double sum = 0;
        for (size_t c = 0; c < classes; c++)
            sum += (double)sums[c * row + p];
        overall[p] = all > least * sqrt((double)classes) ? means_ratio(sum, all) : 0;
    }
    for (size_t c = 0; c < classes; c++) {
        double count = counts->of[c];
        if (count <= least) {
            memcpy(center + c * pixels, overall, pixels * sizeof *center);
            continue;
        }
        for (size_t p = 0; p < pixels; p++)
            center[c * pixels + p] = means_ratio((double)sums[c * row + p], count);
    }
    counts->least = least;
    counts->all = all > 1 ? all : 1;
}

dpdm_status dpdm_class_means_release(const dpdm_dataset *data, double noise_multiplier, int grid_bits,
                                     const dpdm_key *key, int threads, dpdm_prior *prior, dpdm_class_counts *counts,
                                     dpdm_error *err)
{
    int pixels = data->height * data->width * data->channels;
    means_source source = {data, (size_t)pixels, (size_t)pixels + 1, means_count_weight((size_t)pixels),
                           malloc((size_t)threads * ((size_t)pixels + 1) * sizeof(float))};
    const dpdm_sum_release release = {.data = data,
                                      .size = (size_t)data->classes * source.row,
                                      .vectors = means_vectors,
                                      .context = &source,
                                      .clip = dpdm_class_means_clip(pixels),
                                      .noise_multiplier = noise_multiplier,
                                      .grid_bits = grid_bits};
    float *sums = malloc(release.size * sizeof *sums);
    dpdm_status status = DPDM_OK;
    if (!sums || !source.rows)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the class means");
    if (!status)
        status = dpdm_sum_release_run(&release, key, threads, sums, err);
    if (!status)
        means_divide(&source, sums, noise_multiplier * release.clip / source.count_weight, prior->center, counts);
    free(source.rows);
    free(sums);
    return status;
}
