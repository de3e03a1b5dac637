/* unit_dp_classifier.c - catches a DP-SGD classifier that does not learn, depends on threads, has no noise, trusts facts
 * that do not hold, or claims privacy for a seeded run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dpdm/classifier.h"
#include "dpdm/dp_classifier.h"

enum { SIDE = 8, CLASSES = 3, COUNT = 240 };

static char folder[] = "/tmp/dpdm-dp-classifier-XXXXXX";
static char train_path[64], out_path[64];
static dpdm_dataset squares;

/* Class c: a bright square in corner c of a dark, noisy image. */
static int make_squares(void **state)
{
    (void)state;
    dpdm_key key;
    dpdm_stream stream;
    if (!mkdtemp(folder) || dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, &squares, NULL))
        return -1;
    dpdm_key_from_seed(&key, 1);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        int c = i % CLASSES, top = c / 2 * 4, left = c % 2 * 4;
        squares.labels[i] = c;
        for (int p = 0; p < SIDE * SIDE; p++) {
            int inside = p / SIDE >= top && p / SIDE < top + 4 && p % SIDE >= left && p % SIDE < left + 4;
            uint8_t noise = (uint8_t)dpdm_stream_below(&stream, 100);
            squares.pixels[i * SIDE * SIDE + p] = (uint8_t)(inside ? 150 + noise : noise);
        }
    }
    snprintf(train_path, sizeof train_path, "%s/train.npz", folder);
    snprintf(out_path, sizeof out_path, "%s/out.safetensors", folder);
    return dpdm_dataset_seal(&squares, NULL) || dpdm_dataset_write(&squares, DPDM_FORMAT_NPZ, train_path, 0, NULL);
}

static int remove_squares(void **state)
{
    (void)state;
    dpdm_dataset_destroy(&squares);
    unlink(out_path);
    unlink(train_path);
    return rmdir(folder);
}

static dpdm_train_config toy_config(dpdm_classifier_kind kind)
{
    dpdm_train_config config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    snprintf(config.data, sizeof config.data, "%s", train_path);
    config.height = config.width = SIDE;
    config.channels = 1;
    config.classes = CLASSES;
    config.records = COUNT;
    config.classifier = kind;
    config.epsilon = 200;
    config.delta = 1e-3;
    config.batch = 60;
    config.steps = 40;
    config.learning_rate = 1e-2;
    config.accountant = DPDM_ACCOUNTANT_RDP; /* the quick one */
    config.threads = 2;
    return config;
}

static dpdm_dp_classifier *train(const dpdm_train_config *config)
{
    dpdm_error err = {0};
    dpdm_dp_classifier *classifier;
    if (dpdm_dp_classifier_train(config, NULL, NULL, &classifier, &err))
        fail_msg("%s", err.message);
    return classifier;
}

static double accuracy_of(dpdm_dp_classifier *classifier)
{
    static float probabilities[COUNT * CLASSES];
    dpdm_agreement agreement;
    assert_int_equal(dpdm_dp_classifier_predict(classifier, &squares, probabilities, NULL), DPDM_OK);
    assert_int_equal(dpdm_agreement_measure(&squares, probabilities, &agreement, NULL), DPDM_OK);
    double accuracy = agreement.accuracy;
    dpdm_agreement_destroy(&agreement);
    return accuracy;
}

static void every_kind_learns_squares_at_large_epsilon(void **state)
{
    (void)state;
    for (int kind = DPDM_CLASSIFIER_LOGREG; kind <= DPDM_CLASSIFIER_RESNET; kind++) {
        dpdm_train_config config = toy_config((dpdm_classifier_kind)kind);
        dpdm_dp_classifier *classifier = train(&config);
        double accuracy = accuracy_of(classifier);
        if (!(accuracy > 0.9))
            fail_msg("%s: accuracy %g", dpdm_classifier_name(config.classifier), accuracy);
        dpdm_dp_classifier_destroy(classifier);
    }
}

static void sgd_learns_too(void **state)
{
    (void)state;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_MLP);
    config.optimiser = DPDM_OPTIMISER_SGD;
    config.learning_rate = 0.1;
    dpdm_dp_classifier *classifier = train(&config);
    assert_true(accuracy_of(classifier) > 0.9);
    dpdm_dp_classifier_destroy(classifier);
}

/* At epsilon 0.05 of 240 images there is nothing left to learn: if there is, the noise or the clip is missing. */
static void small_epsilon_teaches_little(void **state)
{
    (void)state;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.epsilon = 0.05;
    config.has_seed = 1;
    dpdm_dp_classifier *classifier = train(&config);
    assert_true(accuracy_of(classifier) < 0.9);
    dpdm_dp_classifier_destroy(classifier);
}

