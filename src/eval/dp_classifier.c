/* dp_classifier.c - training with DP-SGD, and prediction. */
#include "eval/dp_classifier.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/finite.h"
#include "base/pool.h"
#include "dpdm/dp_step.h"
#include "eval/augment.h"
#include "nn/gradient.h"
#include "nn/loss.h"
#include "train/adam.h"
#include "train/owner.h"

enum { START_SEED = 0 }; /* of the first weights: public */

/* What training needs beside the classifier. */
typedef struct {
    dpdm_dp_classifier *classifier;
    dpdm_dp_classifier_progress_fn progress;
    void *context;
    dpdm_dataset data;
    dpdm_key key;
    dpdm_dp_step *step;
    float *params, *gradient, *moment1, *moment2;
    float *images;  /* [threads, pixels] */
    float *vectors; /* [threads, parameters] */
    uint64_t done;
} dp_classifier_training;

static dpdm_status dp_classifier_build(dpdm_dp_classifier *c, dpdm_error *err);
static dpdm_status dp_classifier_reserve(dp_classifier_training *t, dpdm_error *err);
static dpdm_status dp_classifier_open(dp_classifier_training *t, dpdm_error *err);
static dpdm_status dp_classifier_prepare(dp_classifier_training *t, dpdm_error *err);
static dpdm_status dp_classifier_loop(dp_classifier_training *t, dpdm_error *err);
static dpdm_status dp_classifier_finish(dpdm_dp_classifier *c, dpdm_error *err);
static void dp_classifier_end(dp_classifier_training *t);

dpdm_status dpdm_dp_classifier_train(const dpdm_dp_classifier_config *config, dpdm_dp_classifier_progress_fn progress,
                                     void *context, dpdm_dp_classifier **classifier, dpdm_error *err)
{
    *classifier = NULL;
    dpdm_dp_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    c->config = *config;
    dpdm_dp_classifier_config_settle(&c->config);
    dp_classifier_training training = {.classifier = c, .progress = progress, .context = context};
    dpdm_status status = dpdm_dp_classifier_plan_make(config, &c->plan, err);
    if (!status)
        status = dp_classifier_build(c, err);
    if (!status)
        status = dp_classifier_reserve(&training, err); /* before the data are touched */
    if (!status)
        status = dp_classifier_open(&training, err);
    if (!status)
        status = dp_classifier_prepare(&training, err);
    if (!status)
        status = dpdm_ledger_payment_begin(&c->payment, training.data.digest, err);
    if (!status)
        status = dp_classifier_loop(&training, err);
    dp_classifier_end(&training);
    if (!status)
        status = dp_classifier_finish(c, err);
    if (status) {
        dpdm_ledger_payment_abandon(&c->payment, status);
        dpdm_dp_classifier_destroy(c);
        return status;
    }
    *classifier = c;
    return DPDM_OK;
}

static void dp_classifier_machine_free(dpdm_dp_classifier *c)
{
    for (int w = 0; c->workspaces && w < c->plan.threads; w++)
        if (c->workspaces[w])
            dpdm_workspace_destroy(c->workspaces[w]);
    if (c->weights)
        dpdm_weights_destroy(c->weights);
    free(c->workspaces);
    c->workspaces = NULL;
    c->weights = NULL;
}

void dpdm_dp_classifier_destroy(dpdm_dp_classifier *c)
{
    if (!c)
        return;
    dp_classifier_machine_free(c);
    if (c->network)
        dpdm_network_destroy(c->network);
    free(c->average);
    free(c->statement);
    free(c);
}

const char *dpdm_dp_classifier_statement(const dpdm_dp_classifier *classifier)
{
    return classifier->statement;
}

const dpdm_dp_classifier_config *dpdm_dp_classifier_settings(const dpdm_dp_classifier *classifier)
{
    return &classifier->config;
}

const float *dpdm_dp_classifier_weights(const dpdm_dp_classifier *classifier, size_t *count)
{
    *count = classifier->plan.parameters;
    return classifier->average;
}

/* ---- before the first step ---- */

