/* replay_train.c - whole trainings, run again: with other threads, stopped and resumed, with another config or other
 * data. What must be equal is compared byte by byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <cjson/cJSON.h>
#include "base/file.h"
#include "train/run_state.h"
#include "train/tiny_run.h"

typedef struct {
    tiny_place place;
    uint8_t *release; /* of tiny_config, never interrupted */
    size_t size;
} fixture;

static int setup_for(void **state, dpdm_task_kind task)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    tiny_place_create_for(&f->place, task);
    dpdm_train_config config = tiny_config(&f->place);
    f->release = tiny_train(&config, &f->size);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return setup_for(state, DPDM_TASK_DIFFUSION);
}

static int setup_classifier(void **state)
{
    return setup_for(state, DPDM_TASK_CLASSIFIER);
}

static int teardown(void **state)
{
    fixture *f = *state;
    tiny_place_destroy(&f->place);
    free(f->release);
    free(f);
    return 0;
}

static int clear(void **state)
{
    tiny_place_clear(&((fixture *)*state)->place);
    return 0;
}

static void assert_release(const fixture *f, const dpdm_train_config *config, int equal)
{
    size_t size;
    uint8_t *release = tiny_train(config, &size);
    assert_int_equal(size == f->size && memcmp(release, f->release, size) == 0, equal);
    free(release);
}

static int stop_after(void *context, const dpdm_train_progress *progress)
{
    return progress->step >= *(uint64_t *)context;
}

/* Runs until `step` steps are done and stops there. */
static void run_until(const dpdm_train_config *config, uint64_t step)
{
    dpdm_error err = {0};
    assert_int_equal(dpdm_train_run(config, stop_after, &step, &err), DPDM_ECANCELLED);
    assert_non_null(strstr(err.message, "--resume"));
}

static void assert_refused(const dpdm_train_config *config, dpdm_status expected, const char *words)
{
    dpdm_error err = {0};
    assert_int_equal(dpdm_train_run(config, NULL, NULL, &err), expected);
    if (!strstr(err.message, words))
        fail_msg("'%s' is not in: %s", words, err.message);
}

static void threads_do_not_show(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    for (int threads = 1; threads <= 3; threads++) {
        config.threads = threads;
        config.overwrite = 1;
        assert_release(f, &config, 1);
    }
}

static void previews_and_checkpoints_do_not_show(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    config.no_preview = 1;
    config.checkpoint_every = 1;
    assert_release(f, &config, 1);
    assert_false(tiny_exists(&f->place, "preview"));
}

static void what_decides_the_result_shows(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    config.seed++;
    assert_release(f, &config, 0);
    config = tiny_config(&f->place);
    config.overwrite = 1;
    snprintf(config.data, sizeof config.data, "%s", f->place.other);
    assert_release(f, &config, 0);
}

static void a_stopped_run_goes_on_as_if_never_stopped(void **state)
{
    fixture *f = *state;
    for (uint64_t step = 0; step < 5; step++) {
        dpdm_train_config config = tiny_config(&f->place);
        config.overwrite = 1;
        run_until(&config, step);
        assert_true(tiny_exists(&f->place, "state"));
        assert_false(tiny_exists(&f->place, "release/model.safetensors"));
        config.overwrite = 0;
        config.resume = 1;
        config.threads = 1;
        assert_release(f, &config, 1);
        assert_false(tiny_exists(&f->place, "state"));
    }
}

static void a_finished_run_is_left_alone(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    assert_release(f, &config, 1);
    assert_refused(&config, DPDM_EEXIST, "--overwrite");
    config.resume = 1;
    assert_release(f, &config, 1);
    config.learning_rate *= 2;
    assert_refused(&config, DPDM_ESTATE, "another config");
    config.resume = 0;
    config.overwrite = 1;
    assert_release(f, &config, 0);
}