/* Do two trainings end with the same weights? */
static int same_weights(const dpdm_train_config *a, const dpdm_train_config *b)
{
    size_t n, m;
    dpdm_dp_classifier *first = train(a), *second = train(b);
    const float *x = dpdm_dp_classifier_weights(first, &n), *y = dpdm_dp_classifier_weights(second, &m);
    assert_int_equal(n, m);
    int same = memcmp(x, y, n * sizeof *x) == 0;
    dpdm_dp_classifier_destroy(first);
    dpdm_dp_classifier_destroy(second);
    return same;
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    dpdm_train_config one = toy_config(DPDM_CLASSIFIER_CNN);
    one.steps = 5;
    one.has_seed = 1;
    dpdm_train_config three = one;
    one.threads = 1;
    three.threads = 3;
    assert_true(same_weights(&one, &three));
}

/* q = 1: the batches are the same, so only noise can tell the two apart. */
static void every_private_run_has_noise_of_its_own(void **state)
{
    (void)state;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.steps = 2;
    config.batch = COUNT;
    assert_false(same_weights(&config, &config));
    dpdm_train_config other = config;
    config.has_seed = other.has_seed = 1;
    other.seed = 1;
    assert_true(same_weights(&config, &config));
    assert_false(same_weights(&config, &other));
}

static void facts_that_do_not_hold_are_refused(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dp_classifier *classifier;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.records = COUNT - 1;
    assert_int_equal(dpdm_dp_classifier_train(&config, NULL, NULL, &classifier, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "records was stated as 239"));
    assert_null(strstr(err.message, "240")); /* the true number is not given away */
    config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.width = SIDE + 1;
    assert_int_equal(dpdm_dp_classifier_train(&config, NULL, NULL, &classifier, &err), DPDM_EFORMAT);
    config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.classes = CLASSES - 1;
    assert_int_equal(dpdm_dp_classifier_train(&config, NULL, NULL, &classifier, &err), DPDM_EFORMAT);
}

static void impossible_plans_are_refused(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_train_plan plan;
    const dpdm_train_config good = toy_config(DPDM_CLASSIFIER_LOGREG);
    assert_int_equal(dpdm_train_plan_make(&good, &plan, &err), DPDM_OK);
    assert_true(plan.bound.epsilon_upper <= 200 && plan.sampling_rate <= 0.25 && plan.steps == 40);
    assert_int_equal(plan.parameters, SIDE * SIDE * CLASSES + CLASSES);
    dpdm_train_config bad[10];
    for (int i = 0; i < 10; i++)
        bad[i] = good;
    bad[0].epsilon = 0;
    bad[1].delta = 1;
    bad[2].batch = COUNT + 1;
    bad[3].learning_rate = -1;
    bad[4].classes = 0;
    bad[5].data[0] = 0;
    bad[6].records = 0;
    bad[7].ema = 1;
    bad[8].augmentations = 0;
    bad[9].learning_rate = 0; /* is chosen for adam only */
    bad[9].optimiser = DPDM_OPTIMISER_SGD;
    for (int i = 0; i < 10; i++)
        if (dpdm_train_plan_make(&bad[i], &plan, &err) != DPDM_EUSAGE)
            fail_msg("plan %d was accepted", i);
}

static void what_is_left_out_is_chosen(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_train_plan plan, same;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_MLP);
    config.batch = config.epochs = config.learning_rate = 0;
    config.steps = 0;
    assert_int_equal(dpdm_train_plan_make(&config, &plan, &err), DPDM_OK);
    dpdm_train_config_settle(&config);
    assert_true(config.batch == COUNT / 8 && config.epochs > 1 && config.learning_rate > 0);
    assert_int_equal(dpdm_train_plan_make(&config, &same, &err), DPDM_OK);
    assert_true(plan.steps == same.steps && plan.batch == same.batch);
    config.batch = 0;
    config.records = 60000;
    dpdm_train_config_settle(&config);
    assert_true(config.batch == 4096);
}

/* Views that are not moved are the image itself, so their mean gradient is its gradient up to rounding. */
static void views_are_averaged_before_clipping(void **state)
{
    (void)state;
    size_t n, m;
    dpdm_train_config one = toy_config(DPDM_CLASSIFIER_LOGREG), four;
    one.has_seed = 1;
    one.steps = 4;
    four = one;
    four.augmentations = 4;
    four.shift = 0;
    dpdm_dp_classifier *plain = train(&one), *still = train(&four);
    four.shift = 1;
    dpdm_dp_classifier *moved = train(&four);
    const float *a = dpdm_dp_classifier_weights(plain, &n), *b = dpdm_dp_classifier_weights(still, &m);
    const float *c = dpdm_dp_classifier_weights(moved, &m);
    float most = 0, other = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmaxf(most, fabsf(a[i] - b[i]));
        other = fmaxf(other, fabsf(a[i] - c[i]));
    }
    assert_true(most < 1e-4F && other > 1e-3F);
    dpdm_dp_classifier_destroy(plain);
    dpdm_dp_classifier_destroy(still);
    dpdm_dp_classifier_destroy(moved);
    four.threads = 1;
    one = four;
    one.threads = 3;
    assert_true(same_weights(&one, &four)); /* views depend on step and record only */
    assert_true(accuracy_of(still = train(&four)) > 0.3);
    dpdm_dp_classifier_destroy(still);
}

