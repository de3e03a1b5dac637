/* inception.c - see inception.h. */
#include "eval/inception.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/file.h"
#include "base/pool.h"
#include "base/safetensors.h"
#include "eval/resize.h"
#include "nn/network_read.h"

/* Images of a workspace: the last blocks have few positions, so several images share each weight that is read. */
enum { BATCH = 8, IMAGE = RESIZE_SIDE * RESIZE_SIDE * RESIZE_CHANNELS };
#define FILE_LIMIT ((size_t)1 << 28)

struct eval_inception {
    dpdm_resize resize;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_pool *pool;
    dpdm_workspace **workspaces; /* one a worker */
};

typedef struct {
    eval_inception *inception;
    const dpdm_dataset *data;
    float *out;
    resize_axis down, across;
    dpdm_progress_fn progress;
    void *context;
    pthread_mutex_t lock;
    uint64_t done;
    atomic_int stopped;
} inception_run;

static dpdm_status inception_load(const dpdm_network *network, const dpdm_safetensors *file, const char *name,
                                  float **params, dpdm_error *err)
{
    if (file->count != dpdm_network_tensors(network))
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "%s: holds %zu tensors where Inception-v3 has %zu; tools/convert-inception.py makes a file "
            "that fits",
            name, file->count, dpdm_network_tensors(network));
    return dpdm_network_read(network, file, 0, name, "in Inception-v3", params, err);
}

static dpdm_status inception_read(const dpdm_network *network, const char *path, float **params, dpdm_error *err)
{
    uint8_t *bytes;
    size_t size;
    dpdm_safetensors file;
    dpdm_status status = dpdm_file_read(path, FILE_LIMIT, &bytes, &size, err);
    if (status)
        return status;
    status = dpdm_safetensors_parse(bytes, size, path, &file, err);
    if (!status) {
        status = inception_load(network, &file, path, params, err);
        dpdm_safetensors_destroy(&file);
    }
    free(bytes);
    return status;
}

/* Network, weights and threads; what was made before a failure is left to inception_destroy. */
static dpdm_status inception_build(eval_inception *i, const char *path, int threads, dpdm_error *err)
{
    dpdm_status status = dpdm_network_inception(&i->network, err);
    if (status)
        return status;
    float *params = NULL;
    status = inception_read(i->network, path, &params, err);
    if (!status)
        status = dpdm_weights_create(i->network, BATCH, 0, NULL, &i->weights, err);
    if (!status)
        dpdm_weights_load(i->weights, params);
    free(params);
    if (!status)
        status = dpdm_pool_create(threads, &i->pool, err);
    if (status)
        return status;
    i->workspaces = calloc((size_t)dpdm_pool_threads(i->pool), sizeof *i->workspaces);
    if (!i->workspaces)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for Inception-v3");
    for (int w = 0; !status && w < dpdm_pool_threads(i->pool); w++)
        status = dpdm_workspace_create(i->weights, &i->workspaces[w], err);
    return status;
}

dpdm_status inception_create(const char *path, dpdm_resize resize, int threads, eval_inception **inception,
                             dpdm_error *err)
{
    *inception = NULL;
    if (resize != DPDM_RESIZE_REFERENCE && resize != DPDM_RESIZE_CENTRED)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown way %d to resize images", (int)resize);
    eval_inception *i = calloc(1, sizeof *i);
    if (!i)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for Inception-v3");
    i->resize = resize;
    dpdm_status status = inception_build(i, path, threads, err);
    if (status) {
        inception_destroy(i);
        return status;
    }
    *inception = i;
    return DPDM_OK;
}

void inception_destroy(eval_inception *i)
{
    if (!i)
        return;
    for (int w = 0; i->workspaces && w < dpdm_pool_threads(i->pool); w++)
        dpdm_workspace_destroy(i->workspaces[w]);
    free(i->workspaces);
    if (i->pool)
        dpdm_pool_destroy(i->pool);
    dpdm_weights_destroy(i->weights);
    dpdm_network_destroy(i->network);
    free(i);
}

static void inception_batch(void *context, int worker, uint64_t index)
{
    inception_run *run = context;
    dpdm_workspace *workspace = run->inception->workspaces[worker];
    const uint64_t first = index * BATCH, left = run->data->count - first, count = left < BATCH ? left : BATCH;
    if (atomic_load_explicit(&run->stopped, memory_order_relaxed))
        return;
    for (uint64_t i = 0; i < count; i++)
        resize_image(run->data, first + i, run->inception->resize, &run->down, &run->across,
                     dpdm_workspace_x(workspace) + i * IMAGE);
    const float *features = dpdm_workspace_forward(workspace);
    for (uint64_t i = 0; i < count * INCEPTION_FEATURES; i++)
        run->out[first * INCEPTION_FEATURES + i] = features[i];
    if (!run->progress)
        return;
    pthread_mutex_lock(&run->lock);
    run->done += count;
    if (run->progress(run->context, run->done, run->data->count))
        atomic_store(&run->stopped, 1);
    pthread_mutex_unlock(&run->lock);
}

dpdm_status inception_extract(eval_inception *inception, const dpdm_dataset *data, float *out,
                              dpdm_progress_fn progress, void *context, dpdm_error *err)
{
    if (data->channels != 1 && data->channels != RESIZE_CHANNELS)
        return dpdm_error_set(err, DPDM_EUSAGE, "Inception-v3 takes grey or RGB images, not %d channels",
                              data->channels);
    inception_run run = {.inception = inception, .data = data, .out = out, .progress = progress, .context = context};
    resize_axis_init(&run.down, inception->resize, data->height);
    resize_axis_init(&run.across, inception->resize, data->width);
    if (pthread_mutex_init(&run.lock, NULL))
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a lock");
    dpdm_pool_run(inception->pool, (data->count + BATCH - 1) / BATCH, inception_batch, &run);
    pthread_mutex_destroy(&run.lock);
    return atomic_load(&run.stopped) ? dpdm_error_set(err, DPDM_ECANCELLED, "the extraction of features was stopped")
                                     : DPDM_OK;
}