static void another_config_cannot_resume(void **state)
{
    fixture *f = *state;
    dpdm_train_config start = tiny_config(&f->place);
    run_until(&start, 2);
    assert_refused(&start, DPDM_EEXIST, "--resume");
    start.resume = 1;
    dpdm_train_config changed[8];
    for (int i = 0; i < 8; i++)
        changed[i] = start;
    changed[0].learning_rate *= 2;
    changed[1].steps++;
    changed[2].noise_multiplier *= 2;
    changed[3].seed++;
    changed[4].has_seed = 0;
    changed[5].chunk = 1;
    changed[6].denoiser.p_mean = -1; /* of the one task, */
    changed[6].shift = 2;            /* of the other */
    changed[7].label_drop = 0.2;
    changed[7].mirror = 1;
    for (int i = 0; i < 8; i++)
        assert_refused(&changed[i], DPDM_ESTATE, "config differs");
    dpdm_train_config larger = start;
    larger.unet.width_base = 16;
    larger.classifier = DPDM_CLASSIFIER_RESNET;
    assert_refused(&larger, DPDM_ESTATE, "parameters");
    assert_release(f, &start, 1); /* the refusals left the run whole */
}

static void other_data_cannot_resume(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    run_until(&config, 2);
    config.resume = 1;
    snprintf(config.data, sizeof config.data, "%s", f->place.other);
    assert_refused(&config, DPDM_ESTATE, "data differ");
    snprintf(config.data, sizeof config.data, "%s", f->place.data);
    assert_release(f, &config, 1);
}

static void another_kernel_set_cannot_resume(void **state)
{
    fixture *f = *state;
    if (strcmp(dpdm_kernels_name(0), "plain") == 0)
        skip();
    dpdm_train_config config = tiny_config(&f->place);
    run_until(&config, 2);
    config.resume = 1;
    snprintf(config.kernels, sizeof config.kernels, "plain");
    assert_refused(&config, DPDM_ESTATE, "kernel set");
}

static void a_damaged_state_is_refused(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    run_until(&config, 2);
    config.resume = 1;
    char path[400];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/state", f->place.run);
    assert_int_equal(dpdm_file_read(path, 1 << 24, &bytes, &size, NULL), DPDM_OK);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    const size_t spots[] = {0, 20, 300, size / 2, size - 1};
    for (size_t i = 0; i < sizeof spots / sizeof *spots; i++) {
        bytes[spots[i]] ^= 4;
        assert_int_equal(dpdm_file_write(path, bytes, size, 1, 0600, NULL), DPDM_OK);
        dpdm_error err = {0};
        dpdm_status status = dpdm_train_run(&config, NULL, NULL, &err);
        assert_true(status == DPDM_EFORMAT || status == DPDM_ESTATE);
        bytes[spots[i]] ^= 4;
    }
    const size_t lengths[] = {0, 7, 100, size - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        assert_int_equal(dpdm_file_write(path, bytes, lengths[i], 1, 0600, NULL), DPDM_OK);
        assert_refused(&config, DPDM_EFORMAT, "state");
    }
    free(bytes);
}

/* Trains and returns the released weights (the caller's). */
static float *train_weights(const dpdm_train_config *config, size_t *count)
{
    size_t size;
    uint8_t *bytes = tiny_train(config, &size);
    dpdm_model model;
    assert_int_equal(dpdm_model_parse(bytes, size, "release", &model, NULL), DPDM_OK);
    *count = dpdm_network_parameters(model.network);
    float *weights = malloc(*count * sizeof *weights);
    assert_non_null(weights);
    memcpy(weights, model.params, *count * sizeof *weights);
    dpdm_model_destroy(&model);
    free(bytes);
    return weights;
}

/* Another chunk or kernel set rounds differently, and does nothing else: same batches, same draws, same noise. A step moves
 * a weight by about 3e-4; other noise would show at that size. */
static void assert_same_but_for_rounding(const dpdm_train_config *a, const dpdm_train_config *b)
{
    size_t n, m;
    float *left = train_weights(a, &n), *right = train_weights(b, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        assert_true(fabsf(left[i] - right[i]) < 1e-5F);
    free(left);
    free(right);
}

static void chunk_and_kernel_set_change_roundings_only(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place), other = config;
    config.overwrite = other.overwrite = 1;
    other.chunk = 2; /* three draws as 2 + 1 */
    assert_same_but_for_rounding(&config, &other);
    other.chunk = 1;
    snprintf(other.kernels, sizeof other.kernels, "plain");
    assert_same_but_for_rounding(&config, &other);
    other = config;
    other.seed++;
    size_t n;
    float *left = train_weights(&config, &n), *right = train_weights(&other, &n), most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(left[i] - right[i]));
    assert_true(most > 1e-4F); /* else the comparison above would see nothing */
    free(left);
    free(right);
}

