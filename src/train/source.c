/* source.c - gradients of a task's loss, one record with its draws at a time. */
#include "train/source.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "nn/workspace.h"
#include "train/config.h"

/* Each worker's record starts on a cache line of its own. */
enum { SOURCE_LINE = 64 };

struct dpdm_task_source {
    const dpdm_task *task;
    const dpdm_train_config *config;
    const dpdm_dataset *data;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_workspace **workspaces; /* one a worker */
    int threads, draws;
    int group, batch; /* records of one pass, and their draws */
    size_t pixels, record_bytes;
    size_t room;            /* floats of an image and its views */
    void *context;          /* the task's */
    unsigned char *records; /* [threads, group, record_bytes]: the task's, of the records each worker is at */
    float *images;          /* [threads, group, room] */
    uint32_t *place;        /* [parameters that are trained] */
    uint64_t replaced;      /* the record that holds `replacement`; NULL: none does */
    const float *replacement;
    double *losses; /* [records], private; NULL: not asked for */
};

static dpdm_status source_build(dpdm_task_source *source, const dpdm_train_plan *plan, dpdm_error *err);
static void source_vectors(void *context, const dpdm_record_group *group);

/* Records whose draws fit together in a chunk. */
static int source_group(int chunk, int draws)
{
    const int fit = chunk / draws;
    return fit < 1 ? 1 : fit > DPDM_GROUP_MOST ? DPDM_GROUP_MOST : fit;
}

