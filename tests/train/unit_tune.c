/* unit_tune.c - catches frozen weights that move or that are lost when a run goes on, a state or a mechanism with room for
 * what is not trained, a release that is another function than what was trained, and parts of nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "dpdm/pretrain.h"
#include "train/tiny_run.h"
#include "train/tune.h"

enum { RANK = 3 };

static char start_file[DPDM_PATH];

static void start_make(tiny_place *place)
{
    dpdm_error err = {0};
    tiny_place_create(place);
    dpdm_train_config train = tiny_config(place);
    dpdm_pretrain_config start = {.procedural = "strokes", .seed = 5};
    snprintf(start.out, sizeof start.out, "%s/start", place->root);
    memcpy(start_file, start.out, sizeof start_file);
    train.learning_rate = 1e-2;
    if (dpdm_pretrain_run(&train, &start, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static dpdm_train_config tune_config(const tiny_place *place, dpdm_tune_kind tune)
{
    dpdm_train_config config = tiny_config(place);
    memcpy(config.init, start_file, sizeof config.init);
    config.tune = tune;
    config.rank = RANK;
    config.views = 2; /* of three draws */
    config.mirror = 1;
    config.learning_rate = 1e-2;
    return config;
}

static void read_release(const tiny_place *place, dpdm_model *model)
{
    char path[400];
    dpdm_error err = {0};
    snprintf(path, sizeof path, "%s/release/model.safetensors", place->run);
    if (dpdm_model_read(path, model, &err))
        fail_msg("%s", err.message);
}

static const float *tensor_of(const dpdm_model *model, const char *name)
{
    for (size_t i = 0; i < dpdm_network_tensors(model->network); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(model->network, i);
        if (strcmp(info.name, name) == 0)
            return model->params + info.offset;
    }
    return NULL;
}

/* Whether a tensor of the release may differ from the start's: what is trained, and what low-rank maps are merged into. */
static int may_differ(dpdm_tune_kind tune, const char *name)
{
    const char *attention = strstr(name, ".attention"), *map = attention ? strrchr(attention, '.') : NULL;
    if (strstr(name, "class.weight") || tune == DPDM_TUNE_ALL)
        return 1;
    if (tune == DPDM_TUNE_ATTENTION)
        return attention != NULL;
    return tune == DPDM_TUNE_LORA && map && strcmp(map, ".weight") == 0 && !strstr(name, ".norm.");
}

/* Everything else is the start's, bit for bit; something of each kind has moved. */
static void check_release(const tiny_place *place, dpdm_tune_kind tune)
{
    dpdm_model start, release;
    int moved = 0, kept = 0, added = 0;
    assert_false(dpdm_model_read(start_file, &start, NULL));
    read_release(place, &release);
    for (size_t i = 0; i < dpdm_network_tensors(release.network); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(release.network, i);
        const float *before = tensor_of(&start, info.name), *now = release.params + info.offset;
        if (!before) {
            assert_true(tune == DPDM_TUNE_ADAPTER && strstr(info.name, ".adapter."));
            added++;
            continue;
        }
        const int same = memcmp(before, now, info.size * sizeof *now) == 0;
        if (!same && !may_differ(tune, info.name))
            fail_msg("tune %s moved %s", dpdm_tune_choices[tune], info.name);
        moved += !same;
        kept += same;
    }
    assert_true(moved > 0 && (kept > 0) == (tune != DPDM_TUNE_ALL) && (added > 0) == (tune == DPDM_TUNE_ADAPTER));
    char coordinates[64];
    dpdm_train_plan plan;
    const dpdm_train_config config = tune_config(place, tune);
    assert_false(dpdm_train_plan_make(&config, &plan, NULL));
    snprintf(coordinates, sizeof coordinates, "\"coordinates\":%llu", (unsigned long long)plan.trained);
    char *told = strdup(release.statement_json), *to = told;
    for (const char *c = told; *c; c++)
        if (*c != ' ' && *c != '\t' && *c != '\n')
            *to++ = *c;
    *to = '\0';
    assert_non_null(strstr(told, coordinates));
    free(told);
    assert_false(dpdm_statement_verify(release.statement_json, strlen(release.statement_json), "s", NULL, NULL));
    dpdm_model_destroy(&release);
    dpdm_model_destroy(&start);
}

