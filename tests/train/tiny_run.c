/* tiny_run.c - a training small enough to be run many times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <ftw.h>
#include <cmocka.h>
#include "base/file.h"
#include "train/tiny_run.h"

enum { SIDE = 8, IMAGES = 48, CLASSES = 2 };

static void tiny_data_write(const char *path, int changed)
{
    dpdm_dataset data;
    assert_int_equal(dpdm_dataset_create(IMAGES, SIDE, SIDE, 1, CLASSES, &data, NULL), DPDM_OK);
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++)
        data.pixels[i] = (uint8_t)(i * 37 % 251);
    for (int i = 0; i < IMAGES; i++)
        data.labels[i] = i % CLASSES;
    data.pixels[SIDE * SIDE * 5] ^= (uint8_t)changed;
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 1, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
}

void tiny_place_create(tiny_place *place)
{
    tiny_place_create_for(place, DPDM_TASK_DIFFUSION);
}

void tiny_place_create_for(tiny_place *place, dpdm_task_kind task)
{
    place->task = task;
    const char *base = getenv("TMPDIR");
    snprintf(place->root, sizeof place->root, "%s/dpdm-train-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(place->root));
    snprintf(place->data, sizeof place->data, "%s/data.npz", place->root);
    snprintf(place->other, sizeof place->other, "%s/other.npz", place->root);
    snprintf(place->run, sizeof place->run, "%s/run", place->root);
    tiny_data_write(place->data, 0);
    tiny_data_write(place->other, 1);
}

static int tiny_remove(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

void tiny_place_destroy(tiny_place *place)
{
    nftw(place->root, tiny_remove, 8, FTW_DEPTH | FTW_PHYS);
}

void tiny_place_clear(const tiny_place *place)
{
    nftw(place->run, tiny_remove, 8, FTW_DEPTH | FTW_PHYS);
}

dpdm_train_config tiny_config(const tiny_place *place)
{
    dpdm_train_config config = dpdm_train_config_for(place->task);
    snprintf(config.data, sizeof config.data, "%s", place->data);
    snprintf(config.out, sizeof config.out, "%s", place->run);
    config.height = config.width = SIDE;
    config.channels = 1;
    config.classes = CLASSES;
    config.records = IMAGES;
    config.unet =
        (dpdm_unet_settings){.width_base = 8, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .patch = 1};
    config.batch = 12;
    config.steps = 5;
    config.multiplicity = config.augmentations = 3;
    config.shift = 1;
    config.noise_multiplier = 2;
    config.learning_rate = 3e-4;
    config.delta = 1e-3;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 2;
    config.checkpoint_every = 100; /* at the start and the end only: saving waits for the disk */
    config.preview_every = 2;
    config.has_seed = 1;
    config.seed = 11;
    return config;
}

size_t tiny_parameters(const dpdm_train_config *config)
{
    dpdm_train_plan plan;
    assert_int_equal(dpdm_train_plan_make(config, &plan, NULL), DPDM_OK);
    return (size_t)plan.parameters;
}

uint8_t *tiny_release(const tiny_place *place, size_t *size)
{
    char path[400];
    uint8_t *bytes = NULL;
    snprintf(path, sizeof path, "%s/release/model.safetensors", place->run);
    return !dpdm_file_read(path, 1 << 24, &bytes, size, NULL) ? bytes : NULL;
}

uint8_t *tiny_train(const dpdm_train_config *config, size_t *size)
{
    dpdm_error err = {0};
    dpdm_status status = dpdm_train_run(config, NULL, NULL, &err);
    if (status)
        fail_msg("%s: %s", dpdm_status_name(status), err.message);
    tiny_place place;
    memcpy(place.run, config->out, sizeof place.run);
    uint8_t *bytes = tiny_release(&place, size);
    assert_non_null(bytes);
    return bytes;
}

int tiny_exists(const tiny_place *place, const char *name)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", place->run, name);
    return access(path, F_OK) == 0;
}