dpdm_status dpdm_task_source_create(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                    const dpdm_dataset *data, dpdm_task_source **source, dpdm_error *err)
{
    *source = NULL;
    dpdm_task_source *made = calloc(1, sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the gradients");
    made->task = dpdm_task_of(config);
    made->config = config;
    made->data = data;
    made->threads = plan->threads;
    made->draws = made->task->draws(config);
    made->group = source_group(plan->chunk, made->draws);
    made->batch = made->group > 1 ? made->group * made->draws : plan->chunk;
    made->pixels = (size_t)config->height * (size_t)config->width * (size_t)config->channels;
    made->room = made->pixels * (made->task->views ? (size_t)made->task->views(config) : 1);
    made->record_bytes = (made->task->record_bytes + SOURCE_LINE - 1) / SOURCE_LINE * SOURCE_LINE;
    dpdm_status status = source_build(made, plan, err);
    if (status) {
        dpdm_task_source_destroy(made);
        return status;
    }
    *source = made;
    return DPDM_OK;
}

void dpdm_task_source_destroy(dpdm_task_source *source)
{
    if (!source)
        return;
    for (int w = 0; source->workspaces && w < source->threads; w++)
        if (source->workspaces[w])
            dpdm_workspace_destroy(source->workspaces[w]);
    free(source->workspaces);
    free(source->images);
    free(source->place);
    free(source->records);
    free(source->context);
    if (source->weights)
        dpdm_weights_destroy(source->weights);
    if (source->network)
        dpdm_network_destroy(source->network);
    free(source);
}

dpdm_network *dpdm_task_source_network(dpdm_task_source *source)
{
    return source->network;
}

int dpdm_task_source_group(const dpdm_task_source *source)
{
    return source->group;
}

uint64_t dpdm_task_source_shared_bytes(const dpdm_task_source *source)
{
    return dpdm_weights_bytes(source->weights) + dpdm_network_trained(source->network) * sizeof *source->place;
}

uint64_t dpdm_task_source_worker_bytes(const dpdm_task_source *source)
{
    return dpdm_workspace_bytes(source->workspaces[0]) +
           (uint64_t)source->group * (source->room * sizeof(float) + source->record_bytes);
}

void dpdm_task_source_released(dpdm_task_source *source, float *released)
{
    source->task->prepare(source->context, source->config, released);
}

void dpdm_task_source_watch(dpdm_task_source *source, double *losses)
{
    source->losses = losses;
}

void dpdm_task_source_load(dpdm_task_source *source, const float *params)
{
    dpdm_weights_load(source->weights, params);
}

void dpdm_task_source_load_trained(dpdm_task_source *source, const float *trained)
{
    dpdm_weights_load_trained(source->weights, trained);
}

dpdm_gradient_source dpdm_task_source_gradients(dpdm_task_source *source)
{
    return (dpdm_gradient_source){.context = source,
                                  .parameters = dpdm_network_trained(source->network),
                                  .records = source->data->count,
                                  .left_out = source->data->left_out,
                                  .group = source->group,
                                  .given = dpdm_weights_vector(source->weights),
                                  .place = source->place,
                                  .vectors = source_vectors};
}

void dpdm_task_source_replace(dpdm_task_source *source, uint64_t record, const float *image)
{
    source->replaced = record;
    source->replacement = image;
}

void dpdm_task_source_image(dpdm_task_source *source, int worker, const float *image, int label, dpdm_stream *stream,
                            float *gradient)
{
    const size_t first = (size_t)worker * (size_t)source->group;
    void *record = source->records + first * source->record_bytes;
    float *own = source->images + first * source->room;
    memmove(own, image, source->pixels * sizeof *own); /* it may be there already */
    source->task->begin(source->context, record, own, label, stream);
    dpdm_loss_gradient(source->task->loss, record, source->draws, source->workspaces[worker], stream, NULL, gradient);
}

dpdm_status dpdm_task_source_fingerprint(dpdm_task_source *source, uint8_t digest[32], dpdm_error *err)
{
    size_t all = dpdm_network_parameters(source->network), n = dpdm_network_trained(source->network);
    float *params = malloc(all * sizeof *params), *gradient = malloc(n * sizeof *gradient);
    int64_t *sum = calloc(n, sizeof *sum);
    dpdm_status status = DPDM_OK;
    if (params && gradient && sum) {
        dpdm_key key;
        dpdm_stream stream;
        crypto_generichash_state hash;
        dpdm_key_from_seed(&key, 0);
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
        dpdm_stream_normals(&stream, params, all);
        for (size_t i = 0; i < all; i++)
            params[i] *= 0.1F;
        dpdm_stream_normals(&stream, source->images, source->pixels);
        dpdm_task_source_load(source, params);
        dpdm_task_source_image(source, 0, source->images, 0, &stream, gradient);
        status = dpdm_grid_add(&(dpdm_grid){sizeof(dpdm_grid), source->config->clip, source->config->grid_bits},
                               gradient, n, sum, NULL, err);
        crypto_generichash_init(&hash, NULL, 0, 32);
        crypto_generichash_update(&hash, (const unsigned char *)gradient, n * sizeof *gradient);
        crypto_generichash_update(&hash, (const unsigned char *)sum, n * sizeof *sum);
        crypto_generichash_final(&hash, digest, 32);
    } else {
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to check the arithmetic");
    }
    free(sum);
    free(gradient);
    free(params);
    return status;
}

static dpdm_status source_build(dpdm_task_source *source, const dpdm_train_plan *plan, dpdm_error *err)
{
    size_t threads = (size_t)source->threads, records = threads * (size_t)source->group;
    source->workspaces = calloc(threads, sizeof(*source->workspaces));
    source->images = malloc(records * source->room * sizeof *source->images);
    source->records = aligned_alloc(SOURCE_LINE, records * source->record_bytes);
    source->context = calloc(1, source->task->context_bytes);
    if (!source->workspaces || !source->images || !source->records || !source->context)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the workspaces of %d threads", source->threads);
    dpdm_task_source_released(source, NULL);
    dpdm_status status = source->task->network(source->config, &source->network, err);
    if (!status)
        status =
            dpdm_weights_create(source->network, source->batch, source->group, plan->kernels, &source->weights, err);
    for (int w = 0; !status && w < source->threads; w++)
        status = dpdm_workspace_create(source->weights, &source->workspaces[w], err);
    if (status)
        return status;
    source->place = malloc(dpdm_network_trained(source->network) * sizeof *source->place);
    if (!source->place)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the order of the parameters");
    return dpdm_weights_places(source->weights, source->place, err);
}

static void source_vectors(void *context, const dpdm_record_group *group)
{
    dpdm_task_source *source = context;
    const size_t pixels = source->pixels, n = dpdm_weights_vector(source->weights);
    const size_t first = (size_t)group->worker * (size_t)source->group;
    dpdm_workspace *workspace = source->workspaces[group->worker];
    void *each[DPDM_GROUP_MOST];
    double losses[DPDM_GROUP_MOST];
    for (int i = 0; i < group->count; i++) {
        const uint64_t record = group->records[i];
        float *image = source->images + (first + (size_t)i) * source->room;
        dpdm_dataset_image(source->data, record, image);
        if (source->replacement && record == source->replaced)
            memcpy(image, source->replacement, pixels * sizeof *image);
        each[i] = source->records + (first + (size_t)i) * source->record_bytes;
        source->task->begin(source->context, each[i], image, source->data->labels[record], &group->streams[i]);
    }
    const dpdm_loss_group what = {group->count, each, group->streams, losses};
    dpdm_loss_gradients(source->task->loss, &what, source->draws, workspace, NULL);
    for (int i = 0; i < group->count; i++) {
        if (source->losses)
            source->losses[group->records[i]] = losses[i];
        group->give(group->sink, i, 0, n, dpdm_workspace_record_gradient(workspace, i));
    }
}
