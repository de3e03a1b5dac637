/* selfcheck_trial.c - made-up images, a tiny network, and one real step on them. */
#include "audit/selfcheck_trial.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "train/owner.h"

enum { TRIAL_SIDE = 8, TRIAL_PIXELS = TRIAL_SIDE * TRIAL_SIDE, TRIAL_THREADS = 256 };
enum { TRIAL_BATCH = 8 }; /* B, a power of two: half the images, whatever the data set holds */

static dpdm_train_config lab_config(dpdm_task_kind task);
static dpdm_status trial_data(selfcheck_trial *trial, dpdm_error *err);
static dpdm_status trial_owners(selfcheck_trial *trial, dpdm_error *err);
static dpdm_status trial_source(selfcheck_trial *trial, dpdm_error *err);
static dpdm_status trial_buffers(selfcheck_trial *trial, dpdm_error *err);
static void trial_vectors(void *context, const dpdm_record_group *group);

dpdm_status selfcheck_lab_open(const dpdm_selfcheck_options *options, const dpdm_selfcheck_subject *subject,
                               dpdm_task_kind task, dpdm_tune_kind tune, selfcheck_lab *lab, dpdm_error *err)
{
    memset(lab, 0, sizeof *lab);
    if (options->threads < 1 || options->threads > TRIAL_THREADS)
        return dpdm_error_set(err, DPDM_ERANGE, "%d threads: the self-check takes 1 to %d", options->threads,
                              TRIAL_THREADS);
    lab->subject = *subject;
    lab->config = lab_config(task);
    lab->config.tune = tune;
    lab->config.rank = 3; /* no whole vector of channels */
    if (tune != DPDM_TUNE_ALL) {
        lab->config.views = 2;
        lab->config.shift = lab->config.mirror = 1;
    }
    lab->threads = options->threads;
    lab->plan.chunk = 6; /* K = 3: two images at once */
    snprintf(lab->plan.kernels, sizeof lab->plan.kernels, "%s",
             options->kernels ? options->kernels : dpdm_kernels_name(0));
    dpdm_key_from_seed(&lab->key, options->seed);
    dpdm_network *network;
    dpdm_status status = dpdm_task_of(&lab->config)->network(&lab->config, &network, err);
    if (status)
        return status;
    const size_t all = dpdm_network_parameters(network);
    lab->parameters = dpdm_network_trained(network);
    lab->params = malloc(all * sizeof *lab->params);
    lab->trained = malloc(lab->parameters * sizeof *lab->trained);
    if (!lab->params || !lab->trained) {
        dpdm_network_destroy(network);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the weights of the self-check");
    }
    dpdm_stream stream;
    dpdm_stream_init(&stream, &lab->key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, lab->params, all);
    for (size_t i = 0; i < all; i++)
        lab->params[i] *= 0.1F;
    dpdm_network_gather(network, lab->params, lab->trained);
    dpdm_network_destroy(network);
    return DPDM_OK;
}

void selfcheck_lab_close(selfcheck_lab *lab)
{
    free(lab->params);
    free(lab->trained);
    lab->params = lab->trained = NULL;
}

selfcheck_case selfcheck_usual(const selfcheck_lab *lab)
{
    return (selfcheck_case){.records = SELFCHECK_IMAGES,
                            .replaced = SELFCHECK_NOBODY,
                            .rare = SELFCHECK_NOBODY,
                            .ill = SELFCHECK_NOBODY,
                            .rate = 0.5,
                            .clip = 0x1p-3, /* near the norms of these gradients: some are clipped */
                            .threads = lab->threads};
}

uint64_t selfcheck_step_with(const selfcheck_lab *lab, uint64_t record, int chosen)
{
    dpdm_rate rate = {.threshold = UINT64_C(1) << 63};
    for (uint64_t number = 0;; number++) {
        uint64_t batch[SELFCHECK_ROOM], n, i = 0;
        dpdm_poisson_select(&lab->key, number, SELFCHECK_ROOM, &rate, batch, &n);
        while (i < n && batch[i] != record)
            i++;
        if ((i < n) == chosen)
            return number;
    }
}

