/* library.c - trains a private model on 28 x 28 grey images of two classes and draws 100 images from it.
 * Usage: library DATA STEPS RUN OUT.npz */
#include <dpdm/dpdm.h>
#include <stdio.h>

/* Public facts are stated, and checked against the data; the noise follows from epsilon and delta. */
static const char recipe[] = "height: 28\nwidth: 28\nchannels: 1\nclasses: 2\nrecords: 4708\n"
                             "width-base: 16\nmultipliers: 1,2\nblocks: 1\nattention: 7\npatch: 2\n"
                             "batch: 64\nmultiplicity: 4\nepsilon: 10\ndelta: 1e-5\n";

static dpdm_status train(char **argv, dpdm_error *err)
{
    dpdm_config *config;
    char *result = NULL;
    dpdm_status status = dpdm_config_create("train", &config, err);
    if (!status)
        status = dpdm_config_parse(config, recipe, err);
    if (!status)
        status = dpdm_config_set(config, "data", argv[1], err);
    if (!status)
        status = dpdm_config_set(config, "steps", argv[2], err);
    if (!status)
        status = dpdm_config_set(config, "out", argv[3], err);
    if (!status)
        status = dpdm_train_start(config, NULL, NULL, NULL, &result, err);
    dpdm_text_free(result);
    dpdm_config_destroy(config);
    return status;
}

static dpdm_status sample(char **argv, dpdm_error *err)
{
    dpdm_model *model;
    dpdm_images *images = NULL;
    char *text = NULL, *statement = NULL;
    dpdm_status status = dpdm_model_create(argv[3], &model, err);
    if (!status)
        status = dpdm_statement_load(argv[3], &statement, err);
    if (!status)
        status = dpdm_model_draw(model, NULL, 100, NULL, NULL, &images, err);
    if (!status)
        status = dpdm_images_write(images, "npz", argv[4], 1, err);
    if (!status)
        status = dpdm_statement_explain(statement, &text, err);
    if (!status)
        printf("%s", text);
    dpdm_text_free(text);
    dpdm_text_free(statement);
    dpdm_images_destroy(images);
    dpdm_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    dpdm_error err = {0};
    if (argc != 5)
        return 2;
    if (train(argv, &err) || sample(argv, &err)) {
        fprintf(stderr, "%s: %s\n", dpdm_status_name(err.status), err.message);
        return 1;
    }
    return 0;
}
