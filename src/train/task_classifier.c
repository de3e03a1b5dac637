/* task_classifier.c - a classifier: the cross-entropy of an image, or the mean over random views of it (De et al. 2022). */
#include "train/task.h"

#include <math.h>
#include <string.h>
#include "nn/loss.h"
#include "train/augment.h"
#include "train/dp_classifier.h"

enum { BATCHES = 8 };

/* An image with its views, which are its draws. */
typedef struct {
    const dpdm_train_config *config;
    const float *image;
    int32_t label;
} classifier_image;

static void classifier_defaults(dpdm_train_config *config)
{
    config->classifier = DPDM_CLASSIFIER_CNN;
    config->batch = config->epochs = config->learning_rate = 0; /* chosen for the kind */
    config->ema = 0.9;
}

static void classifier_settle(dpdm_train_config *config)
{
    static const struct {
        double batch, epochs, learning_rate;
    } recipes[] = {[DPDM_CLASSIFIER_LOGREG] = {4096, 30, 1e-2},
                   [DPDM_CLASSIFIER_MLP] = {4096, 30, 3e-3},
                   [DPDM_CLASSIFIER_CNN] = {2048, 30, 6e-3},
                   [DPDM_CLASSIFIER_RESNET] = {2048, 20, 4e-3}};
    const size_t kind = (size_t)config->classifier;
    if (kind >= sizeof recipes / sizeof *recipes)
        return;
    if (config->batch == 0 && config->sampling_rate == 0 && config->records)
        config->batch = fmin(recipes[kind].batch, ceil((double)config->records / BATCHES));
    else if (config->batch == 0)
        config->batch = config->sampling_rate * (double)config->records;
    if (config->epochs == 0 && config->steps == 0)
        config->epochs = recipes[kind].epochs;
    if (config->learning_rate == 0 && config->optimiser == DPDM_OPTIMISER_ADAM)
        config->learning_rate = recipes[kind].learning_rate;
}

static dpdm_status classifier_check(const dpdm_train_config *config, dpdm_error *err)
{
    if (config->learning_rate > 0)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE,
                          "learning-rate is %g: it must be above 0 (only with adam can it be left to dpdm)",
                          config->learning_rate);
}

static dpdm_status classifier_network(const dpdm_train_config *config, dpdm_network **network, dpdm_error *err)
{
    return dpdm_network_classifier(config->classifier, config->height, config->width, config->channels, config->classes,
                                   network, err);
}

static int classifier_draws(const dpdm_train_config *config)
{
    return config->augmentations;
}

static void classifier_prepare(void *context, const dpdm_train_config *config, float *released)
{
    (void)released;
    *(const dpdm_train_config **)context = config;
}

static void classifier_begin(const void *context, void *record, float *image, int label, dpdm_stream *stream)
{
    (void)stream; /* views are drawn when they are filled in */
    *(classifier_image *)record = (classifier_image){*(const dpdm_train_config *const *)context, image, label};
}

/* The image, or its random views. */
static void classifier_fill(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const classifier_image *im = of;
    const dpdm_train_config *config = im->config;
    const dpdm_augmentation how = {config->height, config->width, config->channels, config->shift, config->mirror};
    const size_t pixels = (size_t)config->height * (size_t)config->width * (size_t)config->channels;
    float *x = dpdm_workspace_x(workspace) + (size_t)at * pixels;
    (void)first;
    for (int k = 0; k < used; k++, x += pixels)
        if (config->augmentations == 1)
            memcpy(x, im->image, pixels * sizeof *x);
        else
            dpdm_augment(&how, im->image, stream, x);
}

/* Cross-entropy; dropout is off, as it would draw more than the views. */
static double classifier_derive(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const classifier_image *im = of;
    const int classes = im->config->classes;
    const float scale = 1.0F / (float)im->config->augmentations;
    double loss = 0;
    (void)first;
    (void)stream;
    for (int k = at; k < at + used; k++) {
        const size_t first_score = (size_t)k * (size_t)classes;
        loss += dpdm_cross_entropy(1, classes, dpdm_workspace_output(workspace) + first_score, &im->label, scale, NULL,
                                   dpdm_workspace_output_gradient(workspace) + first_score);
    }
    return loss / im->config->augmentations;
}

static dpdm_status classifier_write(const dpdm_task_outcome *outcome, const char *path, int overwrite, dpdm_error *err)
{
    return dpdm_dp_classifier_put(outcome->network, outcome->params, outcome->config_json, outcome->statement_json,
                                  path, overwrite, err);
}

static const dpdm_loss classifier_loss = {classifier_fill, classifier_derive};

const dpdm_task dpdm_task_classifier = {
    .name = "classifier",
    .steps = "training steps of a classifier",
    .defaults = classifier_defaults,
    .settle = classifier_settle,
    .check = classifier_check,
    .network = classifier_network,
    .draws = classifier_draws,
    .context_bytes = sizeof(const dpdm_train_config *),
    .record_bytes = sizeof(classifier_image),
    .prepare = classifier_prepare,
    .begin = classifier_begin,
    .loss = &classifier_loss,
    .describe = dpdm_dp_classifier_describe,
    .write = classifier_write,
};