/* Weights and workspaces of one image with its views: the backward pass is its gradient. */
static dpdm_status dp_classifier_machine(dpdm_dp_classifier *c, int views, int training, dpdm_error *err)
{
    dpdm_status status = dpdm_weights_create(c->network, views, training, NULL, &c->weights, err);
    if (status)
        return status;
    c->workspaces = calloc((size_t)c->plan.threads, sizeof(*c->workspaces));
    if (!c->workspaces)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    for (int w = 0; !status && w < c->plan.threads; w++)
        status = dpdm_workspace_create(c->weights, &c->workspaces[w], err);
    return status;
}

static dpdm_status dp_classifier_build(dpdm_dp_classifier *c, dpdm_error *err)
{
    const dpdm_dp_classifier_config *config = &c->config;
    dpdm_status status = dpdm_network_classifier(config->kind, config->height, config->width, config->channels,
                                                 config->classes, &c->network, err);
    if (!status)
        status = dp_classifier_machine(c, config->augmentations, 1, err);
    if (status)
        return status;
    c->average = malloc(c->plan.parameters * sizeof *c->average);
    return c->average ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
}

/* Makes the key of the noise, which nobody knows, and lets a ledger pay for the run of that key. */
static dpdm_status dp_classifier_reserve(dp_classifier_training *t, dpdm_error *err)
{
    dpdm_dp_classifier *c = t->classifier;
    dpdm_status status = DPDM_OK;
    if (c->config.has_seed)
        dpdm_key_from_seed(&t->key, c->config.seed);
    else
        status = dpdm_key_generate(&t->key, err);
    if (!status)
        status = dpdm_dp_classifier_payment(&c->config, &c->plan, &c->event, &c->payment, err);
    if (status)
        return status;
    dpdm_ledger_payment_name(&c->payment, &t->key);
    return dpdm_ledger_payment_reserve(&c->payment, err);
}

static dpdm_status dp_classifier_open(dp_classifier_training *t, dpdm_error *err)
{
    const dpdm_dp_classifier_config *config = &t->classifier->config;
    dpdm_facts facts = {.height = config->height,
                        .width = config->width,
                        .channels = config->channels,
                        .classes = config->classes,
                        .class_names = config->class_names};
    dpdm_status status = dpdm_dataset_open(config->data, config->data_dir[0] ? config->data_dir : NULL,
                                           DPDM_SPLIT_TRAIN, &facts, &t->data, err);
    if (!status && config->records && t->data.count != config->records)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "records was stated as %llu, but '%s' holds another number of images; state the true "
                              "number if it may be public, else give sampling-rate instead",
                              (unsigned long long)config->records, config->data);
    if (!status)
        status = dpdm_dataset_expect_names(&t->data, config->data, config->class_names, "the config", err);
    if (!status)
        status = dpdm_owner_apply(&config->owner, config->data, &t->data, err);
    return status ? status : dpdm_ledger_payment_match(&t->classifier->payment, t->data.digest, err);
}

/* An image with its views, which are its draws. */
typedef struct {
    const dp_classifier_training *training;
    const float *image;
    int32_t label;
} dp_classifier_image;

