/* unit_classifier.c - catches classifiers that do not learn, depend on threads, or test on what they were trained on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/classifier.h"

enum { SIDE = 12, CLASSES = 3, COUNT = 300 };

/* Class c: a bright square in corner c of a dark, noisy image. */
static void make_squares(dpdm_dataset *data, uint64_t seed)
{
    dpdm_key key;
    dpdm_stream stream;
    assert_int_equal(dpdm_dataset_create(COUNT, SIDE, SIDE, 1, CLASSES, data, NULL), DPDM_OK);
    dpdm_key_from_seed(&key, seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (int i = 0; i < COUNT; i++) {
        int c = i % CLASSES, top = c / 2 * 6, left = c % 2 * 6;
        data->labels[i] = c;
        for (int p = 0; p < SIDE * SIDE; p++) {
            int inside = p / SIDE >= top && p / SIDE < top + 5 && p % SIDE >= left && p % SIDE < left + 5;
            uint8_t noise = (uint8_t)dpdm_stream_below(&stream, 100);
            data->pixels[i * SIDE * SIDE + p] = (uint8_t)(inside ? 150 + noise : noise);
        }
    }
    assert_int_equal(dpdm_dataset_seal(data, NULL), DPDM_OK);
}

static double train_and_test(dpdm_protocol protocol, dpdm_classifier_kind kind, int threads, const dpdm_dataset *train,
                             const dpdm_dataset *test, float *probabilities)
{
    dpdm_error err = {0};
    dpdm_classifier *classifier;
    dpdm_agreement agreement;
    dpdm_classifier_config config = dpdm_classifier_protocol(protocol);
    config.kind = kind;
    config.epochs = 6;
    config.batch = 40; /* not a multiple of a shard, nor a divisor of the set */
    config.learning_rate = 3e-3;
    config.threads = threads;
    assert_int_equal(dpdm_classifier_train(&config, train, NULL, NULL, &classifier, &err), DPDM_OK);
    assert_int_equal(dpdm_classifier_predict(classifier, test, probabilities, &err), DPDM_OK);
    assert_int_equal(dpdm_agreement_measure(test, probabilities, &agreement, &err), DPDM_OK);
    double accuracy = agreement.accuracy, held_out;
    assert_in_range(dpdm_classifier_epoch(classifier, &held_out), 1, 6);
    assert_true(held_out > 0.9);
    dpdm_agreement_destroy(&agreement);
    dpdm_classifier_destroy(classifier);
    return accuracy;
}

static void every_kind_learns_squares(void **state)
{
    (void)state;
    dpdm_dataset train, test;
    static float probabilities[COUNT * CLASSES];
    make_squares(&train, 1);
    make_squares(&test, 2);
    for (int kind = DPDM_CLASSIFIER_LOGREG; kind <= DPDM_CLASSIFIER_RESNET; kind++)
        assert_true(train_and_test(DPDM_PROTOCOL_PAPER, (dpdm_classifier_kind)kind, 2, &train, &test, probabilities) >
                    0.95);
    dpdm_dataset_destroy(&train);
    dpdm_dataset_destroy(&test);
}

static void threads_change_no_bit(void **state)
{
    (void)state;
    dpdm_dataset train, test;
    static float one[COUNT * CLASSES], three[COUNT * CLASSES];
    make_squares(&train, 1);
    make_squares(&test, 2);
    train_and_test(DPDM_PROTOCOL_STANDARD, DPDM_CLASSIFIER_CNN, 1, &train, &test, one);
    train_and_test(DPDM_PROTOCOL_STANDARD, DPDM_CLASSIFIER_CNN, 3, &train, &test, three);
    assert_memory_equal(one, three, sizeof one);
    dpdm_dataset_destroy(&train);
    dpdm_dataset_destroy(&test);
}

/* An epoch chosen on the test images has the accuracy there that chose it; one chosen on held-out images need not. */
static void other_images_may_choose_the_epoch(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dataset train, test, other;
    dpdm_classifier *classifier;
    dpdm_agreement agreement;
    static float probabilities[COUNT * CLASSES];
    double chosen;
    make_squares(&train, 1);
    make_squares(&test, 2);
    for (int i = 0; i < COUNT; i += 4) /* no classifier is right on these */
        test.labels[i] = (test.labels[i] + 1) % CLASSES;
    dpdm_classifier_config config = dpdm_classifier_config_default();
    config.kind = DPDM_CLASSIFIER_LOGREG;
    config.epochs = 4;
    config.learning_rate = 1e-3;
    config.choose_on = &test;
    assert_int_equal(dpdm_classifier_train(&config, &train, NULL, NULL, &classifier, &err), DPDM_OK);
    assert_int_equal(dpdm_classifier_predict(classifier, &test, probabilities, &err), DPDM_OK);
    assert_int_equal(dpdm_agreement_measure(&test, probabilities, &agreement, &err), DPDM_OK);
    assert_in_range(dpdm_classifier_epoch(classifier, &chosen), 1, 4);
    assert_true(chosen == agreement.accuracy && chosen < 0.8);
    dpdm_agreement_destroy(&agreement);
    dpdm_classifier_destroy(classifier);
    assert_int_equal(dpdm_dataset_create(2, SIDE, SIDE + 1, 1, CLASSES, &other, &err), DPDM_OK);
    config.choose_on = &other;
    assert_int_equal(dpdm_classifier_train(&config, &train, NULL, NULL, &classifier, &err), DPDM_EUSAGE);
    dpdm_dataset_destroy(&other);
    dpdm_dataset_destroy(&train);
    dpdm_dataset_destroy(&test);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_dataset train, one, other;
    dpdm_classifier *classifier;
    float probabilities[64];
    make_squares(&train, 1);
    dpdm_classifier_config config = dpdm_classifier_config_default();
    config.kind = DPDM_CLASSIFIER_LOGREG;
    config.epochs = 1;
    assert_int_equal(dpdm_dataset_slice(&train, 0, 1, &one, &err), DPDM_OK);
    assert_int_equal(dpdm_classifier_train(&config, &one, NULL, NULL, &classifier, &err), DPDM_EUSAGE);
    config.learning_rate = 0;
    assert_int_equal(dpdm_classifier_train(&config, &train, NULL, NULL, &classifier, &err), DPDM_EUSAGE);
    config.learning_rate = 1e-3;
    assert_int_equal(dpdm_classifier_train(&config, &train, NULL, NULL, &classifier, &err), DPDM_OK);
    assert_int_equal(dpdm_dataset_create(2, SIDE, SIDE + 1, 1, CLASSES, &other, &err), DPDM_OK);
    assert_int_equal(dpdm_classifier_predict(classifier, &other, probabilities, &err), DPDM_EUSAGE);
    dpdm_classifier_destroy(classifier);
    dpdm_dataset_destroy(&train);
    dpdm_dataset_destroy(&one);
    dpdm_dataset_destroy(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_learns_squares), cmocka_unit_test(threads_change_no_bit),
        cmocka_unit_test(other_images_may_choose_the_epoch), cmocka_unit_test(refuses_what_does_not_fit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