static int run_inside(void *context, const dpdm_train_progress *progress)
{
    (void)progress;
    const dpdm_train_config *config = context;
    assert_refused(config, DPDM_ESTATE, "another process");
    return 1;
}

static void two_processes_cannot_share_a_run(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    assert_int_equal(dpdm_train_run(&config, run_inside, &config, NULL), DPDM_ECANCELLED);
}

static void stated_facts_are_checked(void **state)
{
    fixture *f = *state;
    dpdm_train_config config = tiny_config(&f->place);
    config.records++;
    assert_refused(&config, DPDM_EFORMAT, "records");
    config = tiny_config(&f->place);
    config.classes = 1;
    assert_refused(&config, DPDM_EFORMAT, "class");
    config = tiny_config(&f->place);
    config.height = 16;
    config.unet.attention[0] = 8; /* a level has it */
    assert_refused(&config, DPDM_EFORMAT, "16");
    assert_false(tiny_exists(&f->place, "config.json")); /* nothing is left of a run that never began */
    config = tiny_config(&f->place);
    config.resume = 1;
    assert_refused(&config, DPDM_ENOENT, "resume");
}

static cJSON *statement_read(const fixture *f)
{
    char path[400];
    uint8_t *bytes;
    size_t size;
    snprintf(path, sizeof path, "%s/release/statement.json", f->place.run);
    assert_int_equal(dpdm_file_read(path, 1 << 20, &bytes, &size, NULL), DPDM_OK);
    cJSON *json = cJSON_Parse((const char *)bytes);
    free(bytes);
    assert_non_null(json);
    return json;
}

static void the_statement_tells_a_seed_from_a_key(void **state)
{
    fixture *f = *state;
    size_t size;
    dpdm_train_config config = tiny_config(&f->place);
    free(tiny_train(&config, &size));
    cJSON *json = statement_read(f);
    assert_non_null(strstr(cJSON_GetObjectItem(json, "claim")->valuestring, "no privacy claim"));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(json, "private")));
    cJSON_Delete(json);
    config.has_seed = 0;
    config.overwrite = 1;
    uint8_t *first = tiny_train(&config, &size);
    json = statement_read(f);
    assert_non_null(strstr(cJSON_GetObjectItem(json, "claim")->valuestring, "differential privacy"));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "private")));
    cJSON_Delete(json);
    size_t again;
    uint8_t *second = tiny_train(&config, &again); /* another key: other bytes */
    assert_int_not_equal(memcmp(first, second, size < again ? size : again), 0);
    free(first);
    free(second);
}

static int note_seen(void *context, const dpdm_train_progress *progress)
{
    *(int *)context += strstr(progress->note, "no preview of step") != NULL;
    return 0;
}

/* A file in the place of the folder: no preview can be written. */
static void a_preview_that_fails_is_noted_and_ends_nothing(void **state)
{
    fixture *f = *state;
    dpdm_error err = {0};
    dpdm_train_config config = tiny_config(&f->place);
    char path[400];
    int notes = 0;
    size_t size;
    assert_int_equal(dpdm_folder_create(f->place.run, NULL), DPDM_OK);
    snprintf(path, sizeof path, "%s/preview", f->place.run);
    assert_int_equal(dpdm_file_write(path, "x", 1, 0, DPDM_FILE_SHARED, NULL), DPDM_OK);
    if (dpdm_train_run(&config, note_seen, &notes, &err))
        fail_msg("%s", err.message);
    assert_true(notes == 2 || notes == 3); /* steps 2, 4 and 5; after the last nobody is asked */
    uint8_t *release = tiny_release(&f->place, &size);
    assert_non_null(release);
    assert_memory_equal(release, f->release, f->size);
    free(release);
    assert_int_equal(remove(path), 0);
}