dpdm_status selfcheck_trial_open(const selfcheck_lab *lab, const selfcheck_case *what, selfcheck_trial *trial,
                                 dpdm_error *err)
{
    memset(trial, 0, sizeof *trial);
    trial->lab = lab;
    trial->what = *what;
    trial->mechanism = (dpdm_dp_mechanism){
        .grid = {sizeof(dpdm_grid), what->clip, DPDM_GRID_BITS}, .noise_multiplier = 1.5, .batch = TRIAL_BATCH};
    dpdm_status status = dpdm_rate_from(what->rate, &trial->mechanism.rate, err);
    if (!status)
        status = trial_buffers(trial, err);
    if (!status)
        status = trial_data(trial, err);
    if (!status)
        status = trial_source(trial, err);
    if (status)
        return status;
    dpdm_gradient_source recorded = trial->gradients_of;
    recorded.context = trial;
    recorded.vectors = trial_vectors;
    return dpdm_dp_step_create(&trial->mechanism, &recorded, &lab->key, what->threads, &trial->step, err);
}

void selfcheck_trial_close(selfcheck_trial *trial)
{
    dpdm_dp_step_destroy(trial->step);
    dpdm_task_source_destroy(trial->source);
    dpdm_dataset_destroy(&trial->data);
    free(trial->nan_image);
    free(trial->vectors);
    free(trial->sum);
    free(trial->noised);
    free(trial->gradients);
    free(trial->out);
    memset(trial, 0, sizeof *trial);
}

dpdm_status selfcheck_trial_run(selfcheck_trial *trial, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                dpdm_error *err)
{
    const dpdm_selfcheck_subject *subject = &trial->lab->subject;
    trial->number = number;
    trial->seen = (dpdm_private_diagnostics){
        .chosen = trial->chosen, .norms = trial->norms, .sum = trial->sum, .noised = trial->noised};
    if (subject->run)
        return subject->run(subject->context, trial->step, &trial->mechanism, number, stop, stop_context, trial->out,
                            &trial->seen, err);
    return dpdm_dp_step_run(trial->step, number, stop, stop_context, trial->out, &trial->seen, err);
}

int selfcheck_trial_find(const selfcheck_trial *trial, uint64_t record)
{
    for (uint64_t i = 0; i < trial->seen.selected; i++)
        if (trial->chosen[i] == record)
            return (int)i;
    return -1;
}

static dpdm_train_config lab_config(dpdm_task_kind task)
{
    dpdm_train_config config = dpdm_train_config_for(task);
    config.height = config.width = TRIAL_SIDE;
    config.channels = 1;
    config.classes = SELFCHECK_CLASSES;
    config.unet = (dpdm_unet_settings){
        .width_base = 4, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1};
    config.classifier = DPDM_CLASSIFIER_RESNET;
    config.learning_rate = 3e-4;
    config.multiplicity = config.augmentations = 3;
    config.label_drop = 0.1;
    return config;
}

/* Image and label of a record depend on the seed and its number alone. */
static dpdm_status trial_data(selfcheck_trial *trial, dpdm_error *err)
{
    const selfcheck_case *what = &trial->what;
    dpdm_status status =
        dpdm_dataset_create(what->records, TRIAL_SIDE, TRIAL_SIDE, 1, SELFCHECK_CLASSES, &trial->data, err);
    if (status)
        return status;
    for (uint64_t i = 0; i < what->records; i++) {
        dpdm_stream stream;
        uint64_t image = what->replaced == i ? SELFCHECK_ROOM + i : i;
        dpdm_stream_init(&stream, &trial->lab->key, DPDM_PURPOSE_TEST, 1, image);
        dpdm_stream_bytes(&stream, trial->data.pixels + i * TRIAL_PIXELS, TRIAL_PIXELS);
        trial->data.labels[i] = what->rare == i ? SELFCHECK_CLASSES - 1 : (int32_t)(image % (SELFCHECK_CLASSES - 1));
    }
    if (what->cap)
        status = trial_owners(trial, err);
    return status ? status : dpdm_dataset_seal(&trial->data, err);
}

uint64_t selfcheck_owner(uint64_t record)
{
    static const uint8_t owners[SELFCHECK_IMAGES] = {1, 0, 2, 0, 3, 3, 0, 4, 2, 0, 5, 6, 0, 7, 8, 8};
    return record < SELFCHECK_IMAGES ? owners[record] : record;
}

/* By the rule that training uses. */
static dpdm_status trial_owners(selfcheck_trial *trial, dpdm_error *err)
{
    const selfcheck_case *what = &trial->what;
    const dpdm_owner_rule rule = {.unit = DPDM_UNIT_PERSON, .cap = what->cap};
    uint64_t owners[SELFCHECK_ROOM];
    for (uint64_t i = 0; i < what->records; i++)
        owners[i] = selfcheck_owner(i);
    dpdm_status status = dpdm_dataset_set_owners(&trial->data, owners, err);
    if (!status)
        status = dpdm_owner_apply(&rule, "the self-check", &trial->data, err);
    for (uint64_t i = 0; !status && what->absent && i < what->records; i++)
        trial->data.left_out[i] |= selfcheck_owner(i) == 0;
    return status;
}

