/* classifier.c - training and prediction of classifiers.
 *
 * An update's images are cut into shards of a fixed size; each shard's gradient is computed by one worker and the
 * shards are added in order, so that the bits do not depend on the number of threads. */
#include "dpdm/classifier.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "eval/classifier_data.h"
#include "eval/views.h"
#include "nn/gradient.h"
#include "nn/loss.h"
#include "nn/workspace.h"
#include "train/adam.h"

enum { SHARD = 16, MAX_BATCH = 4096 };

struct dpdm_classifier {
    dpdm_classifier_config config;
    int height, width, channels, classes;
    size_t pixels, parameters;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_pool *pool;
    dpdm_workspace **workspaces; /* one a worker */
    float *params;               /* those of the kept epoch after training */
    int epoch;
    double held_out_accuracy;
};

/* What training needs beside the classifier. */
typedef struct {
    dpdm_classifier *classifier;
    const dpdm_dataset *data;
    classifier_split split;
    dpdm_key key;
    float *gradients; /* [shards, parameters] */
    float *moment1, *moment2, *best;
    float *average; /* of the weights; NULL where none is kept */
    float *scratch; /* [threads, pixels]: the image that another one is mixed with */
    float *targets; /* [threads, SHARD, classes] */
    dpdm_key views; /* of the views' streams: (update, image of it) */
    uint64_t update, updates;
    const uint64_t *images; /* of the current update */
    uint64_t count;
} classifier_training;

/* Prediction of images [0, count) of list (NULL: all). */
typedef struct {
    dpdm_classifier *classifier;
    const dpdm_dataset *data;
    const uint64_t *list;
    uint64_t count;
    float *probabilities; /* [count, classes], or NULL */
    float *features;      /* [count, dimension], or NULL */
} classifier_prediction;

dpdm_classifier_config dpdm_classifier_protocol(dpdm_protocol protocol)
{
    dpdm_classifier_config config = {.kind = DPDM_CLASSIFIER_CNN, .batch = 128, .held_out = 0.1};
    if (protocol == DPDM_PROTOCOL_PAPER) {
        config.epochs = 50;
        config.learning_rate = 3e-4;
        config.final_rate = 1;
        return config;
    }
    config.epochs = 20;
    config.learning_rate = 2e-3;
    config.warm_up = 0.05;
    config.final_rate = 0.01;
    config.average = 0.998;
    config.views = (dpdm_views){
        .shift = 2, .turn = 10, .stretch = 0.1, .erase = 0.25, .noise = 0.1, .mixup = 0.5, .smoothing = 0.1};
    return config;
}

dpdm_classifier_config dpdm_classifier_config_default(void)
{
    return dpdm_classifier_protocol(DPDM_PROTOCOL_PAPER);
}

static dpdm_status classifier_check(const dpdm_classifier_config *config, const dpdm_dataset *data, dpdm_error *err)
{
    if (config->epochs < 1 || config->batch < 1 || config->batch > MAX_BATCH || !(config->learning_rate > 0) ||
        !(config->held_out >= 0 && config->held_out <= 0.5))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a classifier needs epochs >= 1, batch in 1..%d, learning rate > 0 and a held-out share "
                              "in [0, 0.5]",
                              MAX_BATCH);
    if (!(config->warm_up >= 0 && config->warm_up < 1) || !(config->final_rate >= 0 && config->final_rate <= 1) ||
        !(config->average >= 0 && config->average < 1))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a classifier needs warm-up and average in [0, 1) and a final rate in [0, 1]");
    dpdm_status status = dpdm_views_check(&config->views, err);
    if (status)
        return status;
    const dpdm_dataset *other = config->choose_on;
    if (other && (other->height != data->height || other->width != data->width || other->channels != data->channels ||
                  other->classes != data->classes || !other->count))
        return dpdm_error_set(err, DPDM_EUSAGE, "the images that choose the epoch must be like those to train on");
    if (data->count < 2)
        return dpdm_error_set(err, DPDM_EUSAGE, "a classifier needs at least two images to train on");
    return DPDM_OK;
}

