/* unit_presets.c - every recipe in the program reads without a complaint, makes a valid config, and keeps to what its name
 * and the paper say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include "train/presets.h"
#include "train/config.h"

static dpdm_train_config read_preset(const char *name)
{
    dpdm_error err = {0};
    const dpdm_preset *preset = dpdm_preset_find(name, &err);
    if (!preset)
        fail_msg("%s", err.message);
    dpdm_train_config config = dpdm_train_config_default();
    if (dpdm_options_parse_yaml(&dpdm_train_option_table, &config, preset->text, strlen(preset->text), name, &err))
        fail_msg("%s", err.message);
    return config;
}

static void every_preset_is_a_valid_config(void **state)
{
    (void)state;
    size_t count = 0;
    for (const dpdm_preset *preset = dpdm_presets; preset->name; preset++, count++) {
        dpdm_train_config config = read_preset(preset->name);
        dpdm_error err = {0};
        if (!config.data[0])
            strcpy(config.data, "folder"); /* those without a public source say "give --data" */
        if (dpdm_train_config_check(&config, &err))
            fail_msg("%s: %s", preset->name, err.message);
        assert_true(config.epsilon > 0 && config.noise_multiplier == 0);
        assert_true(config.delta * (double)config.records < 1);
        assert_false(config.has_seed);
        if (preset[1].name)
            assert_true(strcmp(preset->name, preset[1].name) < 0);
    }
    assert_true(count >= 12);
}

static void names_tell_epsilon(void **state)
{
    (void)state;
    for (const dpdm_preset *preset = dpdm_presets; preset->name; preset++) {
        const char *mark = strstr(preset->name, "-eps");
        if (!mark)
            continue;
        double epsilon = !strcmp(mark, "-eps02") ? 0.2 : !strcmp(mark, "-eps1") ? 1 : !strcmp(mark, "-eps10") ? 10 : -1;
        assert_true(read_preset(preset->name).epsilon == epsilon);
    }
}

/* Dockhorn et al. 2023, tables of hyper-parameters. */
static void published_settings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t records;
        double batch, epochs, delta;
        int multiplicity;
    } table[] = {
        {"dpdm-mnist-eps10", 60000, 4096, 300, 1e-5, 32},       {"dpdm-mnist-eps1", 60000, 4096, 300, 1e-5, 32},
        {"dpdm-fmnist-eps02", 60000, 4096, 300, 1e-5, 32},      {"dpdm-celeba32-eps10", 162770, 2048, 300, 1e-6, 32},
        {"dpdm-celeba64-eps10", 162770, 2048, 300, 1e-6, 8},    {"dpdm-cifar10-eps10", 50000, 2048, 500, 1e-5, 8},
        {"dpdm-imagenet32-eps10", 1281167, 2048, 100, 7e-7, 8},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        dpdm_train_config config = read_preset(table[i].name);
        assert_true(config.records == table[i].records && config.batch == table[i].batch);
        assert_true(config.epochs == table[i].epochs && config.delta == table[i].delta);
        assert_int_equal(config.multiplicity, table[i].multiplicity);
        assert_true(config.clip == 1 && config.learning_rate == 3e-4 && config.ema == 0.999 &&
                    config.label_drop == 0.1);
        int v = strstr(table[i].name, "eps02") != NULL;
        assert_int_equal(config.denoiser.kind, v ? DPDM_DENOISER_V : DPDM_DENOISER_EDM);
    }
}

static void networks_have_the_published_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t parameters;
    } table[] = {{"dpdm-mnist-eps10", 1753345}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        dpdm_train_config config = read_preset(table[i].name);
        dpdm_network_description unet = dpdm_train_network(&config);
        dpdm_network *network;
        assert_int_equal(dpdm_network_create(&unet, &network, NULL), DPDM_OK);
        assert_int_equal(dpdm_network_parameters(network), table[i].parameters);
        dpdm_network_destroy(network);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_is_a_valid_config),
        cmocka_unit_test(names_tell_epsilon),
        cmocka_unit_test(published_settings),
        cmocka_unit_test(networks_have_the_published_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
