/* speed.c - times private steps on random records, and sampling with random weights. */
#include "train/speed.h"

#include <stdlib.h>
#include "base/clock.h"
#include "base/roof.h"
#include "dpdm/dp_step.h"
#include "nn/graph.h"
#include "train/config.h"
#include "train/source.h"
#include "train/tune.h"

enum {
    SPEED_REPEATS = 3,
    SPEED_REPEATS_MOST = 1000,
    SPEED_IMAGES = 2,
    SPEED_SAMPLES = 16,
    SPEED_STEPS_FEW = 2, /* of sampling */
    SPEED_STEPS_MORE = 6
};

/* What a measurement repeats. */
typedef dpdm_status (*speed_task)(void *context, dpdm_error *err);

static int speed_compare(const void *a, const void *b)
{
    double one = *(const double *)a, two = *(const double *)b;
    return (one > two) - (one < two);
}

/* The median time of a task, after one run that does not count. */
static dpdm_status speed_time(speed_task task, void *context, double seconds, double *median, dpdm_error *err)
{
    double times[SPEED_REPEATS_MOST];
    int n = 0;
    dpdm_status status = task(context, err);
    for (double begun = dpdm_clock_seconds(); !status && n < SPEED_REPEATS_MOST; n++) {
        double start = dpdm_clock_seconds();
        if (n >= SPEED_REPEATS && start - begun > seconds)
            break;
        status = task(context, err);
        times[n] = dpdm_clock_seconds() - start;
    }
    if (status)
        return status;
    qsort(times, (size_t)n, sizeof *times, speed_compare);
    *median = times[n / 2];
    return DPDM_OK;
}

/* ---- private steps ---- */

typedef struct {
    dpdm_dataset data; /* random images */
    dpdm_task_source *source;
    dpdm_dp_step *step;
    float *params, *out;
    uint64_t number;
} speed_training;

static void training_destroy(speed_training *training)
{
    dpdm_dp_step_destroy(training->step);
    dpdm_task_source_destroy(training->source);
    dpdm_dataset_destroy(&training->data);
    free(training->params);
    free(training->out);
}

static dpdm_status training_fill(speed_training *training, const dpdm_train_config *config, uint64_t images,
                                 const dpdm_key *key, dpdm_error *err)
{
    dpdm_dataset *data = &training->data;
    dpdm_stream stream;
    dpdm_status status =
        dpdm_dataset_create(images, config->height, config->width, config->channels, config->classes, data, err);
    if (status)
        return status;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_bytes(&stream, data->pixels,
                      images * (size_t)config->height * (size_t)config->width * (size_t)config->channels);
    for (uint64_t i = 0; i < images; i++)
        data->labels[i] = (int32_t)(i % (uint64_t)config->classes);
    return dpdm_dataset_seal(data, err);
}

/* images: all of them in every batch, or, if `empty`, none. */
static dpdm_status training_create(speed_training *training, const dpdm_train_config *config,
                                   const dpdm_train_plan *plan, uint64_t images, int empty, dpdm_error *err)
{
    *training = (speed_training){.params = malloc(plan->parameters * sizeof(float)),
                                 .out = malloc(plan->trained * sizeof(float))};
    dpdm_key key;
    dpdm_key_from_seed(&key, 1);
    dpdm_dp_mechanism mechanism = {.grid = {sizeof(dpdm_grid), config->clip, config->grid_bits},
                                   .noise_multiplier = plan->noise_multiplier,
                                   .batch = plan->batch};
    dpdm_status status = training->params && training->out
                             ? dpdm_rate_from(empty ? 0x1p-63 : 1, &mechanism.rate, err)
                             : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the weights");
    if (!status)
        status = training_fill(training, config, images, &key, err);
    if (!status)
        status = dpdm_task_source_create(config, plan, &training->data, &training->source, err);
    if (status)
        return status;
    dpdm_gradient_source gradients = dpdm_task_source_gradients(training->source);
    dpdm_network_init(dpdm_task_source_network(training->source), &key, training->params);
    dpdm_task_source_load(training->source, training->params);
    return dpdm_dp_step_create(&mechanism, &gradients, &key, plan->threads, &training->step, err);
}

static dpdm_status training_step(void *context, dpdm_error *err)
{
    speed_training *training = context;
    return dpdm_dp_step_run(training->step, training->number++, NULL, NULL, training->out, NULL, err);
}

static dpdm_status speed_steps(const dpdm_train_config *config, const dpdm_train_plan *plan, uint64_t images, int empty,
                               double seconds, double *median, dpdm_error *err)
{
    speed_training training;
    dpdm_status status = training_create(&training, config, plan, images, empty, err);
    if (!status)
        status = speed_time(training_step, &training, seconds, median, err);
    training_destroy(&training);
    return status;
}

/* Seconds an image: a step of a few images for every thread, less what an empty step takes. */
static dpdm_status speed_image(const dpdm_train_config *config, const dpdm_train_plan *plan, double seconds,
                               double *image, double *step, dpdm_error *err)
{
    uint64_t images = (uint64_t)plan->threads * SPEED_IMAGES;
    double full = 0;
    while (images * (uint64_t)config->multiplicity < 32) /* a step must last longer than starting it */
        images *= 2;
    dpdm_status status = speed_steps(config, plan, images, 0, seconds, &full, err);
    if (!status)
        status = speed_steps(config, plan, images, 1, seconds, step, err);
    *image = full > *step ? (full - *step) / (double)images : full / (double)images;
    return status;
}