static dpdm_status classifier_build(dpdm_classifier *c, dpdm_error *err)
{
    dpdm_status status =
        dpdm_network_classifier(c->config.kind, c->height, c->width, c->channels, c->classes, &c->network, err);
    if (!status)
        status = dpdm_weights_create(c->network, SHARD, 1, NULL, &c->weights, err);
    if (!status)
        status = dpdm_pool_create(c->config.threads, &c->pool, err);
    if (status)
        return status;
    c->parameters = dpdm_network_parameters(c->network);
    c->params = malloc(c->parameters * sizeof *c->params);
    c->workspaces = calloc((size_t)dpdm_pool_threads(c->pool), sizeof(*c->workspaces));
    if (!c->params || !c->workspaces)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    for (int w = 0; !status && w < dpdm_pool_threads(c->pool); w++)
        status = dpdm_workspace_create(c->weights, &c->workspaces[w], err);
    return status;
}

void dpdm_classifier_destroy(dpdm_classifier *c)
{
    if (!c)
        return;
    for (int w = 0; c->workspaces && w < dpdm_pool_threads(c->pool); w++)
        if (c->workspaces[w])
            dpdm_workspace_destroy(c->workspaces[w]);
    if (c->pool)
        dpdm_pool_destroy(c->pool);
    if (c->weights)
        dpdm_weights_destroy(c->weights);
    if (c->network)
        dpdm_network_destroy(c->network);
    free(c->workspaces);
    free(c->params);
    free(c);
}

/* Puts images into a workspace; entries past n keep what they held, which is finite. */
static void classifier_fill(const dpdm_classifier *c, dpdm_workspace *workspace, const dpdm_dataset *data,
                            const uint64_t *images, uint64_t first, int n)
{
    for (int i = 0; i < n; i++) {
        uint64_t record = images ? images[first + (uint64_t)i] : first + (uint64_t)i;
        dpdm_dataset_image(data, record, dpdm_workspace_x(workspace) + (size_t)i * c->pixels);
    }
}

static int classifier_shard_size(uint64_t count, uint64_t shard)
{
    uint64_t left = count - shard * SHARD;
    return left < SHARD ? (int)left : SHARD;
}

/* Some images of a batch, one view each. */
typedef struct {
    const classifier_training *training;
    uint64_t first;           /* in the batch */
    float *scratch, *targets; /* of the worker */
} classifier_shard;

static void shard_fill(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const classifier_shard *shard = of;
    const classifier_training *t = shard->training;
    (void)stream; /* each view has its own */
    for (int i = 0; i < used; i++) {
        const uint64_t place = shard->first + (uint64_t)(first + i);
        dpdm_stream view;
        dpdm_stream_init(&view, &t->views, DPDM_PURPOSE_CLASSIFIER, t->update + 1, place);
        dpdm_view_mix(&t->classifier->config.views, t->data, t->images, t->count, place, &view, shard->scratch,
                      dpdm_workspace_x(workspace) + (size_t)(at + i) * t->classifier->pixels,
                      shard->targets + (size_t)(first + i) * (size_t)t->classifier->classes);
    }
}

static double shard_derive(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const classifier_shard *shard = of;
    const size_t classes = (size_t)shard->training->classifier->classes, entry = (size_t)at * classes;
    (void)stream;
    dpdm_cross_entropy_soft(used, (int)classes, dpdm_workspace_output(workspace) + entry,
                            shard->targets + (size_t)first * classes, 1.0F / (float)shard->training->count,
                            dpdm_workspace_output_gradient(workspace) + entry);
    return 0; /* nobody asks */
}

static void classifier_shard_gradient(void *context, int worker, uint64_t number)
{
    static const dpdm_loss loss = {shard_fill, shard_derive};
    const classifier_training *t = context;
    const dpdm_classifier *c = t->classifier;
    classifier_shard shard = {t, number * SHARD, t->scratch + (size_t)worker * c->pixels,
                              t->targets + (size_t)worker * SHARD * (size_t)c->classes};
    dpdm_stream dropout;
    dpdm_stream_init(&dropout, &t->key, DPDM_PURPOSE_CLASSIFIER, t->update + 1, number);
    dpdm_loss_gradient(&loss, &shard, classifier_shard_size(t->count, number), c->workspaces[worker], NULL, &dropout,
                       t->gradients + number * c->parameters);
}

