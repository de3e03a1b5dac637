/* features.c - the extractors of features.h behind one interface. */
#include "dpdm/features.h"

#include <stdint.h>
#include <stdlib.h>
#include "eval/inception.h"

struct dpdm_features {
    const char *name;
    size_t dimension;
    int touches_private;
    int height, width, channels; /* of pixels */
    dpdm_classifier *classifier; /* not owned */
    eval_inception *inception;
};

static dpdm_status features_create(const dpdm_features *values, dpdm_features **features, dpdm_error *err)
{
    *features = malloc(sizeof **features);
    if (!*features)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for an extractor of features");
    **features = *values;
    return DPDM_OK;
}

dpdm_status dpdm_features_inception(const char *path, dpdm_resize resize, int threads, dpdm_features **features,
                                    dpdm_error *err)
{
    dpdm_features values = {.name = "inception", .dimension = INCEPTION_FEATURES};
    *features = NULL;
    dpdm_status status = inception_create(path, resize, threads, &values.inception, err);
    if (!status)
        status = features_create(&values, features, err);
    if (status)
        inception_destroy(values.inception);
    return status;
}

dpdm_status dpdm_features_classifier(dpdm_classifier *classifier, int touches_private, dpdm_features **features,
                                     dpdm_error *err)
{
    const dpdm_features values = {.name = dpdm_classifier_name(dpdm_classifier_kind_of(classifier)),
                                  .dimension = dpdm_classifier_dimension(classifier),
                                  .touches_private = touches_private,
                                  .classifier = classifier};
    *features = NULL;
    if (values.dimension == 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "a classifier of kind %s has no layer to take features from",
                              values.name);
    return features_create(&values, features, err);
}

dpdm_status dpdm_features_pixels(int height, int width, int channels, dpdm_features **features, dpdm_error *err)
{
    const dpdm_features values = {.name = "pixels",
                                  .dimension = (size_t)height * (size_t)width * (size_t)channels,
                                  .height = height,
                                  .width = width,
                                  .channels = channels};
    *features = NULL;
    if (height < 1 || width < 1 || channels < 1)
        return dpdm_error_set(err, DPDM_EUSAGE, "images of %d x %d x %d have no pixels", height, width, channels);
    return features_create(&values, features, err);
}

void dpdm_features_destroy(dpdm_features *features)
{
    if (features)
        inception_destroy(features->inception);
    free(features);
}

const char *dpdm_features_name(const dpdm_features *features)
{
    return features->name;
}

size_t dpdm_features_dimension(const dpdm_features *features)
{
    return features->dimension;
}

int dpdm_features_touch_private(const dpdm_features *features)
{
    return features->touches_private;
}

static dpdm_status features_of_pixels(const dpdm_features *f, const dpdm_dataset *data, float *out, dpdm_error *err)
{
    if (data->height != f->height || data->width != f->width || data->channels != f->channels)
        return dpdm_error_set(err, DPDM_EUSAGE, "the images are %dx%dx%d where %dx%dx%d are compared", data->height,
                              data->width, data->channels, f->height, f->width, f->channels);
    for (uint64_t i = 0; i < data->count; i++)
        dpdm_dataset_image(data, i, out + i * f->dimension);
    return DPDM_OK;
}

dpdm_status dpdm_features_extract(dpdm_features *features, const dpdm_dataset *data, float *out,
                                  dpdm_progress_fn progress, void *context, dpdm_error *err)
{
    if (features->inception)
        return inception_extract(features->inception, data, out, progress, context, err);
    dpdm_status status = features->classifier ? dpdm_classifier_features(features->classifier, data, out, err)
                                              : features_of_pixels(features, data, out, err);
    if (!status && progress && progress(context, data->count, data->count))
        status = dpdm_error_set(err, DPDM_ECANCELLED, "the extraction of features was stopped");
    return status;
}
