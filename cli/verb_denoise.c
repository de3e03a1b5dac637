/* verb_denoise.c - `dpdm denoise`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/json.h"
#include "data/npz.h"
#include "dpdm/model.h"
#include "verbs.h"

enum { DENOISE_PATH = 1024 };

typedef struct {
    char in[DENOISE_PATH], out[DENOISE_PATH];
    int threads, overwrite;
} denoise_options;

static const dpdm_option denoise_rows[] = {
    {.name = "in",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(denoise_options, in),
     .size = DENOISE_PATH,
     .metavar = "FILE",
     .group = "Files",
     .help = "npz with x [N,C,H,W], sigma [N] and labels [N]"},
    {.name = "out",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(denoise_options, out),
     .size = DENOISE_PATH,
     .metavar = "FILE",
     .group = "Files",
     .help = "npz with denoised [N,C,H,W]",
     .flags = DPDM_OPTION_OUTPUT},
    {.name = "overwrite",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(denoise_options, overwrite),
     .group = "Files",
     .help = "replace what exists"},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(denoise_options, threads),
     .max = 4096,
     .metavar = "N",
     .group = "Run",
     .help = "0: all cores. Changes no bit"},
};

static const dpdm_option_table denoise_table = {denoise_rows, sizeof denoise_rows / sizeof *denoise_rows};

static dpdm_status denoise_run(cli_call *call, dpdm_error *err);

const cli_verb cli_verb_denoise = {
    .name = "denoise",
    .group = "Train and sample",
    .summary = "Run the denoiser of a model on given images",
    .arguments = "MODEL",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Computes D(x; sigma, label) in fp32, so that anyone can check the network of a model against another "
        "implementation of it. The input is a NumPy .npz file: x float32 [N,C,H,W], noisy images with pixels in units "
        "of [-1, 1]; sigma float32 [N], the standard deviation of their noise; labels int64 [N], the class of each, or "
        "the number of classes for \"no label\". The output holds denoised float32 [N,C,H,W].",
    .examples = "dpdm denoise model.safetensors --in noisy.npz --out clean.npz",
    .options = {{.table = &denoise_table, .size = sizeof(denoise_options)}},
    .run = denoise_run,
};

/* The images of one call. */
typedef struct {
    uint64_t count;
    dpdm_npy shape; /* of x */
    float *planes;  /* [N,C,H,W], as in the files */
    float *images;  /* [N,H,W,C], as the network has them */
    double *sigma;
    int32_t *labels;
} denoise_batch;

static void batch_destroy(denoise_batch *batch)
{
    free(batch->planes);
    free(batch->images);
    free(batch->sigma);
    free(batch->labels);
}

/* x must be [N,C,H,W] of the model's size. */
static dpdm_status batch_read_images(denoise_batch *batch, const dpdm_npz *npz, const dpdm_network_description *network,
                                     const char *name, dpdm_error *err)
{
    char shape[96];
    dpdm_npy *x = &batch->shape;
    dpdm_status status = dpdm_npz_floats(npz, "x", x, &batch->planes, err);
    if (status)
        return status;
    if (x->dimensions != 4 || x->sizes[1] != (uint64_t)network->channels || x->sizes[2] != (uint64_t)network->height ||
        x->sizes[3] != (uint64_t)network->width)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: x has shape %s; the model needs (N, %d, %d, %d)", name,
                              dpdm_npy_shape(x, shape), network->channels, network->height, network->width);
    batch->count = x->sizes[0];
    batch->images = malloc(x->values * sizeof(float) + 1);
    batch->sigma = malloc(batch->count * sizeof(double) + 1);
    batch->labels = malloc(batch->count * sizeof(int32_t) + 1);
    if (!batch->images || !batch->sigma || !batch->labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for %" PRIu64 " images", name, batch->count);
    return DPDM_OK;
}