/* ---- clipping ---- */

typedef struct {
    dpdm_grid grid;
    size_t n;
    float *gradient;
    int64_t *sum;
} speed_clip;

static dpdm_status clip_once(void *context, dpdm_error *err)
{
    speed_clip *clip = context;
    return dpdm_grid_add(&clip->grid, clip->gradient, clip->n, clip->sum, NULL, err);
}

static dpdm_status speed_clipping(const dpdm_train_config *config, const dpdm_train_plan *plan, double seconds,
                                  double *median, dpdm_error *err)
{
    size_t n = plan->trained;
    speed_clip clip = {.grid = {sizeof(dpdm_grid), config->clip, config->grid_bits},
                       .n = n,
                       .gradient = malloc(n * sizeof(float)),
                       .sum = calloc(n, sizeof(int64_t))};
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 2);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_status status = DPDM_ENOMEM;
    if (clip.gradient && clip.sum) {
        dpdm_stream_normals(&stream, clip.gradient, n);
        status = speed_time(clip_once, &clip, seconds, median, err);
    } else {
        dpdm_error_set(err, DPDM_ENOMEM, "no memory for a gradient");
    }
    free(clip.gradient);
    free(clip.sum);
    return status;
}

/* ---- sampling ---- */

typedef struct {
    dpdm_model model;
    dpdm_sampler sampler;
    dpdm_key key;
    uint64_t count;
    int threads;
} speed_sampling;

static dpdm_status sampling_once(void *context, dpdm_error *err)
{
    speed_sampling *sampling = context;
    dpdm_dataset data;
    dpdm_status status = dpdm_model_sample(&sampling->model, &sampling->sampler, &sampling->key, sampling->count, -1,
                                           sampling->threads, NULL, NULL, &data, err);
    dpdm_dataset_destroy(&data);
    return status;
}

static dpdm_status speed_evaluation(const dpdm_train_config *config, const dpdm_train_plan *plan, double seconds,
                                    double *evaluation, double *flops, dpdm_error *err)
{
    speed_sampling sampling = {.model = {.description = dpdm_tune_released(config), .denoiser = config->denoiser},
                               .sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM),
                               .count = (uint64_t)plan->threads * SPEED_SAMPLES,
                               .threads = plan->threads};
    dpdm_key_from_seed(&sampling.key, 3);
    dpdm_status status = dpdm_network_create(&sampling.model.description, &sampling.model.network, err);
    if (status)
        return status;
    *flops = dpdm_network_forward_flops(sampling.model.network);
    sampling.model.params = malloc(dpdm_network_parameters(sampling.model.network) * sizeof(float));
    if (sampling.model.params) {
        dpdm_network_init(sampling.model.network, &sampling.key, sampling.model.params);
        double few = 0, more = 0; /* memory and threads are taken in both */
        sampling.sampler.steps = SPEED_STEPS_FEW;
        status = speed_time(sampling_once, &sampling, seconds / 2, &few, err);
        sampling.sampler.steps = SPEED_STEPS_MORE;
        if (!status)
            status = speed_time(sampling_once, &sampling, seconds / 2, &more, err);
        *evaluation = more > few ? (more - few) / ((double)sampling.count * (SPEED_STEPS_MORE - SPEED_STEPS_FEW))
                                 : more / ((double)sampling.count * SPEED_STEPS_MORE);
    } else {
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the weights");
    }
    free(sampling.model.params);
    dpdm_network_destroy(sampling.model.network);
    return status;
}

/* ---- the whole ---- */

dpdm_status dpdm_train_speed_measure(const dpdm_train_config *config, double seconds, dpdm_train_plan *plan,
                                     dpdm_train_speed *speed, dpdm_error *err)
{
    dpdm_train_config alone_config = *config;
    dpdm_train_plan alone;
    double unused;
    alone_config.threads = 1;
    *speed = (dpdm_train_speed){0};
    double begun = dpdm_clock_seconds();
    dpdm_status status = dpdm_train_plan_make(config, plan, err);
    speed->plan = dpdm_clock_seconds() - begun;
    if (!status)
        status = dpdm_train_plan_make(&alone_config, &alone, err);
    if (!status)
        status = speed_image(config, plan, seconds, &speed->image, &speed->step, err);
    if (!status)
        status = speed_image(&alone_config, &alone, seconds, &speed->image_alone, &unused, err);
    if (!status)
        status = speed_clipping(config, plan, seconds, &speed->clip, err);
    if (!status)
        status = speed_evaluation(config, plan, seconds, &speed->evaluation, &speed->forward, err);
    if (!status)
        speed->roof = 1e9 * dpdm_roof_multiply_adds(plan->kernels);
    return status;
}

double dpdm_train_speed_total(const dpdm_train_plan *plan, const dpdm_train_speed *speed)
{
    return (double)plan->steps * (plan->batch * speed->image + speed->step);
}

double dpdm_train_speed_privacy_share(const dpdm_train_plan *plan, const dpdm_train_speed *speed)
{
    double clipping = plan->batch * speed->clip / plan->threads;
    return (clipping + speed->step) / (plan->batch * speed->image + speed->step);
}