/* Puts the image, or its random views, into the workspace. */
static void dp_classifier_fill(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const dp_classifier_image *im = of;
    const dpdm_dp_classifier_config *config = &im->training->classifier->config;
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

static double dp_classifier_derive(void *of, dpdm_workspace *workspace, int at, int first, int used,
                                   dpdm_stream *stream)
{
    const dp_classifier_image *im = of;
    const dpdm_dp_classifier_config *config = &im->training->classifier->config;
    const size_t classes = (size_t)config->classes;
    double loss = 0;
    (void)first;
    (void)stream;
    for (int k = at; k < at + used; k++)
        loss += dpdm_cross_entropy(1, config->classes, dpdm_workspace_output(workspace) + (size_t)k * classes,
                                   &im->label, 1.0F / (float)config->augmentations, NULL,
                                   dpdm_workspace_output_gradient(workspace) + (size_t)k * classes);
    return loss / config->augmentations;
}

/* As dp_step.h wants it. Dropout is off; the views are drawn from the stream. */
static void dp_classifier_vectors(void *context, const dpdm_record_group *group)
{
    static const dpdm_loss loss = {dp_classifier_fill, dp_classifier_derive};
    const dp_classifier_training *t = context;
    const dpdm_dp_classifier_config *config = &t->classifier->config;
    const size_t pixels = (size_t)config->height * (size_t)config->width * (size_t)config->channels;
    const size_t worker = (size_t)group->worker, n = t->classifier->plan.parameters;
    float *image = t->images + worker * pixels, *gradient = t->vectors + worker * n;
    for (int i = 0; i < group->count; i++) {
        dpdm_dataset_image(&t->data, group->records[i], image);
        dp_classifier_image of = {t, image, t->data.labels[group->records[i]]};
        dpdm_loss_gradient(&loss, &of, config->augmentations, t->classifier->workspaces[group->worker],
                           &group->streams[i], NULL, gradient);
        group->give(group->sink, i, 0, n, gradient);
    }
}

/* The first weights come from a key that everybody knows. */
static void dp_classifier_start(dp_classifier_training *t)
{
    dpdm_dp_classifier *c = t->classifier;
    dpdm_key start;
    dpdm_key_from_seed(&start, START_SEED);
    dpdm_network_init(c->network, &start, t->params);
    memcpy(c->average, t->params, c->plan.parameters * sizeof *t->params);
}

static dpdm_status dp_classifier_prepare(dp_classifier_training *t, dpdm_error *err)
{
    const dpdm_dp_classifier *c = t->classifier;
    const size_t n = c->plan.parameters;
    t->params = malloc(n * sizeof *t->params);
    t->gradient = malloc(n * sizeof *t->gradient);
    t->moment1 = calloc(n, sizeof *t->moment1);
    t->moment2 = calloc(n, sizeof *t->moment2);
    const size_t threads = (size_t)c->plan.threads;
    t->images = malloc(threads * (size_t)c->config.height * (size_t)c->config.width * (size_t)c->config.channels *
                       sizeof *t->images);
    t->vectors = malloc(threads * n * sizeof *t->vectors);
    if (!t->params || !t->gradient || !t->moment1 || !t->moment2 || !t->images || !t->vectors)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to train the classifier");
    dp_classifier_start(t);
    dpdm_dp_mechanism mechanism = {.grid = {c->config.clip, c->config.grid_bits},
                                   .noise_multiplier = c->plan.noise_multiplier,
                                   .rate = c->plan.rate,
                                   .batch = c->plan.batch};
    dpdm_gradient_source source = {.context = t,
                                   .parameters = n,
                                   .records = t->data.count,
                                   .left_out = t->data.left_out,
                                   .vectors = dp_classifier_vectors};
    return dpdm_dp_step_create(&mechanism, &source, &t->key, c->plan.threads, &t->step, err);
}

static void dp_classifier_end(dp_classifier_training *t)
{
    dpdm_dp_step_destroy(t->step);
    dpdm_dataset_destroy(&t->data);
    dpdm_key_wipe(&t->key);
    free(t->params);
    free(t->gradient);
    free(t->moment1);
    free(t->moment2);
    free(t->images);
    free(t->vectors);
}

/* ---- the steps ---- */

static int dp_classifier_stop(void *context)
{
    dp_classifier_training *t = context;
    return t->progress ? t->progress(t->context, t->done, t->classifier->plan.steps) : 0;
}

/* torch.optim.SGD with momentum: v = m v + g, w -= lr v. */
static void dp_classifier_descend(const dpdm_dp_classifier_config *config, const float *gradient, size_t n,
                                  float *params, float *velocity)
{
    float rate = (float)config->learning_rate, momentum = (float)config->momentum;
    for (size_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + gradient[i];
        params[i] -= rate * velocity[i];
    }
}

/* One step: the noisy gradient is all that is used of the data, the rest is post-processing. */
static dpdm_status dp_classifier_step(dp_classifier_training *t, dpdm_error *err)
{
    dpdm_dp_classifier *c = t->classifier;
    const size_t n = c->plan.parameters;
    const uint64_t update = t->done + 1;
    dpdm_weights_load(c->weights, t->params);
    dpdm_status status = dpdm_dp_step_run(t->step, t->done, dp_classifier_stop, t, t->gradient, NULL, err);
    if (status)
        return status;
    if (c->config.optimiser == DPDM_OPTIMISER_ADAM) {
        dpdm_adam adam = {c->config.learning_rate, 0.9, 0.999, 1e-8};
        dpdm_adam_update(&adam, update, t->gradient, n, t->params, t->moment1, t->moment2);
    } else {
        dp_classifier_descend(&c->config, t->gradient, n, t->params, t->moment1);
    }
    dpdm_ema_update(c->config.ema, update, t->params, n, c->average);
    t->done = update;
    return DPDM_OK;
}

/* Says what the steps done have spent: nothing was published, but a budget should count what was computed. */
static dpdm_status dp_classifier_stopped(const dp_classifier_training *t, dpdm_error *err)
{
    const dpdm_dp_classifier *c = t->classifier;
    const unsigned long long done = t->done, steps = c->plan.steps;
    dpdm_event event = {c->plan.sampling_rate, c->plan.noise_multiplier, t->done};
    dpdm_bound bound;
    const char *kept = c->config.ledger[0] ? ". The ledger keeps the whole cost that was reserved" : "";
    if (!done)
        return dpdm_error_set(err, DPDM_ECANCELLED,
                              "stopped before the end of the first of %llu steps; nothing was released%s", steps, kept);
    if (dpdm_account_group(&event, 1, dpdm_owner_group(&c->config.owner), c->config.delta, c->config.accountant, &bound,
                           NULL) != DPDM_OK)
        bound = c->plan.bound;
    return dpdm_error_set(err, DPDM_ECANCELLED,
                          "stopped after step %llu of %llu; no classifier was written and this training cannot be "
                          "resumed. Count epsilon %.4f at delta %g as spent; training anew spends its epsilon on top%s",
                          done, steps, ceil(bound.epsilon_upper * 1e4) / 1e4, c->config.delta, kept);
}

static dpdm_status dp_classifier_loop(dp_classifier_training *t, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    int stop = dp_classifier_stop(t);
    while (!status && !stop && t->done < t->classifier->plan.steps) {
        status = dp_classifier_step(t, err);
        stop = status == DPDM_OK && dp_classifier_stop(t);
    }
    if (status == DPDM_ECANCELLED || (stop && t->done < t->classifier->plan.steps))
        return dp_classifier_stopped(t, err);
    return status;
}

static dpdm_status dp_classifier_finish(dpdm_dp_classifier *c, dpdm_error *err)
{
    if (!dpdm_all_finite(c->average, c->plan.parameters))
        return dpdm_error_set(err, DPDM_ERANGE,
                              "the weights are not finite: training diverged; lower the learning rate");
    dp_classifier_machine_free(c); /* predictions need no views */
    return dpdm_dp_classifier_plan_statement(&c->config, &c->plan, &c->statement, err);
}

/* ---- prediction ---- */

typedef struct {
    dpdm_dp_classifier *classifier;
    const dpdm_dataset *data;
    float *probabilities;
} dp_classifier_prediction;

static void dp_classifier_predict_one(void *context, int worker, uint64_t record)
{
    const dp_classifier_prediction *p = context;
    dpdm_workspace *workspace = p->classifier->workspaces[worker];
    const int classes = p->classifier->config.classes;
    dpdm_dataset_image(p->data, record, dpdm_workspace_x(workspace));
    dpdm_workspace_dropout(workspace, NULL);
    dpdm_softmax(classes, dpdm_workspace_forward(workspace), p->probabilities + record * (size_t)classes);
}

dpdm_status dpdm_dp_classifier_predict(dpdm_dp_classifier *c, const dpdm_dataset *data, float *probabilities,
                                       dpdm_error *err)
{
    const dpdm_dp_classifier_config *config = &c->config;
    if (data->height != config->height || data->width != config->width || data->channels != config->channels ||
        data->classes != config->classes)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "the images are %dx%dx%d with %d classes, but the classifier was trained on %dx%dx%d "
                              "with %d classes",
                              data->height, data->width, data->channels, data->classes, config->height, config->width,
                              config->channels, config->classes);
    dpdm_pool *pool;
    dpdm_status status;
    if (!c->weights) { /* only now: the shape of the images vouches for the memory that one from a file takes */
        status = dp_classifier_machine(c, 1, 0, err);
        if (status) {
            dp_classifier_machine_free(c);
            return status;
        }
        dpdm_weights_load(c->weights, c->average);
    }
    status = dpdm_pool_create(c->plan.threads, &pool, err);
    if (status)
        return status;
    dp_classifier_prediction prediction = {c, data, probabilities};
    dpdm_pool_run(pool, data->count, dp_classifier_predict_one, &prediction);
    dpdm_pool_destroy(pool);
    return DPDM_OK;
}
