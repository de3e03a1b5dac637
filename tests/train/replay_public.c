/* replay_public.c - what a training shows of its data beside the noised path: nothing. Two data sets are trained on with one
 * key, and all that a run leaves or reports is compared, byte by byte. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/file.h"
#include "train/tiny_fixture.h"

enum { SIDE = 8, FILES = 40, REPORTS = 200 };

/* All files of a run, and the values it reported, without the times and without repetitions: how often a step reports depends
 * on the batch, as does its time. */
typedef struct {
    char names[FILES][300]; /* below the run folder */
    uint8_t *bytes[FILES];
    size_t sizes[FILES];
    int count;
    dpdm_train_progress reports[REPORTS];
    int report_count;
} shown;

static shown *collected; /* by nftw */

static int clear(void **state)
{
    (void)state;
    tiny_place_clear(&tiny_here);
    return 0;
}

/* Images in two classes. bright: of white pixels, all in class 0. */
static void write_data(uint64_t count, int bright)
{
    dpdm_dataset data;
    assert_int_equal(dpdm_dataset_create(count, SIDE, SIDE, 1, 2, &data, NULL), DPDM_OK);
    for (uint64_t i = 0; i < count * SIDE * SIDE; i++)
        data.pixels[i] = bright ? 255 : (uint8_t)(i * 37 % 251);
    for (uint64_t i = 0; i < count; i++)
        data.labels[i] = bright ? 0 : (int32_t)(i % 2);
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, tiny_here.data, 1, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
}

/* The number of images is not public here. */
static dpdm_train_config private_count_config(void)
{
    dpdm_train_config config = tiny_config(&tiny_here);
    config.records = 0;
    config.sampling_rate = 0.25;
    config.overwrite = 1;
    return config;
}

static int collect(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)walk;
    if (type != FTW_F)
        return 0;
    int i = collected->count++;
    assert_true(i < FILES);
    snprintf(collected->names[i], sizeof collected->names[i], "%s", path + strlen(tiny_here.run));
    assert_int_equal(dpdm_file_read(path, 1 << 24, &collected->bytes[i], &collected->sizes[i], NULL), DPDM_OK);
    return 0;
}

static int report(void *context, const dpdm_train_progress *progress)
{
    shown *seen = context;
    const dpdm_train_progress *last = seen->report_count ? &seen->reports[seen->report_count - 1] : NULL;
    dpdm_train_progress now = *progress;
    now.seconds = 0;
    if (!last || memcmp(last, &now, sizeof now) != 0) {
        assert_true(seen->report_count < REPORTS);
        seen->reports[seen->report_count++] = now;
    }
    return 0;
}

static shown *train(const dpdm_train_config *config)
{
    shown *seen = calloc(1, sizeof *seen);
    dpdm_error err = {0};
    assert_non_null(seen);
    if (dpdm_train_run(config, report, seen, &err))
        fail_msg("%s", err.message);
    collected = seen;
    assert_int_equal(nftw(tiny_here.run, collect, 8, FTW_PHYS), 0);
    return seen;
}

static void shown_free(shown *seen)
{
    for (int i = 0; i < seen->count; i++)
        free(seen->bytes[i]);
    free(seen);
}

/* The index of a's file i in b: nftw has no order. */
static int find(const shown *b, const char *name)
{
    int i = 0;
    while (i < b->count && strcmp(b->names[i], name) != 0)
        i++;
    if (i == b->count)
        fail_msg("only one of the two runs left %s", name);
    return i;
}

static int ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* How much of a file has to be equal where weights differ: of pictures and of the figures of steps, which are made of weights,
 * nothing; of a model all that stands before its weights. */
static size_t public_bytes(const char *name, const uint8_t *bytes, size_t size)
{
    if (ends_with(name, ".png") || ends_with(name, "/metrics.jsonl"))
        return 0;
    if (!ends_with(name, ".safetensors"))
        return size;
    uint64_t header;
    assert_true(size > sizeof header);
    memcpy(&header, bytes, sizeof header);
    assert_true(header < size - sizeof header);
    return (size_t)header + sizeof header;
}

