/* replay_mechanism.c - what trainings do with private data, watched from outside (watched.h): images are read inside
 * mechanisms only, a record's vector sees that record alone, every mechanism that runs is one that the statement names and
 * the accountant counted, and the release is made of what mechanisms released,
 * each coordinate with its noise. */
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
#include "data/readers.h"
#include "dpdm/dp_classifier.h"
#include "train/adam.h"
#include "train/tiny_fixture.h"
#include "train/watched.h"

static int clear(void **state)
{
    (void)state;
    watched_clear();
    tiny_place_clear(&tiny_here);
    return 0;
}

static dpdm_train_config classifier_config(void)
{
    dpdm_train_config config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    dpdm_train_config tiny = tiny_config(&tiny_here);
    snprintf(config.data, sizeof config.data, "%s", tiny.data);
    config.height = config.width = tiny.height;
    config.channels = tiny.channels;
    config.classes = tiny.classes;
    config.records = tiny.records;
    config.classifier = DPDM_CLASSIFIER_CNN;
    config.noise_multiplier = 2;
    config.delta = 1e-3;
    config.batch = 12;
    config.steps = 4;
    config.learning_rate = 2e-3;
    config.ema = 0.9;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 2;
    config.has_seed = 1;
    return config;
}

/* The classifier, whose statement the caller may read; the caller's. */
static dpdm_dp_classifier *classify(const dpdm_train_config *config)
{
    dpdm_dp_classifier *classifier;
    dpdm_error err = {0};
    if (dpdm_dp_classifier_train(config, NULL, NULL, &classifier, &err))
        fail_msg("%s", err.message);
    return classifier;
}

/* ---- what is read ---- */

static void a_training_reads_images_inside_mechanisms_only(void **state)
{
    (void)state;
    dpdm_train_config config = tiny_prior_config();
    config.preview_every = config.checkpoint_every = 1;
    tiny_run(&config); /* another read is a SIGSEGV */
    assert_int_equal(watched.data_sets, 1);
    assert_int_equal(watched.count, 4);
    assert_int_equal(watched.noise_else, 0);
}

static void a_classifier_reads_images_inside_mechanisms_only(void **state)
{
    (void)state;
    dpdm_train_config config = classifier_config();
    dpdm_dp_classifier_destroy(classify(&config));
    assert_int_equal(watched.data_sets, 1);
    assert_int_equal(watched.count, 1);
    assert_int_equal(watched.noise_else, 0);
}

/* ---- what a vector depends on ---- */

static void vectors_of_a_training_see_one_record(void **state)
{
    (void)state;
    for (size_t i = 0; dpdm_kernels_name(i); i++) {
        dpdm_train_config config = tiny_prior_config();
        snprintf(config.kernels, sizeof config.kernels, "%s", dpdm_kernels_name(i));
        config.threads = 1;
        config.no_preview = 1;
        config.overwrite = 1;
        watched.disturb = 1;
        tiny_run(&config);
        assert_true(watched.vectors > 2 * config.records); /* both sums take all, and there are batches too */
        assert_int_equal(watched.differing, 0);
        watched_clear();
    }
}

static void vectors_of_a_classifier_see_one_record(void **state)
{
    (void)state;
    for (int kind = DPDM_CLASSIFIER_LOGREG; kind <= DPDM_CLASSIFIER_RESNET; kind++) {
        dpdm_train_config config = classifier_config();
        config.classifier = (dpdm_classifier_kind)kind;
        config.threads = 1;
        watched.disturb = 1;
        dpdm_dp_classifier_destroy(classify(&config));
        assert_true(watched.vectors > 10);
        assert_int_equal(watched.differing, 0);
        watched_clear();
    }
}

/* ---- what is counted ---- */