static dpdm_status batch_read_levels(denoise_batch *batch, const dpdm_npz *npz, const char *name, dpdm_error *err)
{
    dpdm_npy npy;
    float *sigma = NULL;
    int64_t *labels = NULL;
    dpdm_status status = dpdm_npz_floats(npz, "sigma", &npy, &sigma, err);
    if (!status && (npy.dimensions != 1 || npy.sizes[0] != batch->count))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: sigma must hold one number for each image of x", name);
    for (uint64_t i = 0; !status && i < batch->count; i++)
        batch->sigma[i] = sigma[i];
    if (!status)
        status = dpdm_npz_integers(npz, "labels", &npy, &labels, err);
    if (!status && (npy.dimensions != 1 || npy.sizes[0] != batch->count))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: labels must hold one number for each image of x", name);
    for (uint64_t i = 0; !status && i < batch->count; i++) /* what does not fit is no class of any model */
        batch->labels[i] = labels[i] >= 0 && labels[i] <= INT32_MAX ? (int32_t)labels[i] : -1;
    free(sigma);
    free(labels);
    return status;
}

static dpdm_status batch_read(denoise_batch *batch, const char *path, const dpdm_network_description *network,
                              dpdm_error *err)
{
    dpdm_blob file = {.name = path};
    uint8_t *bytes;
    dpdm_npz *npz = NULL;
    dpdm_status status = dpdm_file_read(path, DPDM_FILE_LIMIT, &bytes, &file.size, err);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_npz_open(&file, &npz, err);
    if (!status)
        status = batch_read_images(batch, npz, network, path, err);
    if (!status)
        status = batch_read_levels(batch, npz, path, err);
    if (npz)
        dpdm_npz_close(npz);
    free(bytes);
    return status;
}

/* Between [N,C,P], P = H*W, and [N,P,C]: to[n][j][i] = from[n][i][j] for i < rows, j < columns. */
static void batch_transpose(const float *from, float *to, uint64_t count, size_t rows, size_t columns)
{
    for (uint64_t n = 0; n < count; n++, from += rows * columns, to += rows * columns)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++)
                to[j * rows + i] = from[i * columns + j];
}

static dpdm_status batch_denoise(denoise_batch *batch, const dpdm_model *model, int threads, dpdm_error *err)
{
    size_t channels = (size_t)model->description.channels,
           positions = (size_t)model->description.height * (size_t)model->description.width;
    batch_transpose(batch->planes, batch->images, batch->count, channels, positions);
    dpdm_status status = dpdm_model_denoise(model, batch->count, batch->images, batch->sigma, batch->labels, threads,
                                            batch->images, err);
    batch_transpose(batch->images, batch->planes, batch->count, positions, channels);
    return status;
}

static dpdm_status result_print(cli_call *call, const denoise_options *options, uint64_t count, dpdm_error *err)
{
    if (!call->json) {
        cli_say("%" PRIu64 " images in %s\n", count, options->out);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "count", dpdm_json_u64(count));
    cJSON_AddStringToObject(json, "out", options->out);
    return cli_print_json(call, json, err);
}

static dpdm_status denoise_run(cli_call *call, dpdm_error *err)
{
    const denoise_options *options = call->options[0];
    denoise_batch batch = {0};
    dpdm_model model;
    if (!options->in[0] || !options->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--in and --out are needed: the files to read and to write");
    dpdm_status status = dpdm_model_read(call->arguments[0], &model, err);
    if (status)
        return status;
    status = batch_read(&batch, options->in, &model.description, err);
    if (!status)
        status = batch_denoise(&batch, &model, options->threads, err);
    if (!status) {
        dpdm_npz_array array = {"denoised", dpdm_npy_make('f', 4, 4, batch.shape.sizes), batch.planes};
        status = dpdm_npz_write(options->out, &array, 1, options->overwrite ? DPDM_WRITE_OVERWRITE : 0, err);
    }
    if (!status)
        status = result_print(call, options, batch.count, err);
    batch_destroy(&batch);
    dpdm_model_destroy(&model);
    return status;
}
