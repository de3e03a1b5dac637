/* replay_noise.c - whole runs of everything that draws noise, watched from outside (watched_noise.h): no address of a
 * stream is used twice, within a run, between runs, or by a run that was killed and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/file.h"
#include "dpdm/audit.h"
#include "dpdm/dp_classifier.h"
#include "dpdm/gaussian.h"
#include "dpdm/private_accuracy.h"
#include "privacy/exact_gaussian.h"
#include "train/tiny_fixture.h"
#include "train/watched_noise.h"

static int clear(void **state)
{
    (void)state;
    watched_noise_clear();
    tiny_place_clear(&tiny_here);
    return 0;
}

/* With a prior, and a key of the system. */
static dpdm_train_config prior_config(void)
{
    dpdm_train_config config = tiny_prior_config();
    config.has_seed = 0;
    return config;
}

static void classify(void)
{
    dpdm_train_config config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    dpdm_train_config tiny = tiny_config(&tiny_here);
    dpdm_dp_classifier *classifier;
    dpdm_error err = {0};
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
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.threads = 2;
    if (dpdm_dp_classifier_train(&config, NULL, NULL, &classifier, &err))
        fail_msg("%s", err.message);
    dpdm_dp_classifier_destroy(classifier);
}

static void release_accuracies(void)
{
    enum { RECORDS = 20, CLASSES = 2 };
    static const float probabilities[RECORDS * CLASSES] = {1};
    dpdm_private_accuracy *accuracy;
    dpdm_released_accuracy released[1];
    dpdm_dataset test;
    dpdm_event event;
    dpdm_bound bound;
    assert_int_equal(dpdm_dataset_create(RECORDS, 1, 1, 1, CLASSES, &test, NULL), DPDM_OK);
    assert_int_equal(dpdm_private_accuracy_create(RECORDS, 1, &accuracy, NULL), DPDM_OK);
    assert_int_equal(dpdm_private_accuracy_count(accuracy, 0, &test, probabilities, NULL), DPDM_OK);
    assert_int_equal(dpdm_private_accuracy_release(accuracy, 1, 1e-5, NULL, released, &event, &bound, NULL), DPDM_OK);
    dpdm_private_accuracy_destroy(accuracy);
    dpdm_dataset_destroy(&test);
}

static void audit_mechanism(void)
{
    dpdm_audit_mechanism_options options = dpdm_audit_mechanism_default();
    dpdm_audit_mechanism_result result;
    dpdm_error err = {0};
    options.sampling_rate = 0.5;
    options.noise_multiplier = 2;
    options.steps = 3;
    options.runs = 2500; /* more than share a key */
    options.threads = 2;
    if (dpdm_audit_mechanism_run(&options, NULL, NULL, &result, &err))
        fail_msg("%s", err.message);
}

static void audit_training(void)
{
    dpdm_train_config config = prior_config();
    dpdm_audit_training_options options = dpdm_audit_training_default();
    dpdm_audit_training_result result;
    dpdm_error err = {0};
    options.canaries = 20;
    if (dpdm_audit_training_run(&config, &options, NULL, NULL, &result, &err))
        fail_msg("%s", err.message);
}

/* ---- one life ---- */

static void a_training_uses_each_address_once(void **state)
{
    (void)state;
    dpdm_train_config config = prior_config();
    tiny_run(&config);
    watched_noise_assert_sound();
    assert_true(watched_noise.draws >= 3 + config.steps);
    assert_int_equal(watched_noise.redrawn, 0);
}

static void everything_else_uses_each_address_once(void **state)
{
    (void)state;
    void (*const all[])(void) = {classify, release_accuracies, audit_mechanism, audit_training};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        uint64_t before = watched_noise.draws;
        all[i]();
        assert_true(watched_noise.draws > before);
        watched_noise_assert_sound();
        all[i](); /* and again, with a key of its own */
        watched_noise_assert_sound();
    }
    assert_int_equal(watched_noise.redrawn, 0);
}

/* ---- several lives ---- */

typedef struct {
    uint64_t keep, stop; /* the steps after which a copy of the state is made, and the run stopped; 0: never */
    uint8_t *state;
    size_t size;
} interruption;

static void path_of(const char *name, char path[400])
{
    snprintf(path, 400, "%s/%s", tiny_here.run, name);
}

