/* dp_classifier.c - a classifier that was trained with DP-SGD, in memory: what it says and predicts. */
#include "train/dp_classifier.h"

#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "nn/loss.h"
#include "train/run.h"

/* Takes what a run came to out of it. */
static dpdm_status dp_classifier_take(dpdm_run *run, dpdm_dp_classifier *c, dpdm_error *err)
{
    const dpdm_run_state *state = run->training.state;
    c->config = run->config;
    c->plan = run->plan;
    c->threads = run->plan.threads;
    c->params = malloc(state->parameters * sizeof *c->params);
    if (!c->params)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    memcpy(c->params, state->average, state->parameters * sizeof *c->params);
    c->config_json = run->public_json;
    c->statement = run->statement;
    run->public_json = run->statement = NULL;
    c->payment = run->payment;
    c->payment.ledger = c->config.ledger; /* pointers of a payment go to config and plan */
    c->payment.request.data_set = c->config.data_set[0] ? c->config.data_set : c->config.data;
    c->payment.request.events = c->plan.events;
    return dpdm_task_of(&c->config)->network(&c->config, &c->network, err);
}

dpdm_status dpdm_dp_classifier_train(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                                     dpdm_dp_classifier **classifier, dpdm_error *err)
{
    *classifier = NULL;
    if (config->task != DPDM_TASK_CLASSIFIER)
        return dpdm_error_set(err, DPDM_EUSAGE, "a classifier is trained with the config of a classifier");
    dpdm_dp_classifier *c = calloc(1, sizeof *c);
    if (!c)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    dpdm_train_config in_memory = *config;
    in_memory.out[0] = '\0';
    in_memory.resume = in_memory.overwrite = 0;
    dpdm_run run;
    dpdm_status status = dpdm_run_make(&in_memory, progress, context, &run, err);
    if (!status)
        status = dp_classifier_take(&run, c, err);
    dpdm_run_end(&run);
    if (status) {
        dpdm_dp_classifier_destroy(c);
        return status;
    }
    *classifier = c;
    return DPDM_OK;
}

static void dp_classifier_machine_free(dpdm_dp_classifier *c)
{
    for (int w = 0; c->workspaces && w < c->threads; w++)
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
    dpdm_network_destroy(c->network);
    free(c->params);
    free(c->config_json);
    free(c->statement);
    free(c);
}

const char *dpdm_dp_classifier_statement(const dpdm_dp_classifier *classifier)
{
    return classifier->statement;
}

const dpdm_train_config *dpdm_dp_classifier_settings(const dpdm_dp_classifier *classifier)
{
    return &classifier->config;
}

const float *dpdm_dp_classifier_weights(const dpdm_dp_classifier *classifier, size_t *count)
{
    *count = dpdm_network_parameters(classifier->network);
    return classifier->params;
}

/* Weights and workspaces of one image. */
static dpdm_status dp_classifier_machine(dpdm_dp_classifier *c, dpdm_error *err)
{
    dpdm_status status = dpdm_weights_create(c->network, 1, 0, NULL, &c->weights, err);
    if (status)
        return status;
    c->workspaces = calloc((size_t)c->threads, sizeof(*c->workspaces));
    if (!c->workspaces)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the classifier");
    for (int w = 0; !status && w < c->threads; w++)
        status = dpdm_workspace_create(c->weights, &c->workspaces[w], err);
    dpdm_weights_load(c->weights, c->params);
    return status;
}

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
    const dpdm_train_config *config = &c->config;
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
        status = dp_classifier_machine(c, err);
        if (status) {
            dp_classifier_machine_free(c);
            return status;
        }
    }
    status = dpdm_pool_create(c->threads, &pool, err);
    if (status)
        return status;
    dp_classifier_prediction prediction = {c, data, probabilities};
    dpdm_pool_run(pool, data->count, dp_classifier_predict_one, &prediction);
    dpdm_pool_destroy(pool);
    return DPDM_OK;
}
