/* make_model.c - writes a model with random weights for scripts: make_model CONFIG-JSON OUT [STATEMENT-JSON]. */
#include <stdio.h>
#include <stdlib.h>

#include "diffusion/model_config.h"
#include "dpdm/model.h"

int main(int argc, char **argv)
{
    dpdm_model model = {0};
    dpdm_error err = {0};
    dpdm_key key;
    if (argc < 3)
        return 2;
    if (dpdm_model_config_read(argv[1], "argument", &model.description, &model.denoiser, &err) ||
        dpdm_network_create(&model.description, &model.network, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    size_t count = dpdm_network_parameters(model.network);
    float *start = calloc(count, sizeof *start);
    model.params = calloc(count, sizeof *model.params);
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 61);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, model.params, count);
    dpdm_network_init(model.network, &key, start);
    for (size_t i = 0; i < count; i++) /* every layer counts, also those that start near zero */
        model.params[i] = start[i] + 0.03F * model.params[i];
    model.config_json = argv[1];
    model.statement_json = argc > 3 ? argv[3] : NULL;
    dpdm_status status = dpdm_model_write(argv[2], &model, 1, &err);
    if (status)
        fprintf(stderr, "%s\n", err.message);
    model.config_json = model.statement_json = NULL;
    dpdm_model_destroy(&model);
    free(start);
    return status ? 1 : 0;
}