/* Returns whether the weights are equal too; they must be where `all` is set, as everything. */
static int assert_same_shown(const shown *a, const shown *b, int all)
{
    int same = 1;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->report_count, b->report_count);
    assert_memory_equal(a->reports, b->reports, sizeof a->reports);
    for (int i = 0; i < a->count; i++) {
        int j = find(b, a->names[i]);
        size_t size = all ? a->sizes[i] : public_bytes(a->names[i], a->bytes[i], a->sizes[i]);
        if (size) {
            assert_int_equal(a->sizes[i], b->sizes[j]);
            assert_memory_equal(a->bytes[i], b->bytes[j], size);
        }
        same = same && a->sizes[i] == b->sizes[j] && memcmp(a->bytes[i], b->bytes[j], a->sizes[i]) == 0;
    }
    return same;
}

static void neighbours_differ_in_weights_only(void **state)
{
    (void)state;
    for (int prior = 0; prior < 2; prior++) {
        dpdm_train_config config = private_count_config();
        config.prior_means_noise = config.prior_covariance_noise = 4 * prior;
        config.prior_rank = 4;
        config.steps = 3;
        write_data(48, 0);
        shown *whole = train(&config);
        assert_true(whole->count >= 5 && whole->report_count >= 4);
        write_data(40, 0);
        shown *less = train(&config);
        write_data(40, 1);
        shown *other = train(&config);
        assert_int_equal(assert_same_shown(whole, less, 0), 0); /* the test sees the images that are missing */
        assert_int_equal(assert_same_shown(whole, other, 0), 0);
        shown_free(whole);
        shown_free(less);
        shown_free(other);
    }
}

/* A grid so coarse that every gradient is truncated to zero, so that noise is all there is. Whatever shows now comes from
 * somewhere else. */
static void where_images_add_nothing_nothing_differs(void **state)
{
    (void)state;
    dpdm_train_config config = private_count_config();
    config.clip = 1e12;
    config.grid_bits = 20;
    write_data(48, 0);
    shown *one = train(&config);
    write_data(31, 1);
    shown *other = train(&config);
    assert_int_equal(assert_same_shown(one, other, 1), 1);
    config.seed++;
    shown *moved = train(&config);
    assert_int_equal(assert_same_shown(one, moved, 0), 0); /* the weights did move, by noise */
    shown_free(one);
    shown_free(other);
    shown_free(moved);
}

/* A class that nobody is in, and a third that the data know nothing of: stated facts hold, not what the data look like. Facts
 * that the data contradict end the run. */
static void classes_are_those_that_were_stated(void **state)
{
    (void)state;
    dpdm_train_config config = private_count_config();
    config.classes = 3;
    config.steps = 2;
    config.prior_means_noise = 4;
    for (int bright = 0; bright < 2; bright++) {
        write_data(24, bright);
        shown_free(train(&config));
        dpdm_model model;
        char path[400];
        snprintf(path, sizeof path, "%s/release/model.safetensors", tiny_here.run);
        assert_int_equal(dpdm_model_read(path, &model, NULL), DPDM_OK);
        assert_int_equal(model.description.classes, 3);
        assert_int_equal(model.prior.classes, 3);
        dpdm_model_destroy(&model);
    }
    dpdm_error err = {0};
    write_data(24, 0);
    config.classes = 1;
    assert_int_equal(dpdm_train_run(&config, NULL, NULL, &err), DPDM_EFORMAT);
    config.classes = 2;
    config.width = 2 * SIDE;
    assert_int_equal(dpdm_train_run(&config, NULL, NULL, &err), DPDM_EFORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(neighbours_differ_in_weights_only, clear),
        cmocka_unit_test_teardown(where_images_add_nothing_nothing_differs, clear),
        cmocka_unit_test_teardown(classes_are_those_that_were_stated, clear),
    };
    return cmocka_run_group_tests(tests, tiny_setup, tiny_teardown);
}