static int stop_after_two(void *context, const dpdm_train_progress *progress)
{
    (void)context;
    return progress->step == 2;
}

/* State of a stopped run: key and header, and four arrays of what is trained. */
static void check_state(const tiny_place *place, uint64_t trained)
{
    char path[400];
    struct stat info;
    snprintf(path, sizeof path, "%s/state", place->run);
    assert_int_equal(stat(path, &info), 0);
    assert_true((uint64_t)info.st_size >= 16 * trained && (uint64_t)info.st_size < 16 * trained + 1024);
}

static void what_is_not_trained_stays_and_is_nowhere(void **state)
{
    (void)state;
    tiny_place place;
    start_make(&place);
    for (int tune = DPDM_TUNE_ALL; tune <= DPDM_TUNE_ADAPTER; tune++) {
        dpdm_train_config config = tune_config(&place, (dpdm_tune_kind)tune);
        dpdm_train_plan plan;
        dpdm_error err = {0};
        size_t sizes[2];
        uint8_t *whole = tiny_train(&config, &sizes[0]);
        check_release(&place, (dpdm_tune_kind)tune);
        tiny_place_clear(&place);
        assert_false(dpdm_train_plan_make(&config, &plan, NULL));
        assert_true((plan.trained == plan.parameters) == (tune == DPDM_TUNE_ALL));
        config.threads = 1;
        assert_int_equal(dpdm_train_run(&config, stop_after_two, NULL, &err), DPDM_ECANCELLED);
        check_state(&place, plan.trained);
        config.resume = 1;
        uint8_t *resumed = tiny_train(&config, &sizes[1]);
        assert_int_equal(sizes[0], sizes[1]);
        assert_memory_equal(whole, resumed, sizes[0]);
        free(whole);
        free(resumed);
        tiny_place_clear(&place);
    }
    tiny_place_destroy(&place);
}

static uint64_t trained_of(const dpdm_train_config *config)
{
    dpdm_train_plan plan;
    dpdm_error err = {0};
    if (dpdm_train_plan_make(config, &plan, &err))
        fail_msg("%s", err.message);
    return plan.trained;
}

/* Counted by hand for the network of tiny_run: widths 8 and 16, attention at level 1 (encoder, decoder) and in the middle. */
static void the_mechanism_has_as_many_coordinates_as_are_trained(void **state)
{
    (void)state;
    tiny_place place;
    start_make(&place);
    const uint64_t classes = 3 * 8, attention = 4 * (16 * 16 + 16) + 2 * 16, lora = 4 * 2 * RANK * 16;
    dpdm_train_config config = tune_config(&place, DPDM_TUNE_CLASS);
    assert_int_equal(trained_of(&config), classes);
    config.tune = DPDM_TUNE_ATTENTION;
    assert_int_equal(trained_of(&config), classes + 3 * attention);
    config.tune = DPDM_TUNE_LORA;
    assert_int_equal(trained_of(&config), classes + 3 * lora);
    strcpy(config.tune_from, "middle");
    assert_int_equal(trained_of(&config), classes + 2 * lora);
    strcpy(config.tune_from, "decoder.1");
    assert_int_equal(trained_of(&config), classes + lora);
    config.tune = DPDM_TUNE_ADAPTER;
    strcpy(config.tune_from, "decoder.0.block.1"); /* its first convolution takes 8 + 8 channels, its second 8 */
    assert_int_equal(trained_of(&config), classes + RANK * (16 + 9 * 8) + RANK * (8 + 9 * 8));
    tiny_place_destroy(&place);
}

static const float *run_network(dpdm_network *network, const float *params, dpdm_weights **weights,
                                dpdm_workspace **work)
{
    dpdm_key key;
    dpdm_stream stream;
    assert_false(dpdm_weights_create(network, 2, 0, NULL, weights, NULL));
    assert_false(dpdm_workspace_create(*weights, work, NULL));
    dpdm_weights_load(*weights, params);
    dpdm_key_from_seed(&key, 3);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, dpdm_workspace_x(*work), 2 * 64);
    dpdm_stream_normals(&stream, dpdm_workspace_noise(*work), 2);
    return dpdm_workspace_forward(*work);
}

