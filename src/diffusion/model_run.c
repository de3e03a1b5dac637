/* model_run.c - a model at work on threads: sampling, and D of given images. */
#include "dpdm/model.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"

/* Images a workspace runs at once, the unit that threads share out. Small enough that few images keep many cores busy;
 * convolutions are as fast on 4 images as on 32. Part of what decides the last bits of a result. */
enum { RUN_BATCH = 8 };

/* One worker's own memory. */
typedef struct {
    dpdm_workspace *workspace;
    float *images;  /* [RUN_BATCH, pixels] */
    float *scratch; /* 4 times as much */
    double sigma[RUN_BATCH];
    int32_t labels[RUN_BATCH];
} run_worker;

typedef struct {
    const dpdm_model *model;
    int pixels;
    dpdm_weights *weights;
    dpdm_pool *pool;
    int workers;
    run_worker *worker;
    uint64_t count;

    /* sampling */
    const dpdm_sampler *sampler;
    const dpdm_key *key;
    dpdm_dataset *data;
    dpdm_progress_fn progress;
    void *progress_context;
    pthread_mutex_t progress_lock;
    uint64_t done;
    atomic_int cancelled;

    /* denoising */
    const float *x;
    const double *sigma;
    const int32_t *labels;
    float *out;
} run_state;

static dpdm_status run_create(run_state *run, const dpdm_model *model, uint64_t count, int threads, dpdm_error *err);
static void run_destroy(run_state *run);
static void run_sample_chunk(void *context, int worker, uint64_t chunk);
static void run_denoise_chunk(void *context, int worker, uint64_t chunk);
static dpdm_status run_check_inputs(uint64_t n, const double *sigma, const int32_t *labels, int classes,
                                    dpdm_error *err);

/* *data is there, with its labels; destroyed on failure. */
static dpdm_status run_sample(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key, int threads,
                              dpdm_progress_fn progress, void *context, dpdm_dataset *data, dpdm_error *err)
{
    run_state run;
    dpdm_status status = run_create(&run, model, data->count, threads, err);
    if (!status) {
        run.sampler = sampler;
        run.key = key;
        run.data = data;
        run.progress = progress;
        run.progress_context = context;
        dpdm_pool_run(run.pool, (data->count + RUN_BATCH - 1) / RUN_BATCH, run_sample_chunk, &run);
        status = atomic_load(&run.cancelled) ? dpdm_error_set(err, DPDM_ECANCELLED, "sampling was stopped")
                                             : dpdm_dataset_seal(data, err);
    }
    run_destroy(&run);
    if (status)
        dpdm_dataset_destroy(data);
    return status;
}

static dpdm_status run_room(const dpdm_model *model, const dpdm_sampler *sampler, uint64_t count, dpdm_dataset *data,
                            dpdm_error *err)
{
    const dpdm_network_description *shape = &model->description;
    dpdm_status status = dpdm_sampler_check(sampler, err);
    if (!status)
        status = dpdm_dataset_create(count, shape->height, shape->width, shape->channels, shape->classes, data, err);
    if (!status && (status = dpdm_dataset_name_classes(data, model->class_names, err)))
        dpdm_dataset_destroy(data);
    return status;
}

dpdm_status dpdm_model_sample(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key, uint64_t count,
                              int label, int threads, dpdm_progress_fn progress, void *context, dpdm_dataset *data,
                              dpdm_error *err)
{
    const int classes = model->description.classes;
    memset(data, 0, sizeof *data);
    if (label < -1 || label >= classes)
        return dpdm_error_set(err, DPDM_EUSAGE, "label %d: the model knows the classes 0..%d", label, classes - 1);
    dpdm_status status = run_room(model, sampler, count, data, err);
    if (status)
        return status;
    for (uint64_t i = 0; i < count; i++)
        data->labels[i] = label >= 0 ? label : (int32_t)(i % (uint64_t)classes);
    return run_sample(model, sampler, key, threads, progress, context, data, err);
}

dpdm_status dpdm_model_sample_labels(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key,
                                     uint64_t count, const int32_t *labels, int threads, dpdm_progress_fn progress,
                                     void *context, dpdm_dataset *data, dpdm_error *err)
{
    memset(data, 0, sizeof *data);
    for (uint64_t i = 0; i < count; i++)
        if (labels[i] < 0 || labels[i] >= model->description.classes)
            return dpdm_error_set(err, DPDM_EUSAGE, "label %d: the model knows the classes 0..%d", (int)labels[i],
                                  model->description.classes - 1);
    dpdm_status status = run_room(model, sampler, count, data, err);
    if (status)
        return status;
    memcpy(data->labels, labels, (size_t)count * sizeof *labels);
    return run_sample(model, sampler, key, threads, progress, context, data, err);
}

dpdm_status dpdm_model_denoise(const dpdm_model *model, uint64_t n, const float *x, const double *sigma,
                               const int32_t *labels, int threads, float *out, dpdm_error *err)
{
    run_state run;
    dpdm_status status = run_check_inputs(n, sigma, labels, model->description.classes, err);
    if (status)
        return status;
    status = run_create(&run, model, n, threads, err);
    if (!status) {
        run.x = x;
        run.sigma = sigma;
        run.labels = labels;
        run.out = out;
        dpdm_pool_run(run.pool, (n + RUN_BATCH - 1) / RUN_BATCH, run_denoise_chunk, &run);
    }
    run_destroy(&run);
    return status;
}