/* The rate of the next update: a linear rise, then a cosine. */
static double classifier_rate(const classifier_training *t)
{
    const dpdm_classifier_config *config = &t->classifier->config;
    const double done = (double)t->update / (double)t->updates, pi = 3.14159265358979323846;
    if (done < config->warm_up)
        return config->learning_rate * ((double)t->update + 1) / (config->warm_up * (double)t->updates + 1);
    const double way = (done - config->warm_up) / (1 - config->warm_up);
    return config->learning_rate * (config->final_rate + (1 - config->final_rate) * 0.5 * (1 + cos(pi * way)));
}

static void classifier_update(classifier_training *t)
{
    dpdm_classifier *c = t->classifier;
    dpdm_adam adam = {classifier_rate(t), 0.9, 0.999, 1e-8};
    uint64_t shards = (t->count + SHARD - 1) / SHARD;
    dpdm_pool_run(c->pool, shards, classifier_shard_gradient, t);
    for (uint64_t s = 1; s < shards; s++)
        for (size_t p = 0; p < c->parameters; p++)
            t->gradients[p] += t->gradients[s * c->parameters + p];
    t->update++;
    dpdm_adam_update(&adam, t->update, t->gradients, c->parameters, c->params, t->moment1, t->moment2);
    if (t->average)
        dpdm_ema_update(c->config.average, t->update, c->params, c->parameters, t->average);
    dpdm_weights_load(c->weights, c->params);
}

/* features [n, channels]: what the last layer reads, averaged over the positions of the picture it came from. */
static void classifier_shard_features(const dpdm_workspace *workspace, int n, float *features)
{
    dpdm_dims dims;
    const float *from = dpdm_workspace_penultimate(workspace, &dims);
    const size_t channels = (size_t)dims.channels, positions = dpdm_dims_floats(dims) / channels;
    for (int i = 0; i < n; i++, features += channels) {
        memset(features, 0, channels * sizeof *features);
        for (size_t p = 0; p < positions; p++, from += channels)
            for (size_t c = 0; c < channels; c++)
                features[c] += from[c];
        for (size_t c = 0; c < channels; c++)
            features[c] /= (float)positions;
    }
}

static void classifier_shard_predict(void *context, int worker, uint64_t shard)
{
    classifier_prediction *t = context;
    dpdm_classifier *c = t->classifier;
    dpdm_workspace *workspace = c->workspaces[worker];
    int n = classifier_shard_size(t->count, shard);
    classifier_fill(c, workspace, t->data, t->list, shard * SHARD, n);
    dpdm_workspace_dropout(workspace, NULL);
    const float *logits = dpdm_workspace_forward(workspace);
    if (t->features)
        classifier_shard_features(workspace, n, t->features + shard * SHARD * dpdm_classifier_dimension(c));
    for (int i = 0; t->probabilities && i < n; i++)
        dpdm_softmax(c->classes, logits + (size_t)i * (size_t)c->classes,
                     t->probabilities + (shard * SHARD + (uint64_t)i) * (size_t)c->classes);
}

static void classifier_predict_list(dpdm_classifier *c, const dpdm_dataset *data, const uint64_t *list, uint64_t count,
                                    float *probabilities)
{
    classifier_prediction t = {
        .classifier = c, .data = data, .list = list, .count = count, .probabilities = probabilities};
    dpdm_pool_run(c->pool, (count + SHARD - 1) / SHARD, classifier_shard_predict, &t);
}

/* The images that choose the epoch: of `data`, those of `list` (NULL: all). */
typedef struct {
    const dpdm_dataset *data;
    const uint64_t *list;
    uint64_t count;
} classifier_choice;