/* What is released computes what was trained: low-rank maps in the weights, adapters beside them. */
static void merged_maps_are_the_same_function(void **state)
{
    (void)state;
    tiny_place place;
    start_make(&place);
    for (int tune = DPDM_TUNE_LORA; tune <= DPDM_TUNE_ADAPTER; tune++) {
        const dpdm_train_config config = tune_config(&place, (dpdm_tune_kind)tune);
        dpdm_network *networks[2];
        dpdm_weights *weights[2];
        dpdm_workspace *works[2];
        const float *outputs[2];
        float *merged;
        dpdm_key key;
        dpdm_stream stream;
        assert_false(dpdm_tune_network(&config, &networks[0], NULL));
        const size_t n = dpdm_network_parameters(networks[0]);
        float *params = malloc(n * sizeof *params);
        dpdm_key_from_seed(&key, 4);
        dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
        dpdm_stream_normals(&stream, params, n);
        for (size_t i = 0; i < n; i++)
            params[i] *= 0.2F;
        assert_false(dpdm_tune_merge(&config, networks[0], params, &networks[1], &merged, NULL));
        assert_true((dpdm_network_parameters(networks[1]) < n) == (tune == DPDM_TUNE_LORA));
        outputs[0] = run_network(networks[0], params, &weights[0], &works[0]);
        outputs[1] = run_network(networks[1], merged, &weights[1], &works[1]);
        double difference = 0, size = 0;
        for (int i = 0; i < 128; i++) {
            difference += pow((double)outputs[0][i] - (double)outputs[1][i], 2);
            size += pow((double)outputs[0][i], 2);
        }
        assert_true(size > 0 && sqrt(difference / size) < 1e-4);
        for (int i = 0; i < 2; i++) {
            dpdm_workspace_destroy(works[i]);
            dpdm_weights_destroy(weights[i]);
            dpdm_network_destroy(networks[i]);
        }
        free(params);
        free(merged);
    }
    tiny_place_destroy(&place);
}

static void refuse(const dpdm_train_config *config, const char *words)
{
    dpdm_train_plan plan;
    dpdm_error err = {0};
    assert_int_equal(dpdm_train_plan_make(config, &plan, &err), DPDM_EUSAGE);
    if (!strstr(err.message, words))
        fail_msg("'%s' does not say '%s'", err.message, words);
}

static void refuses_parts_of_nothing(void **state)
{
    (void)state;
    tiny_place place;
    start_make(&place);
    dpdm_train_config config = tune_config(&place, DPDM_TUNE_LORA);
    config.rank = 17;
    refuse(&config, "rank 17 is above the width of the layer");
    config = tune_config(&place, DPDM_TUNE_ADAPTER);
    config.rank = 9;
    refuse(&config, "rank 9 is above the width of the layer encoder.0.block.0.conv1, 8 channels");
    config = tune_config(&place, DPDM_TUNE_ATTENTION);
    config.init[0] = '\0';
    refuse(&config, "there is no start");
    config = tune_config(&place, DPDM_TUNE_ATTENTION);
    strcpy(config.tune_from, "decoder.7");
    refuse(&config, "no block of the network is 'decoder.7'");
    strcpy(config.tune_from, "output");
    refuse(&config, "choose an earlier one");
    config = tune_config(&place, DPDM_TUNE_CLASS);
    strcpy(config.tune_from, "middle");
    refuse(&config, "trains no blocks");
    config = tune_config(&place, DPDM_TUNE_ALL);
    strcpy(config.tune_from, "middle");
    refuse(&config, "all is trained");
    config = tune_config(&place, DPDM_TUNE_LORA);
    config.unet.width_base = 12;
    refuse(&config, "another network");
    config = tune_config(&place, DPDM_TUNE_ALL);
    config.views = 4;
    refuse(&config, "some views would never be seen");
    config = tune_config(&place, DPDM_TUNE_ALL);
    config.shift = config.mirror = 0;
    refuse(&config, "are all the same");
    tiny_place_destroy(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_trained_stays_and_is_nowhere),
        cmocka_unit_test(the_mechanism_has_as_many_coordinates_as_are_trained),
        cmocka_unit_test(merged_maps_are_the_same_function),
        cmocka_unit_test(refuses_parts_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
