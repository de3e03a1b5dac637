/* unit_pretrain.c - catches starts that depend on threads or interruptions, that see anything but what they were told, that
 * pass for private releases, and trainings that start from something else than they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "dpdm/pretrain.h"
#include "train/presets.h"
#include "train/tiny_run.h"

static void start_path(const tiny_place *place, const char *name, char *path)
{
    snprintf(path, DPDM_PATH, "%s/%s", place->root, name);
}

/* The private data are nowhere: a start that looked for them would fail. */
static dpdm_train_config start_settings(const tiny_place *place)
{
    dpdm_train_config train = tiny_config(place);
    snprintf(train.data, sizeof train.data, "%s/no-such-data", place->root);
    train.learning_rate = 1e-2;
    return train;
}

static dpdm_pretrain_config start_config(const tiny_place *place, const char *name)
{
    dpdm_pretrain_config config = {.procedural = "strokes,fields", .seed = 5};
    start_path(place, name, config.out);
    return config;
}

static void start_make(const dpdm_train_config *train, const dpdm_pretrain_config *config)
{
    dpdm_error err = {0};
    if (dpdm_pretrain_run(train, config, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static uint8_t *start_bytes(const char *path, size_t *size)
{
    uint8_t *bytes = NULL;
    assert_int_equal(dpdm_file_read(path, 1 << 24, &bytes, size, NULL), DPDM_OK);
    return bytes;
}

static void assert_same_file(const char *one, const char *other)
{
    size_t sizes[2];
    uint8_t *a = start_bytes(one, &sizes[0]), *b = start_bytes(other, &sizes[1]);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(a, b, sizes[0]);
    free(a);
    free(b);
}

/* After every second of five steps and after the last, or none. */
static void check_previews(const dpdm_pretrain_config *start, int drawn)
{
    for (int step = 1; step <= 5; step++) {
        char path[DPDM_PATH + 40];
        snprintf(path, sizeof path, "%s.preview/step-%08d.png", start->out, step);
        assert_int_equal(access(path, F_OK) == 0, drawn && (step % 2 == 0 || step == 5));
    }
}

static int stop_after_two(void *context, const dpdm_train_progress *progress)
{
    (void)context;
    return progress->step == 2;
}

static void threads_and_interruptions_change_no_byte(void **state)
{
    (void)state;
    tiny_place place;
    dpdm_error err = {0};
    tiny_place_create(&place);
    dpdm_train_config train = start_settings(&place);
    train.prior_means_noise = train.prior_covariance_noise = 4;
    train.prior_rank = 3;
    const dpdm_pretrain_config whole = start_config(&place, "whole");
    start_make(&train, &whole);
    check_previews(&whole, 1);
    train.threads = 3;
    train.no_preview = 1;
    dpdm_pretrain_config cut = start_config(&place, "cut");
    assert_int_equal(dpdm_pretrain_run(&train, &cut, stop_after_two, NULL, &err), DPDM_ECANCELLED);
    assert_int_equal(dpdm_pretrain_run(&train, &cut, NULL, NULL, &err), DPDM_EEXIST); /* begun */
    cut.resume = 1;
    train.steps++;
    assert_int_equal(dpdm_pretrain_run(&train, &cut, NULL, NULL, &err), DPDM_ESTATE); /* another config */
    train.steps--;
    cut.seed++;
    assert_int_equal(dpdm_pretrain_run(&train, &cut, NULL, NULL, &err), DPDM_ESTATE);
    cut.seed--;
    start_make(&train, &cut);
    assert_same_file(whole.out, cut.out);
    check_previews(&cut, 0);
    char kept[DPDM_PATH + 8];
    snprintf(kept, sizeof kept, "%s.state", cut.out);
    assert_int_equal(access(kept, F_OK), -1);
    assert_int_equal(dpdm_pretrain_run(&train, &whole, NULL, NULL, &err), DPDM_EEXIST);
    tiny_place_destroy(&place);
}

/* Procedural images and the public set decide the start; the options of privacy do not. */
static void a_start_depends_on_its_images_alone(void **state)
{
    (void)state;
    tiny_place place;
    tiny_place_create(&place);
    dpdm_train_config train = start_settings(&place);
    dpdm_pretrain_config one = start_config(&place, "one"), other = start_config(&place, "other");
    start_make(&train, &one);
    train.epsilon = 3;
    train.noise_multiplier = 0;
    train.records = 77;
    train.clip = 0.5;
    start_make(&train, &other);
    assert_same_file(one.out, other.out);
    const char *const sets[] = {place.data, place.other};
    uint8_t *bytes[2];
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        dpdm_pretrain_config public = start_config(&place, i ? "b" : "a");
        public.procedural[0] = '\0';
        snprintf(public.public_set, sizeof public.public_set, "%s", sets[i]);
        start_make(&train, &public);
        bytes[i] = start_bytes(public.out, &sizes[i]);
        dpdm_model model;
        assert_int_equal(dpdm_model_read(public.out, &model, NULL), DPDM_OK);
        assert_non_null(strstr(model.start_json, "\"origin\":\"public\""));
        assert_non_null(strstr(model.start_json, i ? "\"images\":\"other.npz\"" : "\"images\":\"data.npz\""));
        assert_null(strstr(model.start_json, place.root)); /* no path */
        dpdm_model_destroy(&model);
    }
    assert_true(sizes[0] != sizes[1] || memcmp(bytes[0], bytes[1], sizes[0]) != 0);
    free(bytes[0]);
    free(bytes[1]);
    tiny_place_destroy(&place);
}

/* With a rate of nothing, what is released are the weights it started from; and the statement says which. */
static void training_begins_where_its_statement_says(void **state)
{
    (void)state;
    tiny_place place;
    dpdm_model start, release;
    dpdm_error err = {0};
    dpdm_train_plan plan;
    tiny_place_create(&place);
    dpdm_train_config train = start_settings(&place);
    const dpdm_pretrain_config made = start_config(&place, "start");
    start_make(&train, &made);
    assert_int_equal(dpdm_model_read(made.out, &start, &err), DPDM_OK);
    assert_null(start.statement_json);
    assert_non_null(strstr(start.start_json, "\"private\":false,\"public_start\":true,\"origin\":\"procedural\""));
    dpdm_train_config run = tiny_config(&place);
    memcpy(run.init, made.out, sizeof run.init);
    run.learning_rate = 1e-30;
    size_t size;
    free(tiny_train(&run, &size));
    char path[400];
    snprintf(path, sizeof path, "%s/release/model.safetensors", place.run);
    assert_int_equal(dpdm_model_read(path, &release, &err), DPDM_OK);
    const size_t n = dpdm_network_parameters(start.network);
    assert_memory_equal(release.params, start.params, n * sizeof *start.params);
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_OK);
    assert_true(plan.start.given && strlen(plan.start.digest) == 64);
    const char *told = strstr(release.statement_json, "\"start\"");
    assert_non_null(told);
    assert_non_null(strstr(told, plan.start.digest));
    assert_non_null(strstr(told, "strokes,fields, seed 5"));
    assert_null(release.start_json);
    const char *statement = release.statement_json;
    assert_int_equal(dpdm_statement_verify(statement, strlen(statement), "statement", NULL, &err), DPDM_OK);
    dpdm_model_destroy(&release);
    dpdm_model_destroy(&start);
    tiny_place_destroy(&place);
}

static int stop_at_once(void *context, const dpdm_train_progress *progress)
{
    (void)context;
    return progress->step == 1;
}

/* The same noise after another start would be another run. */
static void a_run_does_not_go_on_from_another_start(void **state)
{
    (void)state;
    tiny_place place;
    dpdm_error err = {0};
    tiny_place_create(&place);
    dpdm_train_config train = start_settings(&place);
    dpdm_pretrain_config made = start_config(&place, "start");
    start_make(&train, &made);
    dpdm_train_config run = tiny_config(&place);
    memcpy(run.init, made.out, sizeof run.init);
    assert_int_equal(dpdm_train_run(&run, stop_at_once, NULL, &err), DPDM_ECANCELLED);
    made.overwrite = 1;
    made.seed++;
    start_make(&train, &made);
    run.resume = 1;
    assert_int_equal(dpdm_train_run(&run, NULL, NULL, &err), DPDM_ESTATE);
    tiny_place_destroy(&place);
}

static void refuses_what_is_no_start(void **state)
{
    (void)state;
    tiny_place place;
    dpdm_error err = {0};
    dpdm_train_plan plan;
    size_t size;
    tiny_place_create(&place);
    dpdm_train_config run = tiny_config(&place);
    free(tiny_train(&run, &size));
    snprintf(run.init, sizeof run.init, "%s/release/model.safetensors", place.run);
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "release of a private training"));
    memcpy(run.init, place.data, sizeof place.data);
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_EFORMAT);
    dpdm_train_config train = start_settings(&place);
    const dpdm_pretrain_config made = start_config(&place, "start");
    start_make(&train, &made);
    memcpy(run.init, made.out, sizeof run.init);
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_OK);
    run.unet.width_base = 12;
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_EUSAGE);
    run = tiny_config(&place);
    memcpy(run.init, made.out, sizeof run.init);
    run.denoiser.sigma_data = 0.4;
    assert_int_equal(dpdm_train_plan_make(&run, &plan, &err), DPDM_EUSAGE);
    dpdm_pretrain_config bad = start_config(&place, "bad");
    bad.procedural[0] = '\0';
    assert_int_equal(dpdm_pretrain_run(&train, &bad, NULL, NULL, &err), DPDM_EUSAGE);
    snprintf(bad.procedural, sizeof bad.procedural, "stroke");
    assert_int_equal(dpdm_pretrain_run(&train, &bad, NULL, NULL, &err), DPDM_EUSAGE);
    tiny_place_destroy(&place);
}

/* Every preset that names a start of the library fits it, and that start says that it is procedural. */
static void starts_of_the_library_fit_their_presets(void **state)
{
    (void)state;
    int named = 0;
    for (const dpdm_preset *preset = dpdm_presets; preset->name; preset++) {
        dpdm_train_config config = dpdm_train_config_default();
        dpdm_train_plan plan;
        dpdm_error err = {0};
        assert_false(dpdm_preset_read(preset, &config, &err));
        if (!config.init[0])
            continue;
        if (dpdm_train_plan_make(&config, &plan, &err))
            fail_msg("%s: %s", preset->name, err.message);
        assert_true(plan.start.given);
        assert_string_equal(plan.start.origin, "procedural");
        named++;
    }
    assert_true(named >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(threads_and_interruptions_change_no_byte),
                                       cmocka_unit_test(a_start_depends_on_its_images_alone),
                                       cmocka_unit_test(training_begins_where_its_statement_says),
                                       cmocka_unit_test(a_run_does_not_go_on_from_another_start),
                                       cmocka_unit_test(refuses_what_is_no_start),
                                       cmocka_unit_test(starts_of_the_library_fit_their_presets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
