/* diffusion_source.c - gradients of the DPDM loss, one image with its K noise draws at a time. */
#include "train/diffusion_source.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "diffusion/loss.h"
#include "nn/workspace.h"
#include "train/config.h"

struct dpdm_diffusion_source {
    dpdm_denoiser denoiser;
    double label_drop;
    int multiplicity, classes, pixels, threads;
    int group, batch; /* records of one pass, and their draws */
    const dpdm_dataset *data;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_workspace **workspaces; /* one a worker */
    uint32_t *place;             /* [parameters] */
    float *images;               /* [threads, group, pixels] */
    uint64_t replaced;           /* the record that holds `replacement`; NULL: none does */
    const float *replacement;
    double *losses; /* [records], private; NULL: not asked for */
};

static dpdm_status source_build(dpdm_diffusion_source *source, const dpdm_train_config *config,
                                const dpdm_train_plan *plan, dpdm_error *err);
static void source_vectors(void *context, const dpdm_record_group *group);

/* Records whose draws fit together in a chunk. */
static int source_group(int chunk, int multiplicity)
{
    const int fit = chunk / multiplicity;
    return fit < 1 ? 1 : fit > DPDM_GROUP_MOST ? DPDM_GROUP_MOST : fit;
}

dpdm_status dpdm_diffusion_source_create(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                         const dpdm_dataset *data, dpdm_diffusion_source **source, dpdm_error *err)
{
    *source = NULL;
    dpdm_diffusion_source *made = calloc(1, sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the gradients");
    made->denoiser = config->denoiser;
    made->label_drop = config->label_drop;
    made->multiplicity = config->multiplicity;
    made->group = source_group(plan->chunk, config->multiplicity);
    made->batch = made->group > 1 ? made->group * config->multiplicity : plan->chunk;
    made->classes = config->classes;
    made->pixels = config->height * config->width * config->channels;
    made->data = data;
    made->threads = plan->threads;
    dpdm_status status = source_build(made, config, plan, err);
    if (status) {
        dpdm_diffusion_source_destroy(made);
        return status;
    }
    *source = made;
    return DPDM_OK;
}

void dpdm_diffusion_source_destroy(dpdm_diffusion_source *source)
{
    if (!source)
        return;
    for (int w = 0; source->workspaces && w < source->threads; w++)
        if (source->workspaces[w])
            dpdm_workspace_destroy(source->workspaces[w]);
    free(source->workspaces);
    free(source->images);
    free(source->place);
    if (source->weights)
        dpdm_weights_destroy(source->weights);
    if (source->network)
        dpdm_network_destroy(source->network);
    free(source);
}

dpdm_network *dpdm_diffusion_source_network(dpdm_diffusion_source *source)
{
    return source->network;
}

int dpdm_diffusion_source_group(const dpdm_diffusion_source *source)
{
    return source->group;
}

uint64_t dpdm_diffusion_source_bytes(const dpdm_diffusion_source *source)
{
    uint64_t bytes =
        dpdm_weights_bytes(source->weights) + dpdm_network_parameters(source->network) * sizeof *source->place;
    for (int w = 0; w < source->threads; w++)
        bytes += dpdm_workspace_bytes(source->workspaces[w]) +
                 (uint64_t)source->group * (uint64_t)source->pixels * sizeof(float);
    return bytes;
}

void dpdm_diffusion_source_prior(dpdm_diffusion_source *source, const dpdm_prior *prior)
{
    source->denoiser.prior = prior;
}

void dpdm_diffusion_source_watch(dpdm_diffusion_source *source, double *losses)
{
    source->losses = losses;
}

void dpdm_diffusion_source_load(dpdm_diffusion_source *source, const float *params)
{
    dpdm_weights_load(source->weights, params);
}

dpdm_gradient_source dpdm_diffusion_source_gradients(dpdm_diffusion_source *source)
{
    return (dpdm_gradient_source){.context = source,
                                  .parameters = dpdm_network_parameters(source->network),
                                  .records = source->data->count,
                                  .left_out = source->data->left_out,
                                  .group = source->group,
                                  .given = dpdm_weights_vector(source->weights),
                                  .place = source->place,
                                  .vectors = source_vectors};
}

void dpdm_diffusion_source_replace(dpdm_diffusion_source *source, uint64_t record, const float *image)
{
    source->replaced = record;
    source->replacement = image;
}

void dpdm_diffusion_source_image(dpdm_diffusion_source *source, int worker, const float *image, int label,
                                 dpdm_stream *stream, float *gradient)
{
    dpdm_denoiser_gradient(&source->denoiser, source->workspaces[worker], image, source->pixels, label, source->classes,
                           source->label_drop, source->multiplicity, stream, gradient, NULL);
}

dpdm_status dpdm_diffusion_source_fingerprint(dpdm_diffusion_source *source, uint8_t digest[32], dpdm_error *err)
{
    size_t n = dpdm_network_parameters(source->network);
    float *params = malloc(n * sizeof *params), *gradient = malloc(n * sizeof *gradient);
    dpdm_status status = DPDM_OK;
    if (params && gradient) {
        dpdm_key key;
        dpdm_stream stream;
        dpdm_key_from_seed(&key, 0);
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
        dpdm_stream_normals(&stream, params, n);
        for (size_t i = 0; i < n; i++)
            params[i] *= 0.1F;
        dpdm_stream_normals(&stream, source->images, (size_t)source->pixels);
        dpdm_diffusion_source_load(source, params);
        dpdm_diffusion_source_image(source, 0, source->images, 0, &stream, gradient);
        crypto_generichash(digest, 32, (const unsigned char *)gradient, n * sizeof *gradient, NULL, 0);
    } else {
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to check the arithmetic");
    }
    free(gradient);
    free(params);
    return status;
}

static dpdm_status source_build(dpdm_diffusion_source *source, const dpdm_train_config *config,
                                const dpdm_train_plan *plan, dpdm_error *err)
{
    dpdm_unet_config unet = dpdm_train_unet(config);
    source->workspaces = calloc((size_t)source->threads, sizeof(*source->workspaces));
    source->images =
        malloc((size_t)source->threads * (size_t)source->group * (size_t)source->pixels * sizeof *source->images);
    if (!source->workspaces || !source->images)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the workspaces of %d threads", source->threads);
    dpdm_status status = dpdm_network_unet(&unet, &source->network, err);
    if (!status)
        status =
            dpdm_weights_create(source->network, source->batch, source->group, plan->kernels, &source->weights, err);
    for (int w = 0; !status && w < source->threads; w++)
        status = dpdm_workspace_create(source->weights, &source->workspaces[w], err);
    if (status)
        return status;
    source->place = malloc(dpdm_network_parameters(source->network) * sizeof *source->place);
    if (!source->place)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the order of the parameters");
    return dpdm_weights_places(source->weights, source->place, err);
}

static void source_vectors(void *context, const dpdm_record_group *group)
{
    dpdm_diffusion_source *source = context;
    const size_t pixels = (size_t)source->pixels, n = dpdm_weights_vector(source->weights);
    float *images = source->images + (size_t)group->worker * (size_t)source->group * pixels;
    dpdm_workspace *workspace = source->workspaces[group->worker];
    diffusion_image of[DPDM_GROUP_MOST];
    void *each[DPDM_GROUP_MOST];
    double losses[DPDM_GROUP_MOST];
    for (int i = 0; i < group->count; i++) {
        const uint64_t record = group->records[i];
        float *image = images + (size_t)i * pixels;
        dpdm_dataset_image(source->data, record, image);
        if (source->replacement && record == source->replaced)
            memcpy(image, source->replacement, pixels * sizeof *image);
        diffusion_image_begin(&of[i], &source->denoiser, image, source->pixels, source->data->labels[record],
                              source->classes, source->label_drop, source->multiplicity, &group->streams[i]);
        each[i] = &of[i];
    }
    const dpdm_loss_group what = {group->count, each, group->streams, losses};
    dpdm_loss_gradients(&diffusion_loss, &what, source->multiplicity, workspace, NULL);
    for (int i = 0; i < group->count; i++) {
        if (source->losses)
            source->losses[group->records[i]] = losses[i];
        group->give(group->sink, i, 0, n, dpdm_workspace_record_gradient(workspace, i));
    }
}
