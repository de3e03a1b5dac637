/* unit_config.c - the table of training options, the checks of a config and the plan. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include "train/config.h"
#include "train/contradictions.h"

/* A config that can be planned fast. */
static dpdm_train_config small_config(void)
{
    dpdm_train_config config = dpdm_train_config_default();
    snprintf(config.data, sizeof config.data, "nowhere"); /* a plan reads no data */
    config.height = config.width = 8;
    config.channels = 1;
    config.classes = 2;
    config.records = 1000;
    config.batch = 100;
    config.epochs = 5;
    config.unet = (dpdm_unet_settings){.width_base = 8, .multipliers = {1}, .blocks = 1, .patch = 1};
    config.noise_multiplier = 2;
    config.delta = 1e-4;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 1;
    return config;
}

static void assert_refused(const dpdm_train_config *config, const char *words)
{
    dpdm_train_plan plan;
    dpdm_error err = {0};
    assert_int_equal(dpdm_train_plan_make(config, &plan, &err), DPDM_EUSAGE);
    if (!strstr(err.message, words))
        fail_msg("'%s' is not in: %s", words, err.message);
}

static void every_option_lies_in_the_struct_and_is_explained(void **state)
{
    (void)state;
    const dpdm_option_table *table = &dpdm_train_option_table;
    assert_string_equal(table->rows[0].name, "width-base"); /* each task's part of the table is the one that is meant */
    assert_string_equal(table->rows[table->count - 1].name, "mirror");
    assert_string_equal(dpdm_classifier_option_table.rows[0].name, "data");
    assert_string_equal(dpdm_classifier_option_table.rows[dpdm_classifier_option_table.count - 2].name, "classifier");
    for (size_t i = 0; i < table->count; i++) {
        const dpdm_option *row = &table->rows[i];
        assert_true(row->offset < sizeof(dpdm_train_config));
        assert_non_null(row->group);
        assert_true(row->help && row->help[0]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(row->name, table->rows[j].name);
        /* What decides the result is what a resumed run is held to; secrets and places are not for release. */
        if (row->flags & DPDM_OPTION_PUBLIC)
            assert_true(row->flags & DPDM_TRAIN_IDENTITY);
    }
    const char *const kept_in[] = {"data", "data-dir", "out", "seed"};
    for (size_t i = 0; i < sizeof kept_in / sizeof *kept_in; i++)
        assert_false(dpdm_option_find(table, kept_in[i], strlen(kept_in[i]))->flags & DPDM_OPTION_PUBLIC);
}

static void yaml_sets_what_it_names(void **state)
{
    (void)state;
    static const char text[] = "height: 28\nmultipliers: [1, 2, 2]\nattention: [7]\ndenoiser: v\nlearning_rate: 1e-3\n"
                               "noise-multiplier: 1.5\nseed: 4\n";
    dpdm_train_config config = dpdm_train_config_default();
    dpdm_error err = {0};
    assert_int_equal(
        dpdm_options_parse_yaml(&dpdm_train_option_table, &config, text, sizeof text - 1, "recipe.yaml", &err),
        DPDM_OK);
    assert_int_equal(config.height, 28);
    assert_int_equal(config.unet.multipliers[2], 2);
    assert_int_equal(config.denoiser.kind, DPDM_DENOISER_V);
    assert_true(config.learning_rate == 1e-3 && config.noise_multiplier == 1.5);
    assert_true(config.has_seed && config.seed == 4);
    assert_int_equal(dpdm_train_network(&config).unet.levels, 3);
    static const char wrong[] = "height: 28\nlerning_rate: 1\n";
    assert_int_equal(
        dpdm_options_parse_yaml(&dpdm_train_option_table, &config, wrong, sizeof wrong - 1, "recipe.yaml", &err),
        DPDM_EUSAGE);
    assert_non_null(strstr(err.message, "recipe.yaml:2"));
    assert_non_null(strstr(err.message, "learning"));
}

static void a_config_must_be_whole(void **state)
{
    (void)state;
    dpdm_train_config c = small_config();
    c.data[0] = '\0';
    assert_refused(&c, "data is missing");
    c = small_config();
    c.classes = 0;
    assert_refused(&c, "dpdm data info");
    c = small_config();
    c.delta = 0;
    assert_refused(&c, "delta");
    c = small_config();
    c.noise_multiplier = 0;
    assert_refused(&c, "epsilon");
    c = small_config();
    c.records = 0;
    assert_refused(&c, "sampling-rate");
    c = small_config();
    c.batch = 2000;
    assert_refused(&c, "records");
    c = small_config();
    c.epochs = 1e-9;
    assert_refused(&c, "epochs");
    c = small_config();
    c.resume = c.overwrite = 1;
    assert_refused(&c, "contradict");
    c = small_config();
    c.unet.multipliers[0] = 0;
    assert_refused(&c, "multipliers");
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    dpdm_train_plan plan;
    dpdm_train_config c = small_config();
    c.sampling_rate = 0.3; /* of 1000: 300 a step, not 100 */
    assert_refused(&c, "expects 300 images");
    c.sampling_rate = 0.1;
    assert_int_equal(dpdm_train_plan_make(&c, &plan, NULL), DPDM_OK);
    assert_true(plan.batch == 100);
    c.sampling_rate = 0.3;
    c.records = 0; /* private: the divisor is a constant of its own */
    assert_int_equal(dpdm_train_plan_make(&c, &plan, NULL), DPDM_OK);
    assert_true(plan.batch == 100);
    c.batch = 0;
    assert_refused(&c, "give batch");
    c.records = 1000;
    assert_int_equal(dpdm_train_plan_make(&c, &plan, NULL), DPDM_OK);
    assert_true(plan.batch == 300);
    c = small_config();
    c.steps = 20;
    assert_refused(&c, "how long to train");
    c = small_config();
    c.unet.attention[0] = 5;
    assert_refused(&c, "heights are 8;");
    c = small_config();
    c.unet.attention[0] = 8;
    assert_int_equal(dpdm_train_plan_make(&c, &plan, NULL), DPDM_OK);
    c = small_config();
    c.learning_rate = 0;
    assert_refused(&c, "learning-rate is 0");
    c = small_config();
    c.label_drop = 1;
    assert_refused(&c, "never see a label");
    c = small_config();
    c.chunk = c.multiplicity + 1;
    assert_refused(&c, "multiplicity");
    c = small_config();
    c.epochs = 0;
    c.steps = 50;
    c.learning_rate_warmup = 50;
    assert_refused(&c, "does not end");
    c = small_config();
    c.prior_norm = 2;
    assert_refused(&c, "prior-covariance-noise");
    c = small_config();
    snprintf(c.noise_levels, sizeof c.noise_levels, "1:0");
    assert_refused(&c, "noise-levels '1:0': range 1");
    c = small_config();
    c.prior_pool = 2;
    assert_refused(&c, "prior-pool is for a covariance");
    c.prior_means_noise = c.prior_covariance_noise = 20;
    c.prior_pool = 5;
    assert_refused(&c, "does not divide");
    c = small_config();
    snprintf(c.data_set, sizeof c.data_set, "scans");
    assert_refused(&c, "no ledger is given");
}

/* What is left out is chosen: 4096 images a step, 300 epochs. */
static void what_is_left_out_is_chosen(void **state)
{
    (void)state;
    dpdm_train_plan plan;
    dpdm_train_config c = small_config();
    c.batch = c.epochs = 0;
    c.records = 40960;
    assert_int_equal(dpdm_train_plan_make(&c, &plan, NULL), DPDM_OK);
    assert_true(plan.batch == 4096 && plan.steps == 3000);
}

/* A later layer that gives one of two settings for one thing takes the other one back; one that gives none, nothing. */
static void layers_go_over_each_other(void **state)
{
    (void)state;
    dpdm_train_config c = small_config();
    dpdm_train_layer before = dpdm_train_layer_begin(&c);
    dpdm_train_layer_end(&c, &before);
    assert_true(c.batch == 100 && c.epochs == 5 && c.steps == 0 && c.sampling_rate == 0);
    before = dpdm_train_layer_begin(&c);
    c.steps = 7;
    c.sampling_rate = 0.5;
    dpdm_train_layer_end(&c, &before);
    assert_true(c.batch == 0 && c.epochs == 0 && c.steps == 7 && c.sampling_rate == 0.5);
    before = dpdm_train_layer_begin(&c);
    c.epochs = 2;
    c.batch = 10;
    dpdm_train_layer_end(&c, &before);
    assert_true(c.batch == 10 && c.epochs == 2 && c.steps == 0 && c.sampling_rate == 0);
    before = dpdm_train_layer_begin(&c);
    c.epochs = 3;
    c.steps = 4;
    dpdm_train_layer_end(&c, &before);
    assert_refused(&c, "how long to train");
    c.records = 0;
    before = dpdm_train_layer_begin(&c);
    c.sampling_rate = 0.25;
    dpdm_train_layer_end(&c, &before);
    assert_true(c.batch == 10 && c.sampling_rate == 0.25); /* two things where the number of images is private */
}

static void numbers_must_lie_in_their_ranges(void **state)
{
    (void)state;
    dpdm_train_config bad[10];
    for (int i = 0; i < 10; i++)
        bad[i] = small_config();
    bad[0].sampling_rate = 1.5;
    bad[1].noise_multiplier = -1;
    bad[2].clip = NAN;
    bad[3].label_drop = 2;
    bad[4].beta2 = 1;
    bad[5].ema = INFINITY;
    bad[6].multiplicity = 0;
    bad[7].grid_bits = 60;
    bad[8].epsilon = NAN;
    bad[9].threads = -1;
    for (int i = 0; i < 10; i++)
        assert_refused(&bad[i], "must lie in");
}

/* Whoever reads a statement sees what one record can add to every sum, not to those of the steps alone. */
static void the_statement_gives_the_clip_of_every_event(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    dpdm_train_plan plan;
    char *json;
    config.prior_means_noise = config.prior_covariance_noise = 20;
    config.prior_norm = 3;
    config.clip = 0.25;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_int_equal(plan.event_count, 3);
    assert_true(plan.event_clips[0] >= sqrt(config.height * config.width * config.channels));
    assert_true(plan.event_clips[1] == 9 && plan.event_clips[2] == 0.25);
    assert_int_equal(dpdm_train_statement(&config, &plan, &json, NULL), DPDM_OK);
    assert_non_null(strstr(json, "\"covariance, clipped to L2 norm 9\""));
    assert_non_null(strstr(json, ", clipped to L2 norm 0.25\""));
    free(json);
}

/* A process beyond its memory limit is killed: threads that nobody asked for are as many as fit, and the plan says so. */
static void threads_fit_into_the_memory_limit(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    dpdm_train_plan one, two, plan;
    char note[DPDM_MEMORY_NOTE];
    config.threads = 1;
    assert_int_equal(dpdm_train_plan_make(&config, &one, NULL), DPDM_OK);
    config.threads = 2;
    assert_int_equal(dpdm_train_plan_make(&config, &two, NULL), DPDM_OK);
    const uint64_t each = two.memory_bytes - one.memory_bytes;
    assert_true(each > 8 * one.parameters);
    config.threads = 0;
    const dpdm_machine free_machine = {.cores = 64}, wide = {.cores = 64, .memory = one.memory_bytes + 100 * each};
    assert_int_equal(dpdm_train_plan_on(&free_machine, &config, &plan, NULL), DPDM_OK);
    assert_true(plan.threads == 64 && plan.memory_bytes == one.memory_bytes + 63 * each);
    assert_int_equal(dpdm_train_plan_memory_note(&plan, note, sizeof note), 0);
    assert_int_equal(dpdm_train_plan_on(&wide, &config, &plan, NULL), DPDM_OK);
    assert_int_equal(plan.threads, 64);
    for (int fit = 1; fit < 64; fit += 7) {
        const dpdm_machine narrow = {
            .cores = 64, .memory = (uint64_t)((double)(one.memory_bytes + (uint64_t)(fit - 1) * each) / 0.9) + 99};
        assert_int_equal(dpdm_train_plan_on(&narrow, &config, &plan, NULL), DPDM_OK);
        assert_int_equal(plan.threads, fit);
        assert_true(plan.threads_wanted == 64 && plan.memory_bytes <= narrow.memory);
        assert_int_equal(dpdm_train_plan_memory_note(&plan, note, sizeof note), 1);
        assert_non_null(strstr(note, "instead of 64"));
        assert_non_null(strstr(note, fit == 1 ? "1 thread instead" : "threads instead"));
        assert_true(dpdm_train_plan_fits(&plan));
    }
    /* Not even one fits, or more were asked for: both are done, and said. */
    const dpdm_machine tiny = {.cores = 64, .memory = 1 << 20};
    assert_int_equal(dpdm_train_plan_on(&tiny, &config, &plan, NULL), DPDM_OK);
    assert_int_equal(plan.threads, 1);
    assert_true(dpdm_train_plan_memory_note(&plan, note, sizeof note) && strstr(note, "may end the run"));
    config.threads = 3;
    assert_int_equal(dpdm_train_plan_on(&tiny, &config, &plan, NULL), DPDM_OK);
    assert_int_equal(plan.threads, 3);
    assert_true(dpdm_train_plan_memory_note(&plan, note, sizeof note) && strstr(note, "fewer threads"));
    const dpdm_machine quota = {.cores = 64, .quota = 1.5};
    config.threads = 0;
    assert_int_equal(dpdm_train_plan_on(&quota, &config, &plan, NULL), DPDM_OK);
    assert_int_equal(plan.threads, 2);
}

static void the_plan_follows_from_the_config(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    dpdm_train_plan plan;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_true(plan.sampling_rate <= 0.1 && plan.sampling_rate > 0.1 - 1e-15);
    assert_int_equal(plan.steps, 50);
    assert_true(plan.batch == 100 && plan.noise_multiplier == 2);
    assert_int_equal(plan.threads, 1);
    assert_true(plan.parameters > 0 && plan.flops_per_draw > 0);
    assert_true(plan.memory_bytes > plan.parameters * 32);
    /* B is a public constant of its own: the rate may be stated without any number of records. */
    config.records = 0;
    config.sampling_rate = 0.02;
    config.epochs = 0;
    config.steps = 7;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_true(plan.sampling_rate <= 0.02 && plan.batch == 100);
    assert_int_equal(plan.steps, 7);
}

static void chunks_share_the_draws_evenly(void **state)
{
    (void)state;
    const int draws[] = {1, 3, 8, 9, 12, 32, 33}, chunk[] = {8, 6, 8, 5, 6, 8, 7};
    for (size_t i = 0; i < sizeof draws / sizeof *draws; i++) {
        dpdm_train_config config = small_config();
        dpdm_train_plan plan;
        config.multiplicity = draws[i];
        assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
        assert_int_equal(plan.chunk, chunk[i]);
    }
}

static void noise_is_calibrated_to_the_target(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    config.noise_multiplier = 0;
    config.epsilon = 3;
    dpdm_train_plan plan;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_true(plan.bound.epsilon_upper <= 3 && plan.bound.epsilon_upper > 2.9);
    /* The same multiplier, given, has the same epsilon; a smaller one is refused. */
    config.noise_multiplier = plan.noise_multiplier;
    double epsilon = plan.bound.epsilon_upper;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_true(plan.bound.epsilon_upper == epsilon);
    config.noise_multiplier *= 0.9;
    assert_refused(&config, "noise multiplier");
    /* What is released before training counts. */
    config.noise_multiplier = 0;
    config.prior_means_noise = 2;
    double alone = plan.noise_multiplier;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_true(plan.bound.epsilon_upper <= 3 && plan.noise_multiplier > alone);
    assert_int_equal(plan.event_count, 2);
}

static void the_digest_sees_what_decides_the_result(void **state)
{
    (void)state;
    dpdm_train_config config = small_config(), other = config;
    dpdm_train_plan plan, changed;
    uint8_t digest[32], again[32];
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_int_equal(dpdm_train_digest(&config, &plan, digest, NULL), DPDM_OK);
    snprintf(other.out, sizeof other.out, "elsewhere");
    other.threads = 2;
    other.checkpoint_every = 3;
    assert_int_equal(dpdm_train_digest(&other, &plan, again, NULL), DPDM_OK);
    assert_memory_equal(digest, again, 32);
    other.ema = 0.5;
    assert_int_equal(dpdm_train_digest(&other, &plan, again, NULL), DPDM_OK);
    assert_memory_not_equal(digest, again, 32);
    changed = plan;
    changed.noise_multiplier = nextafter(plan.noise_multiplier, 10);
    assert_int_equal(dpdm_train_digest(&config, &changed, again, NULL), DPDM_OK);
    assert_memory_not_equal(digest, again, 32);
}

static void the_public_config_holds_nothing_private(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    snprintf(config.data, sizeof config.data, "/home/secret-clinic");
    config.has_seed = 1;
    config.seed = 987654321;
    dpdm_train_plan plan;
    char *json;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_int_equal(dpdm_train_public_json(&config, &plan, &json, NULL), DPDM_OK);
    assert_null(strstr(json, "secret-clinic"));
    assert_null(strstr(json, "987654321"));
    cJSON *object = cJSON_Parse(json);
    assert_non_null(cJSON_GetObjectItem(object, "network"));
    assert_non_null(cJSON_GetObjectItem(object, "denoiser"));
    assert_true(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "training"), "batch")->valuedouble == 100);
    cJSON_Delete(object);
    free(json);
}

static void the_time_of_a_draw_is_measured(void **state)
{
    (void)state;
    dpdm_train_config config = small_config();
    dpdm_train_plan plan;
    double seconds = 0;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_int_equal(dpdm_train_time_draw(&config, &plan, &seconds, NULL), DPDM_OK);
    assert_true(seconds > 0 && isfinite(seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_lies_in_the_struct_and_is_explained),
        cmocka_unit_test(yaml_sets_what_it_names),
        cmocka_unit_test(a_config_must_be_whole),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(what_is_left_out_is_chosen),
        cmocka_unit_test(layers_go_over_each_other),
        cmocka_unit_test(numbers_must_lie_in_their_ranges),
        cmocka_unit_test(the_plan_follows_from_the_config),
        cmocka_unit_test(threads_fit_into_the_memory_limit),
        cmocka_unit_test(the_statement_gives_the_clip_of_every_event),
        cmocka_unit_test(chunks_share_the_draws_evenly),
        cmocka_unit_test(noise_is_calibrated_to_the_target),
        cmocka_unit_test(the_digest_sees_what_decides_the_result),
        cmocka_unit_test(the_public_config_holds_nothing_private),
        cmocka_unit_test(the_time_of_a_draw_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