static dpdm_status trial_source(selfcheck_trial *trial, dpdm_error *err)
{
    const selfcheck_lab *lab = trial->lab;
    dpdm_train_plan plan = lab->plan;
    plan.threads = trial->what.threads;
    dpdm_status status = dpdm_task_source_create(&lab->config, &plan, &trial->data, &trial->source, err);
    if (status)
        return status;
    dpdm_task_source_load(trial->source, lab->params);
    if (trial->what.illness == SELFCHECK_NAN_IMAGE && trial->what.ill != SELFCHECK_NOBODY)
        dpdm_task_source_replace(trial->source, trial->what.ill, trial->nan_image);
    trial->gradients_of = dpdm_task_source_gradients(trial->source);
    trial->given = trial->gradients_of.place ? trial->gradients_of.given : lab->parameters;
    trial->vectors = malloc((size_t)trial->what.threads * trial->given * sizeof *trial->vectors);
    if (!trial->vectors)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a trial of the self-check");
    return DPDM_OK;
}

static dpdm_status trial_buffers(selfcheck_trial *trial, dpdm_error *err)
{
    size_t n = trial->lab->parameters;
    trial->nan_image = malloc(TRIAL_PIXELS * sizeof *trial->nan_image);
    trial->sum = calloc(n, sizeof *trial->sum);
    trial->noised = calloc(n, sizeof *trial->noised);
    trial->gradients = calloc(n * SELFCHECK_ROOM, sizeof *trial->gradients);
    trial->out = calloc(n, sizeof *trial->out);
    if (!trial->nan_image || !trial->sum || !trial->noised || !trial->gradients || !trial->out)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a trial of the self-check");
    for (size_t i = 0; i < TRIAL_PIXELS; i++)
        trial->nan_image[i] = NAN;
    return DPDM_OK;
}

/* A vector with every coordinate in its place, as the step is given it. */
typedef struct {
    selfcheck_trial *trial;
    const dpdm_record_group *group;
} trial_sink;

size_t selfcheck_trial_place(const selfcheck_trial *trial, size_t parameter)
{
    return trial->gradients_of.place ? trial->gradients_of.place[parameter] : parameter;
}

static void trial_sicken(const selfcheck_trial *trial, float *vector)
{
    size_t n = trial->lab->parameters;
    if (trial->what.illness == SELFCHECK_NAN_VALUE)
        vector[selfcheck_trial_place(trial, n / 2)] = NAN;
    else if (trial->what.illness == SELFCHECK_INFINITE_VALUE)
        vector[selfcheck_trial_place(trial, n - 1)] = -INFINITY;
    else if (trial->what.illness == SELFCHECK_HUGE)
        for (size_t i = 0; i < n; i++)
            vector[selfcheck_trial_place(trial, i)] = i % 3 ? FLT_MAX : -FLT_MAX;
}

/* Passes a vector on, made bad where the case says so, and notes it in the order of the parameters. */
static void trial_give(void *context, int index, size_t first, size_t n, const float *values)
{
    const trial_sink *sink = context;
    selfcheck_trial *trial = sink->trial;
    const uint64_t record = sink->group->records[index];
    float *vector = trial->vectors + (size_t)sink->group->worker * trial->given;
    memset(vector, 0, trial->given * sizeof *vector);
    memcpy(vector + first, values, n * sizeof *vector);
    if (trial->what.ill == record)
        trial_sicken(trial, vector);
    for (size_t i = 0; i < trial->lab->parameters; i++)
        trial->gradients[record * trial->lab->parameters + i] = vector[selfcheck_trial_place(trial, i)];
    sink->group->give(sink->group->sink, index, 0, trial->given, vector);
}

/* The vectors under audit. An image of NaNs goes through the network beside the others of its group. */
static void trial_vectors(void *context, const dpdm_record_group *group)
{
    selfcheck_trial *trial = context;
    const dpdm_selfcheck_subject *subject = &trial->lab->subject;
    dpdm_gradient_source source =
        subject->gradients ? subject->gradients(subject->context, &trial->gradients_of) : trial->gradients_of;
    trial_sink sink = {trial, group};
    dpdm_record_group noted = *group;
    noted.give = trial_give;
    noted.sink = &sink;
    source.vectors(source.context, &noted);
}