static int interrupt(void *context, const dpdm_train_progress *progress)
{
    interruption *how = context;
    char path[400];
    path_of("state", path);
    if (how->keep && progress->step == how->keep && !how->state)
        assert_int_equal(dpdm_file_read(path, 1 << 26, &how->state, &how->size, NULL), DPDM_OK);
    return how->stop && progress->step >= how->stop;
}

static void resume(dpdm_train_config *config)
{
    watched_noise_new_life();
    config->resume = 1;
    tiny_run(config);
    watched_noise_assert_sound();
}

static void a_stopped_training_uses_no_address_of_its_steps_again(void **state)
{
    (void)state;
    dpdm_train_config config = prior_config();
    interruption how = {.stop = 3};
    assert_int_equal(dpdm_train_run(&config, interrupt, &how, NULL), DPDM_ECANCELLED);
    uint64_t before = watched_noise.draws;
    resume(&config);
    assert_int_equal(watched_noise.redrawn, 0); /* the prior neither: it is in the state */
    assert_true(watched_noise.draws - before >= watched_noise.redrawn + config.steps - 3);
}

/* As after kill -9: the state on the disk is older than the last step. */
static void a_killed_training_draws_again_for_the_same_sums_only(void **state)
{
    (void)state;
    dpdm_train_config config = prior_config();
    config.checkpoint_every = 1;
    interruption how = {.keep = 2, .stop = 4};
    assert_int_equal(dpdm_train_run(&config, interrupt, &how, NULL), DPDM_ECANCELLED);
    assert_non_null(how.state);
    char path[400];
    path_of("state", path);
    assert_int_equal(dpdm_file_write(path, how.state, how.size, 1, 0600, NULL), DPDM_OK);
    free(how.state);
    uint64_t before = watched_noise.draws;
    resume(&config);
    uint64_t blocks = (watched_noise.draws - before - watched_noise.redrawn); /* of the one step that is new */
    assert_true(blocks > 0 && watched_noise.redrawn >= 2 * blocks);
}

/* The watch itself: what it is there for shows. */
static void what_is_watched_for_is_seen(void **state)
{
    (void)state;
    dpdm_key key;
    int64_t sum[4] = {0}, other[4] = {1};
    const dpdm_grid grid = {sizeof(dpdm_grid), 1, DPDM_GRID_BITS};
    dpdm_key_from_seed(&key, 1);
    for (int life = 0; life < 3; life++) {
        assert_int_equal(dpdm_gaussian_add(&grid, 1, &key, DPDM_PURPOSE_NOISE, 0, 0, 4, life < 2 ? sum : other, NULL),
                         DPDM_OK);
        memset(sum, 0, sizeof sum);
        watched_noise_new_life();
    }
    assert_int_equal(watched_noise.redrawn, 1);
    assert_int_equal(watched_noise.reused, 1);
    for (int twice = 0; twice < 2; twice++)
        assert_int_equal(dpdm_gaussian_add(&grid, 1, &key, DPDM_PURPOSE_NOISE, 1, 0, 4, sum, NULL), DPDM_OK);
    assert_int_equal(watched_noise.reopened, 1);
    assert_int_equal(watched_noise.reused, 2);
    dpdm_stream stream;
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_DRAWS, 0, 0);
    assert_int_equal(watched_noise.stray, 0);
    dpdm_exact_gaussian *gaussian = malloc(sizeof *gaussian);
    assert_non_null(gaussian);
    assert_int_equal(dpdm_exact_gaussian_init(gaussian, 1, DPDM_GRID_BITS, NULL), DPDM_OK);
    assert_int_equal(dpdm_exact_gaussian_add(gaussian, &stream, 4, sum, NULL), DPDM_OK);
    assert_int_equal(watched_noise.stray, 1);
    free(gaussian);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_training_uses_each_address_once, clear),
        cmocka_unit_test_teardown(everything_else_uses_each_address_once, clear),
        cmocka_unit_test_teardown(a_stopped_training_uses_no_address_of_its_steps_again, clear),
        cmocka_unit_test_teardown(a_killed_training_draws_again_for_the_same_sums_only, clear),
        cmocka_unit_test_teardown(what_is_watched_for_is_seen, clear),
    };
    return cmocka_run_group_tests(tests, tiny_setup, tiny_teardown);
}