static classifier_choice classifier_choosers(const classifier_training *t)
{
    const dpdm_dataset *other = t->classifier->config.choose_on;
    return other ? (classifier_choice){other, NULL, other->count}
                 : (classifier_choice){t->data, t->split.held_out, t->split.held_out_count};
}

/* Accuracy on the images that choose, at the current weights; probabilities: [count, classes]. */
static double classifier_held_out(classifier_training *t, const classifier_choice *choice, float *probabilities)
{
    const int classes = t->classifier->classes;
    uint64_t right = 0;
    classifier_predict_list(t->classifier, choice->data, choice->list, choice->count, probabilities);
    for (uint64_t i = 0; i < choice->count; i++) {
        const float *p = probabilities + i * (uint64_t)classes;
        int best = 0;
        for (int k = 1; k < classes; k++)
            best = p[k] > p[best] ? k : best;
        right += best == choice->data->labels[choice->list ? choice->list[i] : i];
    }
    return (double)right / (double)choice->count;
}

static void classifier_epoch_run(classifier_training *t, int epoch)
{
    uint64_t batch = (uint64_t)t->classifier->config.batch;
    classifier_split_shuffle(&t->split, &t->key, (uint64_t)epoch);
    for (uint64_t first = 0; first < t->split.train_count; first += batch) {
        uint64_t left = t->split.train_count - first;
        t->images = t->split.train + first;
        t->count = left < batch ? left : batch;
        classifier_update(t);
    }
}

static dpdm_status classifier_loop(classifier_training *t, dpdm_epoch_fn report, void *context, dpdm_error *err)
{
    dpdm_classifier *c = t->classifier;
    const classifier_choice choice = classifier_choosers(t);
    float *probabilities = NULL;
    if (choice.count) {
        probabilities = malloc(choice.count * (size_t)c->classes * sizeof *probabilities);
        if (!probabilities)
            return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the held-out predictions");
    }
    dpdm_status status = DPDM_OK;
    const float *kept = t->average ? t->average : c->params;
    const uint64_t batch = (uint64_t)c->config.batch;
    t->updates = (uint64_t)c->config.epochs * ((t->split.train_count + batch - 1) / batch);
    for (int epoch = 1; !status && epoch <= c->config.epochs; epoch++) {
        classifier_epoch_run(t, epoch);
        dpdm_weights_load(c->weights, kept);
        double accuracy = probabilities ? classifier_held_out(t, &choice, probabilities) : 0;
        if (!probabilities || c->epoch == 0 || accuracy > c->held_out_accuracy) {
            c->epoch = epoch;
            c->held_out_accuracy = accuracy;
            memcpy(t->best, kept, c->parameters * sizeof *kept);
        }
        dpdm_weights_load(c->weights, c->params);
        if (report && report(context, epoch, c->config.epochs, accuracy))
            status = dpdm_error_set(err, DPDM_ECANCELLED, "stopped after epoch %d of %d", epoch, c->config.epochs);
    }
    memcpy(c->params, t->best, c->parameters * sizeof *c->params);
    dpdm_weights_load(c->weights, c->params);
    free(probabilities);
    return status;
}

static dpdm_status classifier_run(classifier_training *t, dpdm_epoch_fn report, void *context, dpdm_error *err)
{
    dpdm_classifier *c = t->classifier;
    size_t shards = ((size_t)c->config.batch + SHARD - 1) / SHARD;
    t->gradients = malloc(shards * c->parameters * sizeof *t->gradients);
    t->moment1 = calloc(c->parameters, sizeof *t->moment1);
    t->moment2 = calloc(c->parameters, sizeof *t->moment2);
    t->best = malloc(c->parameters * sizeof *t->best);
    size_t threads = (size_t)dpdm_pool_threads(c->pool);
    t->scratch = malloc(threads * c->pixels * sizeof *t->scratch);
    t->targets = malloc(threads * SHARD * (size_t)c->classes * sizeof *t->targets);
    if (c->config.average > 0)
        t->average = malloc(c->parameters * sizeof *t->average);
    if (!t->gradients || !t->moment1 || !t->moment2 || !t->best || !t->scratch || !t->targets ||
        (c->config.average > 0 && !t->average))
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to train the classifier; try a smaller batch");
    double held_out = c->config.choose_on ? 0 : c->config.held_out;
    dpdm_status status = classifier_split_create(t->data, held_out, &t->key, &t->split, err);
    if (status)
        return status;
    dpdm_network_init(c->network, &t->key, c->params);
    if (t->average)
        memcpy(t->average, c->params, c->parameters * sizeof *t->average);
    dpdm_weights_load(c->weights, c->params);
    return classifier_loop(t, report, context, err);
}