static double number(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

/* The events of a statement are the mechanisms that ran, each as it ran, and its epsilon is that of all of them. */
static void assert_counted(const char *statement, double delta)
{
    cJSON *json = cJSON_Parse(statement);
    const cJSON *events = cJSON_GetObjectItem(json, "events");
    dpdm_event ran[WATCHED_MOST];
    dpdm_bound bound;
    assert_int_equal(cJSON_GetArraySize(events), watched.count);
    for (size_t i = 0; i < watched.count; i++) {
        const watched_mechanism *seen = &watched.mechanisms[i];
        const cJSON *event = cJSON_GetArrayItem(events, (int)i);
        ran[i] = (dpdm_event){dpdm_rate_value(&seen->mechanism.rate), seen->mechanism.noise_multiplier, seen->runs};
        assert_true(number(event, "sampling_rate") == ran[i].sampling_rate);
        assert_true(number(event, "noise_multiplier") == ran[i].noise_multiplier);
        assert_true(number(event, "steps") == (double)ran[i].steps);
    }
    assert_int_equal(dpdm_account(ran, watched.count, delta, DPDM_ACCOUNTANT_RDP, &bound, NULL), DPDM_OK);
    assert_true(number(json, "epsilon_upper") == bound.epsilon_upper);
    cJSON_Delete(json);
}

static void every_mechanism_that_ran_is_counted(void **state)
{
    (void)state;
    for (int prior = 0; prior < 4; prior++) {
        dpdm_train_config config = tiny_prior_config();
        config.prior_class_noise *= prior > 2;
        config.prior_covariance_noise *= prior > 1;
        config.prior_means_noise *= prior > 0;
        config.overwrite = 1;
        tiny_run(&config);
        dpdm_model model;
        char path[400];
        snprintf(path, sizeof path, "%s/release/model.safetensors", tiny_here.run);
        assert_int_equal(dpdm_model_read(path, &model, NULL), DPDM_OK);
        assert_int_equal(watched.count, 1 + prior);
        assert_int_equal(watched.mechanisms[prior].runs, config.steps);
        assert_counted(model.statement_json, config.delta);
        dpdm_model_destroy(&model);
        watched_clear();
    }
    dpdm_train_config config = classifier_config();
    dpdm_dp_classifier *classifier = classify(&config);
    assert_int_equal(watched.mechanisms[0].runs, config.steps);
    assert_counted(dpdm_dp_classifier_statement(classifier), config.delta);
    dpdm_dp_classifier_destroy(classifier);
}

/* ---- what the release is made of ---- */

/* Adam and the average once more, from the released vectors alone. `params` are the first weights. */
static float *average_again(const dpdm_train_config *config, float *params, size_t n)
{
    const watched_mechanism *seen = &watched.mechanisms[watched.count - 1];
    dpdm_adam adam = {config->learning_rate, config->beta1, config->beta2, config->adam_epsilon};
    float *moments = calloc(2 * n, sizeof *moments), *average = malloc(n * sizeof *average);
    assert_non_null(moments);
    assert_non_null(average);
    memcpy(average, params, n * sizeof *average);
    for (uint64_t t = 1; t <= seen->runs; t++) {
        dpdm_adam_update(&adam, t, seen->released + (t - 1) * n, n, params, moments, moments + n);
        dpdm_ema_update(config->ema, t, params, n, average);
    }
    free(moments);
    return average;
}

static void the_release_is_made_of_noised_vectors_alone(void **state)
{
    (void)state;
    dpdm_train_config config = tiny_prior_config();
    config.learning_rate_warmup = 0;
    config.learning_rate_final = 1;
    tiny_run(&config);
    dpdm_model model;
    char path[400];
    snprintf(path, sizeof path, "%s/release/model.safetensors", tiny_here.run);
    assert_int_equal(dpdm_model_read(path, &model, NULL), DPDM_OK);
    size_t n = dpdm_network_parameters(model.network);
    assert_int_equal(watched.mechanisms[watched.count - 1].source.parameters, n);
    assert_int_equal(watched.mechanisms[watched.count - 1].runs, config.steps);
    dpdm_key key;
    dpdm_key_from_seed(&key, config.seed);
    float *params = malloc(n * sizeof *params);
    assert_non_null(params);
    dpdm_network_init(model.network, &key, params);
    float *average = average_again(&config, params, n);
    assert_memory_equal(average, model.params, n * sizeof *average);
    free(average);
    free(params);
    dpdm_model_destroy(&model);
}

static void a_classifier_is_made_of_noised_vectors_alone(void **state)
{
    (void)state;
    dpdm_train_config config = classifier_config();
    dpdm_dp_classifier *classifier = classify(&config);
    dpdm_train_config as = {
        .learning_rate = config.learning_rate, .beta1 = 0.9, .beta2 = 0.999, .adam_epsilon = 1e-8, .ema = config.ema};
    size_t n;
    const float *weights = dpdm_dp_classifier_weights(classifier, &n);
    dpdm_network *network;
    assert_int_equal(dpdm_network_classifier(config.classifier, config.height, config.width, config.channels,
                                             config.classes, &network, NULL),
                     DPDM_OK);
    dpdm_key start;
    dpdm_key_from_seed(&start, 0);
    float *params = malloc(n * sizeof *params);
    assert_non_null(params);
    dpdm_network_init(network, &start, params);
    float *average = average_again(&as, params, n);
    assert_memory_equal(average, weights, n * sizeof *average);
    free(average);
    free(params);
    dpdm_network_destroy(network);
    dpdm_dp_classifier_destroy(classifier);
}

/* ---- what is added ---- */

/* The counts of watched.h that must be 0, after a training of `mechanisms`. */
static void assert_noised(size_t mechanisms)
{
    assert_int_equal(watched.count, mechanisms);
    for (size_t i = 0; i < mechanisms; i++)
        assert_true(watched.mechanisms[i].runs > 0);
    assert_int_equal(watched.bare, 0);
    assert_int_equal(watched.off, 0);
    assert_int_equal(watched.rescaled, 0);
}

/* Also those that no image touches: of three classes the third has none. */
static void every_coordinate_gets_its_noise(void **state)
{
    (void)state;
    dpdm_train_config config = tiny_prior_config();
    config.classes = 3;
    tiny_run(&config);
    assert_noised(4);
    watched_clear();
    dpdm_train_config direct = classifier_config();
    dpdm_dp_classifier_destroy(classify(&direct));
    assert_noised(1);
}

/* ---- what comes from the data beside the mechanisms ---- */

/* Other images in the place of the training's, fewer, and all in one class. */
static void replace_data(const tiny_place *own)
{
    dpdm_dataset data;
    dpdm_train_config config = tiny_config(own);
    const uint64_t count = config.records - 7;
    assert_int_equal(dpdm_dataset_create(count, config.height, config.width, 1, config.classes, &data, NULL), DPDM_OK);
    memset(data.pixels, 200, count * dpdm_dataset_image_bytes(&data));
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, own->data, 1, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
}

/* With the released vectors of the first training, one on other data ends in the same files: neither the number of
 * images, which is private here, nor anything else of them reaches a release on another way. */
static void a_release_depends_on_released_vectors_alone(void **state)
{
    (void)state;
    tiny_place own;
    size_t sizes[2];
    uint8_t *models[2];
    tiny_place_create(&own);
    dpdm_train_config config = tiny_prior_config();
    memcpy(config.data, own.data, sizeof own.data);
    config.records = 0;
    config.sampling_rate = 0.25;
    config.overwrite = 1;
    models[0] = tiny_train(&config, &sizes[0]);
    watched_training before = watched_take();
    replace_data(&own);
    watched.replayed = &before;
    models[1] = tiny_train(&config, &sizes[1]);
    assert_int_equal(watched.count, before.count);
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(models[0], models[1], sizes[0]);
    for (size_t i = 0; i < 2; i++)
        free(models[i]);
    watched_free(&before);
    tiny_place_destroy(&own);
}

static void a_classifier_depends_on_released_vectors_alone(void **state)
{
    (void)state;
    tiny_place own;
    tiny_place_create(&own);
    dpdm_train_config config = classifier_config();
    memcpy(config.data, own.data, sizeof own.data);
    config.records = 0;
    config.sampling_rate = 0.25;
    dpdm_dp_classifier *first = classify(&config);
    watched_training before = watched_take();
    replace_data(&own);
    watched.replayed = &before;
    dpdm_dp_classifier *second = classify(&config);
    size_t n, again;
    const float *weights = dpdm_dp_classifier_weights(first, &n), *others = dpdm_dp_classifier_weights(second, &again);
    assert_int_equal(n, again);
    assert_memory_equal(weights, others, n * sizeof *weights);
    assert_string_equal(dpdm_dp_classifier_statement(first), dpdm_dp_classifier_statement(second));
    dpdm_dp_classifier_destroy(first);
    dpdm_dp_classifier_destroy(second);
    watched_free(&before);
    tiny_place_destroy(&own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_training_reads_images_inside_mechanisms_only, clear),
        cmocka_unit_test_teardown(a_classifier_reads_images_inside_mechanisms_only, clear),
        cmocka_unit_test_teardown(vectors_of_a_training_see_one_record, clear),
        cmocka_unit_test_teardown(vectors_of_a_classifier_see_one_record, clear),
        cmocka_unit_test_teardown(every_mechanism_that_ran_is_counted, clear),
        cmocka_unit_test_teardown(the_release_is_made_of_noised_vectors_alone, clear),
        cmocka_unit_test_teardown(a_classifier_is_made_of_noised_vectors_alone, clear),
        cmocka_unit_test_teardown(every_coordinate_gets_its_noise, clear),
        cmocka_unit_test_teardown(a_release_depends_on_released_vectors_alone, clear),
        cmocka_unit_test_teardown(a_classifier_depends_on_released_vectors_alone, clear),
    };
    return cmocka_run_group_tests(tests, tiny_setup, tiny_teardown);
}
