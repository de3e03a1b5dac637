/* fuzz_model.c - model files: an input is a list of edits of a good file, so that seeds need not follow the format. Four
 * bytes an edit: where (three bytes, the first bit says whether in the header or anywhere) and the new byte; an input of
 * another length also cuts the file by its last bytes. */
#include "fuzz.h"
#include "base/file.h"
#include "dpdm/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const dpdm_network_description network = {
    .height = 8,
    .width = 8,
    .channels = 1,
    .classes = 3,
    .unet = {.width_base = 8, .levels = 1, .multipliers = {1}, .blocks = 1, .patch = 1}};

/* The bytes of a small model with a prior. */
static void make_model(uint8_t **bytes, size_t *size)
{
    char path[] = "/tmp/dpdm-fuzz-XXXXXX";
    dpdm_model model = {.description = network, .denoiser = dpdm_denoiser_default(DPDM_DENOISER_EDM)};
    int file = mkstemp(path);
    fuzz_assert(file >= 0);
    close(file);
    fuzz_assert(!dpdm_network_create(&model.description, &model.network, NULL));
    fuzz_assert(!dpdm_prior_create(network.classes, 64, 2, &model.prior, NULL));
    for (int k = 0; k < 2; k++)
        model.prior.basis[k * 64 + k] = 1;
    for (int k = 0; k <= 2; k++)
        model.prior.variance[k] = 1;
    fuzz_assert(!dpdm_prior_by_class(&model.prior, NULL));
    model.denoiser.prior = &model.prior;
    model.params = calloc(dpdm_network_parameters(model.network), sizeof *model.params);
    fuzz_assert(model.params);
    fuzz_assert(!dpdm_model_describe("{\"steps\": 5}", &model.description, &model.denoiser, &model.config_json, NULL));
    fuzz_assert(!dpdm_model_write(path, &model, 1, NULL));
    fuzz_assert(!dpdm_file_read(path, (size_t)1 << 24, bytes, size, NULL));
    unlink(path);
    dpdm_model_destroy(&model);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t *good; /* kept for the life of the process */
    static size_t good_size;
    dpdm_model model;
    dpdm_error err;
    if (!good)
        make_model(&good, &good_size);
    size_t header = 8 + ((size_t)good[0] | (size_t)good[1] << 8 | (size_t)good[2] << 16), edited = good_size;
    uint8_t *copy = malloc(good_size);
    fuzz_assert(copy && header < good_size);
    memcpy(copy, good, good_size);
    for (; size >= 4; bytes += 4, size -= 4) {
        size_t at = (size_t)bytes[0] | (size_t)bytes[1] << 8 | (size_t)(bytes[2] & 0x7f) << 16;
        copy[at % (bytes[2] & 0x80 ? good_size : header)] = bytes[3];
    }
    if (size)
        edited -= (size_t)bytes[0] * (size > 1 ? (size_t)bytes[1] + 1 : 1) % good_size;
    dpdm_status status = dpdm_model_parse(copy, edited, "model", &model, &err);
    if (status) {
        fuzz_check_error(status, &err);
    } else {
        fuzz_assert(edited == good_size && model.network && model.params && model.config_json);
        dpdm_model_destroy(&model);
    }
    free(copy);
    return 0;
}
