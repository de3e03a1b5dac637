/* library.c - trains a private model on 28 x 28 grey images of two classes and draws 100 images from it.
 * Usage: library DATA STEPS RUN OUT.npz */
#include <dpdm/model.h>
#include <dpdm/train.h>
#include <stdio.h>
#include <stdlib.h>

static dpdm_status train(const char *data, const char *steps, const char *run, dpdm_error *err)
{
    dpdm_train_config config = dpdm_train_config_default();
    snprintf(config.data, sizeof config.data, "%s", data);
    snprintf(config.out, sizeof config.out, "%s", run);
    config.height = config.width = 28; /* public facts: stated, and checked against the data */
    config.channels = 1;
    config.classes = 2;
    config.records = 4708;
    config.unet = (dpdm_unet_config){/* smaller than the published network */
                                     .width_base = 16,
                                     .multipliers = {1, 2},
                                     .blocks = 1,
                                     .attention = {7},
                                     .patch = 2};
    config.batch = 64;
    config.multiplicity = 4;
    config.steps = strtoull(steps, NULL, 10);
    config.epsilon = 10; /* the noise follows from these two */
    config.delta = 1e-5;
    return dpdm_train_run(&config, NULL, NULL, err);
}

static dpdm_status sample(const char *path, const char *out, dpdm_error *err)
{
    dpdm_model model;
    dpdm_dataset images = {0};
    dpdm_key key;
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM_STOCHASTIC);
    dpdm_status status = dpdm_model_read(path, &model, err);
    if (status)
        return status;
    char claim[200];
    dpdm_model_claim(&model, claim, sizeof claim);
    printf("%s\n", claim);
    status = dpdm_key_generate(&key, err);
    if (!status)
        status = dpdm_model_sample(&model, &sampler, &key, 100, -1, 0, NULL, NULL, &images, err);
    if (!status)
        status = dpdm_dataset_write(&images, DPDM_FORMAT_NPZ, out, 1, err);
    dpdm_dataset_destroy(&images);
    dpdm_model_destroy(&model);
    return status;
}

int main(int argc, char **argv)
{
    char model[1024];
    dpdm_error err = {0};
    if (argc != 5)
        return 2;
    snprintf(model, sizeof model, "%s/release/model.safetensors", argv[3]);
    if (train(argv[1], argv[2], argv[3], &err) || sample(model, argv[4], &err)) {
        fprintf(stderr, "%s: %s\n", dpdm_status_name(err.status), err.message);
        return 1;
    }
    return 0;
}