static void a_seed_voids_the_claim(void **state)
{
    (void)state;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.steps = 1;
    dpdm_dp_classifier *classifier = train(&config);
    assert_null(strstr(dpdm_dp_classifier_statement(classifier), "no privacy claim"));
    dpdm_dp_classifier_destroy(classifier);
    config.has_seed = 1;
    classifier = train(&config);
    assert_non_null(strstr(dpdm_dp_classifier_statement(classifier), "no privacy claim"));
    dpdm_dp_classifier_destroy(classifier);
}

static int stop_after_two(void *context, const dpdm_train_progress *progress)
{
    (void)context;
    return progress->step >= 2;
}

static int stop_at_once(void *context, const dpdm_train_progress *progress)
{
    (void)context;
    (void)progress;
    return 1;
}

static void a_stop_says_what_is_spent(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dp_classifier *classifier;
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    assert_int_equal(dpdm_dp_classifier_train(&config, stop_after_two, NULL, &classifier, &err), DPDM_ECANCELLED);
    assert_null(classifier);
    assert_non_null(strstr(err.message, "after step 2 of 40"));
    assert_non_null(strstr(err.message, "Count epsilon"));
    assert_int_equal(dpdm_dp_classifier_train(&config, stop_at_once, NULL, &classifier, &err), DPDM_ECANCELLED);
    assert_non_null(strstr(err.message, "after step 0 of 40"));
    assert_non_null(strstr(err.message, "Count epsilon")); /* its batch may have been drawn */
}

static void a_release_is_not_overwritten_unasked(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_LOGREG);
    config.steps = 1;
    dpdm_dp_classifier *classifier = train(&config);
    assert_int_equal(dpdm_dp_classifier_write_check(out_path, 0, &err), DPDM_OK);
    assert_int_not_equal(access(out_path, F_OK), 0);
    assert_int_equal(dpdm_dp_classifier_write(classifier, out_path, 0, &err), DPDM_OK);
    assert_int_equal(dpdm_dp_classifier_write_check(out_path, 0, &err), DPDM_EEXIST);
    assert_int_equal(dpdm_dp_classifier_write(classifier, out_path, 0, &err), DPDM_EEXIST);
    assert_int_equal(dpdm_dp_classifier_write(classifier, out_path, 1, &err), DPDM_OK);
    assert_int_equal(dpdm_dp_classifier_write_check("/nowhere/x.safetensors", 0, &err), DPDM_ENOENT);
    dpdm_dp_classifier_destroy(classifier);
}

static void a_release_reads_back(void **state)
{
    (void)state;
    static float before[COUNT * CLASSES], after[COUNT * CLASSES];
    dpdm_error err = {0};
    dpdm_train_config config = toy_config(DPDM_CLASSIFIER_CNN);
    config.steps = 3;
    dpdm_dp_classifier *trained = train(&config), *read;
    assert_int_equal(dpdm_dp_classifier_predict(trained, &squares, before, &err), DPDM_OK);
    assert_int_equal(dpdm_dp_classifier_write(trained, out_path, 1, &err), DPDM_OK);
    assert_int_equal(dpdm_dp_classifier_read(out_path, 1, &read, &err), DPDM_OK);
    assert_string_equal(dpdm_dp_classifier_statement(read), dpdm_dp_classifier_statement(trained));
    const dpdm_train_config *settings = dpdm_dp_classifier_settings(read);
    assert_true(settings->classifier == DPDM_CLASSIFIER_CNN && settings->steps == 3 && settings->classes == CLASSES);
    assert_int_equal(settings->data[0], 0); /* the place of the private images is not in a release */
    dpdm_dataset other;
    assert_int_equal(dpdm_dataset_create(2, SIDE, SIDE + 1, 1, CLASSES, &other, &err), DPDM_OK);
    assert_int_equal(dpdm_dp_classifier_predict(read, &other, after, &err), DPDM_EUSAGE);
    dpdm_dataset_destroy(&other);
    assert_int_equal(dpdm_dp_classifier_predict(read, &squares, after, &err), DPDM_OK);
    assert_memory_equal(before, after, sizeof before);
    dpdm_dp_classifier_destroy(read);
    dpdm_dp_classifier_destroy(trained);
    assert_int_equal(dpdm_dp_classifier_read(train_path, 1, &read, &err), DPDM_EFORMAT);
    assert_null(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_learns_squares_at_large_epsilon),
                                       cmocka_unit_test(sgd_learns_too),
                                       cmocka_unit_test(small_epsilon_teaches_little),
                                       cmocka_unit_test(threads_change_no_bit),
                                       cmocka_unit_test(every_private_run_has_noise_of_its_own),
                                       cmocka_unit_test(facts_that_do_not_hold_are_refused),
                                       cmocka_unit_test(impossible_plans_are_refused),
                                       cmocka_unit_test(what_is_left_out_is_chosen),
                                       cmocka_unit_test(views_are_averaged_before_clipping),
                                       cmocka_unit_test(a_seed_voids_the_claim),
                                       cmocka_unit_test(a_stop_says_what_is_spent),
                                       cmocka_unit_test(a_release_is_not_overwritten_unasked),
                                       cmocka_unit_test(a_release_reads_back)};
    return cmocka_run_group_tests(tests, make_squares, remove_squares);
}