/* What is released before the steps is in the state: a resumed run takes it from there. */
static void a_prior_is_released_once(void **state)
{
    fixture *f = *state;
    size_t size, again;
    dpdm_train_config config = tiny_config(&f->place);
    config.prior_means_noise = 20;
    config.prior_covariance_noise = 20;
    config.prior_class_noise = 10;
    config.prior_rank = 3;
    uint8_t *whole = tiny_train(&config, &size);
    config.overwrite = 1;
    run_until(&config, 2);
    config.overwrite = 0;
    config.resume = 1;
    uint8_t *resumed = tiny_train(&config, &again);
    assert_int_equal(size, again);
    assert_memory_equal(whole, resumed, size);
    free(whole);
    free(resumed);
}

/* A state says which code wrote it; here, that it was other code. */
static void another_build_cannot_resume(void **state)
{
    fixture *f = *state;
    dpdm_run_state *saved;
    char path[400];
    dpdm_train_config config = tiny_config(&f->place);
    run_until(&config, 2);
    snprintf(path, sizeof path, "%s/state", f->place.run);
    size_t parameters = tiny_parameters(&config);
    config.resume = 1;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dpdm_run_state_load(path, parameters, 0, &saved, NULL), DPDM_OK);
        saved->build[5] ^= i == 0;
        saved->scheme += i == 1;
        saved->version[0] ^= i == 2; /* which is for people */
        assert_int_equal(dpdm_run_state_save(path, saved, NULL), DPDM_OK);
        if (i == 2)
            break;
        assert_refused(&config, DPDM_ESTATE, "another build of dpdm");
        saved->build[5] ^= i == 0;
        saved->scheme -= i == 1;
        assert_int_equal(dpdm_run_state_save(path, saved, NULL), DPDM_OK);
        dpdm_run_state_destroy(saved);
    }
    dpdm_run_state_destroy(saved);
    assert_release(f, &config, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(threads_do_not_show, clear),
        cmocka_unit_test_teardown(previews_and_checkpoints_do_not_show, clear),
        cmocka_unit_test_teardown(chunk_and_kernel_set_change_roundings_only, clear),
        cmocka_unit_test_teardown(what_decides_the_result_shows, clear),
        cmocka_unit_test_teardown(a_stopped_run_goes_on_as_if_never_stopped, clear),
        cmocka_unit_test_teardown(a_finished_run_is_left_alone, clear),
        cmocka_unit_test_teardown(another_config_cannot_resume, clear),
        cmocka_unit_test_teardown(other_data_cannot_resume, clear),
        cmocka_unit_test_teardown(another_kernel_set_cannot_resume, clear),
        cmocka_unit_test_teardown(a_damaged_state_is_refused, clear),
        cmocka_unit_test_teardown(two_processes_cannot_share_a_run, clear),
        cmocka_unit_test_teardown(stated_facts_are_checked, clear),
        cmocka_unit_test_teardown(the_statement_tells_a_seed_from_a_key, clear),
        cmocka_unit_test_teardown(a_preview_that_fails_is_noted_and_ends_nothing, clear),
        cmocka_unit_test_teardown(a_prior_is_released_once, clear),
        cmocka_unit_test_teardown(another_build_cannot_resume, clear),
    };
    const struct CMUnitTest classifier[] = {
        cmocka_unit_test_teardown(threads_do_not_show, clear),
        cmocka_unit_test_teardown(what_decides_the_result_shows, clear),
        cmocka_unit_test_teardown(a_stopped_run_goes_on_as_if_never_stopped, clear),
        cmocka_unit_test_teardown(a_finished_run_is_left_alone, clear),
        cmocka_unit_test_teardown(another_config_cannot_resume, clear),
        cmocka_unit_test_teardown(other_data_cannot_resume, clear),
        cmocka_unit_test_teardown(another_kernel_set_cannot_resume, clear),
        cmocka_unit_test_teardown(a_damaged_state_is_refused, clear),
        cmocka_unit_test_teardown(two_processes_cannot_share_a_run, clear),
        cmocka_unit_test_teardown(stated_facts_are_checked, clear),
        cmocka_unit_test_teardown(the_statement_tells_a_seed_from_a_key, clear),
        cmocka_unit_test_teardown(another_build_cannot_resume, clear),
    };
    int failed = cmocka_run_group_tests_name("a diffusion model", tests, setup, teardown);
    return failed + cmocka_run_group_tests_name("a classifier", classifier, setup_classifier, teardown);
}