dpdm_status dpdm_classifier_train(const dpdm_classifier_config *config, const dpdm_dataset *data, dpdm_epoch_fn epoch,
                                  void *context, dpdm_classifier **classifier, dpdm_error *err)
{
    *classifier = NULL;
    dpdm_status status = classifier_check(config, data, err);
    if (status)
        return status;
    dpdm_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    c->config = *config;
    c->height = data->height;
    c->width = data->width;
    c->channels = data->channels;
    c->classes = data->classes;
    c->pixels = (size_t)data->height * (size_t)data->width * (size_t)data->channels;
    classifier_training training = {.classifier = c, .data = data};
    dpdm_key_from_seed(&training.key, config->seed);
    dpdm_key_derive(&training.views, &training.key, "views");
    status = classifier_build(c, err);
    if (!status)
        status = classifier_run(&training, epoch, context, err);
    classifier_split_destroy(&training.split);
    free(training.gradients);
    free(training.moment1);
    free(training.moment2);
    free(training.best);
    free(training.average);
    free(training.scratch);
    free(training.targets);
    if (status) {
        dpdm_classifier_destroy(c);
        return status;
    }
    *classifier = c;
    return DPDM_OK;
}

int dpdm_classifier_epoch(const dpdm_classifier *classifier, double *held_out_accuracy)
{
    if (held_out_accuracy)
        *held_out_accuracy = classifier->held_out_accuracy;
    return classifier->epoch;
}

static dpdm_status classifier_check_images(const dpdm_classifier *c, const dpdm_dataset *data, dpdm_error *err)
{
    if (data->height == c->height && data->width == c->width && data->channels == c->channels)
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EUSAGE,
                          "the images are %dx%dx%d, but the classifier was trained on images of %dx%dx%d", data->height,
                          data->width, data->channels, c->height, c->width, c->channels);
}

dpdm_status dpdm_classifier_predict(dpdm_classifier *c, const dpdm_dataset *data, float *probabilities, dpdm_error *err)
{
    dpdm_status status = classifier_check_images(c, data, err);
    if (!status && data->classes != c->classes)
        status =
            dpdm_error_set(err, DPDM_EUSAGE, "the images have %d classes, but the classifier was trained on %d classes",
                           data->classes, c->classes);
    if (!status)
        classifier_predict_list(c, data, NULL, data->count, probabilities);
    return status;
}

dpdm_classifier_kind dpdm_classifier_kind_of(const dpdm_classifier *c)
{
    return c->config.kind;
}

size_t dpdm_classifier_dimension(const dpdm_classifier *c)
{
    dpdm_dims dims = {0};
    if (c->config.kind != DPDM_CLASSIFIER_LOGREG)
        dpdm_workspace_penultimate(c->workspaces[0], &dims);
    return (size_t)dims.channels;
}

dpdm_status dpdm_classifier_features(dpdm_classifier *c, const dpdm_dataset *data, float *features, dpdm_error *err)
{
    dpdm_status status = classifier_check_images(c, data, err);
    if (!status && c->config.kind == DPDM_CLASSIFIER_LOGREG)
        status = dpdm_error_set(err, DPDM_EUSAGE, "logistic regression has no layer to take features from");
    if (status)
        return status;
    classifier_prediction t = {.classifier = c, .data = data, .count = data->count, .features = features};
    dpdm_pool_run(c->pool, (data->count + SHARD - 1) / SHARD, classifier_shard_predict, &t);
    return DPDM_OK;
}