/* Takes all memory and threads; what was taken before a failure is given back by run_destroy. */
static dpdm_status run_create(run_state *run, const dpdm_model *model, uint64_t count, int threads, dpdm_error *err)
{
    const dpdm_network_description *shape = &model->description;
    memset(run, 0, sizeof *run);
    run->model = model;
    run->pixels = shape->height * shape->width * shape->channels;
    run->count = count;
    atomic_init(&run->cancelled, 0);
    pthread_mutex_init(&run->progress_lock, NULL);
    dpdm_status status = dpdm_pool_create(threads, &run->pool, err);
    if (!status)
        status = dpdm_weights_create(model->network, RUN_BATCH, 0, NULL, &run->weights, err);
    if (status)
        return status;
    dpdm_weights_load(run->weights, model->params);
    run->workers = dpdm_pool_threads(run->pool);
    run->worker = calloc((size_t)run->workers, sizeof *run->worker);
    if (!run->worker)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %d workers", run->workers);
    for (int i = 0; i < run->workers && !status; i++) {
        size_t floats = (size_t)RUN_BATCH * (size_t)run->pixels;
        run_worker *worker = &run->worker[i];
        status = dpdm_workspace_create(run->weights, &worker->workspace, err);
        worker->images = malloc(floats * sizeof(float));
        worker->scratch = malloc(4 * floats * sizeof(float));
        if (!status && (!worker->images || !worker->scratch))
            status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for the images of a worker");
    }
    return status;
}

static void run_destroy(run_state *run)
{
    for (int i = 0; i < run->workers && run->worker; i++) {
        dpdm_workspace_destroy(run->worker[i].workspace);
        free(run->worker[i].images);
        free(run->worker[i].scratch);
    }
    free(run->worker);
    dpdm_weights_destroy(run->weights);
    dpdm_pool_destroy(run->pool);
    pthread_mutex_destroy(&run->progress_lock);
}

static int run_chunk_size(const run_state *run, uint64_t first)
{
    return run->count - first < RUN_BATCH ? (int)(run->count - first) : RUN_BATCH;
}

/* The model's D for dpdm_sampler_run. Once cancelled, what it gives is not looked at. */
typedef struct {
    run_state *run;
    run_worker *worker;
} run_denoiser;

static void run_denoise(void *context, const float *x, double sigma, const int32_t *labels, int n, float *out)
{
    const run_denoiser *denoiser = context;
    run_worker *worker = denoiser->worker;
    const dpdm_model *model = denoiser->run->model;
    if (atomic_load_explicit(&denoiser->run->cancelled, memory_order_relaxed)) {
        memset(out, 0, (size_t)n * (size_t)denoiser->run->pixels * sizeof *out);
        return;
    }
    for (int i = 0; i < n; i++) {
        worker->sigma[i] = sigma;
        worker->labels[i] = labels ? labels[i] : model->description.classes;
    }
    dpdm_denoiser_apply(&model->denoiser, worker->workspace, denoiser->run->pixels, x, worker->sigma, worker->labels, n,
                        out);
}

static void run_report(run_state *run, int images)
{
    if (!run->progress)
        return;
    pthread_mutex_lock(&run->progress_lock);
    run->done += (uint64_t)images;
    if (!atomic_load(&run->cancelled) && run->progress(run->progress_context, run->done, run->count))
        atomic_store(&run->cancelled, 1);
    pthread_mutex_unlock(&run->progress_lock);
}

static void run_sample_chunk(void *context, int worker, uint64_t chunk)
{
    run_state *run = context;
    run_worker *own = &run->worker[worker];
    run_denoiser denoiser = {run, own};
    uint64_t first = chunk * RUN_BATCH;
    size_t pixels = (size_t)run->pixels;
    int n = run_chunk_size(run, first);
    if (atomic_load(&run->cancelled))
        return;
    dpdm_sampler_run(run->sampler, run_denoise, &denoiser, run->key, first, n, run->pixels, run->data->labels + first,
                     own->scratch, own->images);
    dpdm_pixels_from_float(own->images, (size_t)n * pixels, run->data->pixels + first * pixels);
    run_report(run, n);
}

static void run_denoise_chunk(void *context, int worker, uint64_t chunk)
{
    const run_state *run = context;
    uint64_t first = chunk * RUN_BATCH;
    size_t offset = (size_t)first * (size_t)run->pixels;
    dpdm_denoiser_apply(&run->model->denoiser, run->worker[worker].workspace, run->pixels, run->x + offset,
                        run->sigma + first, run->labels + first, run_chunk_size(run, first), run->out + offset);
}

static dpdm_status run_check_inputs(uint64_t n, const double *sigma, const int32_t *labels, int classes,
                                    dpdm_error *err)
{
    for (uint64_t i = 0; i < n; i++) {
        if (!(sigma[i] >= 1e-12 && sigma[i] <= 1e12))
            return dpdm_error_set(err, DPDM_EUSAGE, "sigma of image %llu is %g; it must lie in 1e-12..1e12",
                                  (unsigned long long)i, sigma[i]);
        if (labels[i] < 0 || labels[i] > classes)
            return dpdm_error_set(err, DPDM_EUSAGE, "label of image %llu is %d; the model knows 0..%d, and %d for none",
                                  (unsigned long long)i, (int)labels[i], classes - 1, classes);
    }
    return DPDM_OK;
}
