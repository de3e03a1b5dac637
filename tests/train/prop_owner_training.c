/* prop_owner_training.c - what is beyond the cap of its owner reaches no release, bit for bit; epsilon is the person's; and
 * data and options that do not agree on who is protected are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "dpdm/attacker.h"
#include "dpdm/dp_classifier.h"
#include "train/tiny_run.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, IMAGES = 48, CAP = 2 };

static tiny_place place;

/* Image i belongs to person i % 12, four images each: those from 24 on are beyond a cap of two. */
static void write_owned(const char *path, uint64_t changed, int owned)
{
    dpdm_dataset data;
    uint64_t owners[IMAGES];
    assert_int_equal(dpdm_dataset_create(IMAGES, SIDE, SIDE, 1, 2, &data, NULL), DPDM_OK);
    for (uint64_t i = 0; i < IMAGES; i++) {
        owners[i] = i % 12;
        data.labels[i] = (int32_t)(i % 2);
        for (uint64_t p = 0; p < PIXELS; p++)
            data.pixels[i * PIXELS + p] = (uint8_t)((i * PIXELS + p) * 37 % 251);
    }
    for (uint64_t i = changed; changed && i < IMAGES; i++)
        memset(data.pixels + i * PIXELS, 255, PIXELS);
    if (owned)
        assert_int_equal(dpdm_dataset_set_owners(&data, owners, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_seal(&data, NULL), DPDM_OK);
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_NPZ, path, 1, NULL), DPDM_OK);
    dpdm_dataset_destroy(&data);
}

static int begin(void **state)
{
    (void)state;
    tiny_place_create(&place);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tiny_place_destroy(&place);
    return 0;
}

static dpdm_train_config owned_config(void)
{
    dpdm_train_config config = tiny_config(&place);
    config.overwrite = 1;
    config.sampling_rate = 1; /* every image that counts is in every batch */
    config.batch = (double)config.records;
    config.steps = 1;
    config.multiplicity = 1;
    config.no_preview = 1;
    config.noise_multiplier = 60;
    config.owner.cap = CAP;
    return config;
}

static int same_release(const dpdm_train_config *config, uint64_t changed)
{
    size_t size[2];
    uint8_t *bytes[2];
    for (int i = 0; i < 2; i++) {
        write_owned(place.data, i ? changed : 0, 1);
        bytes[i] = tiny_train(config, &size[i]);
    }
    int same = size[0] == size[1] && !memcmp(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
    return same;
}

static void training_does_not_see_what_is_beyond_the_cap(void **state)
{
    (void)state;
    dpdm_train_config config = owned_config();
    assert_true(same_release(&config, 24));
    assert_false(same_release(&config, 23));
}

/* The prior alone: the learning rate is below what a weight can hold, so that the release is the prior and the first weights. */
static void neither_does_the_prior(void **state)
{
    (void)state;
    dpdm_train_config config = owned_config();
    config.learning_rate = 1e-300;
    config.prior_means_noise = 0.5; /* so that the counts of the classes stand out */
    assert_true(same_release(&config, 24));
    assert_false(same_release(&config, 23));
    config.prior_covariance_noise = 50;
    config.prior_rank = 3;
    config.prior_class_noise = 0.5; /* more than what all have is seen of a class whose count stands out */
    assert_true(same_release(&config, 24));
    config.prior_class_noise = 0;
    config.prior_means_noise = 2000; /* no count stands out, the centres are 0: a difference is the covariance's */
    assert_true(same_release(&config, 24));
    assert_false(same_release(&config, 23));
}

static dpdm_train_config classifier_config(void)
{
    dpdm_train_config config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    snprintf(config.data, sizeof config.data, "%s", place.data);
    config.height = config.width = SIDE;
    config.channels = 1;
    config.classes = 2;
    config.records = IMAGES;
    config.classifier = DPDM_CLASSIFIER_LOGREG;
    config.delta = 1e-3;
    config.noise_multiplier = 60;
    config.sampling_rate = 1;
    config.batch = IMAGES;
    config.steps = 1;
    config.accountant = DPDM_ACCOUNTANT_RDP;
    config.has_seed = 1;
    config.owner.cap = CAP;
    return config;
}

static int same_classifier(uint64_t changed)
{
    dpdm_train_config config = classifier_config();
    dpdm_dp_classifier *classifiers[2];
    const float *weights[2];
    size_t count = 0;
    for (int i = 0; i < 2; i++) {
        dpdm_error err = {0};
        write_owned(place.data, i ? changed : 0, 1);
        if (dpdm_dp_classifier_train(&config, NULL, NULL, &classifiers[i], &err))
            fail_msg("%s", err.message);
        weights[i] = dpdm_dp_classifier_weights(classifiers[i], &count);
    }
    int same = !memcmp(weights[0], weights[1], count * sizeof *weights[0]);
    dpdm_dp_classifier_destroy(classifiers[0]);
    dpdm_dp_classifier_destroy(classifiers[1]);
    return same;
}

static void nor_does_a_classifier(void **state)
{
    (void)state;
    assert_true(same_classifier(24));
    assert_false(same_classifier(23));
}

static void epsilon_is_the_persons(void **state)
{
    (void)state;
    static const dpdm_accountant accountants[] = {DPDM_ACCOUNTANT_PLD, DPDM_ACCOUNTANT_RDP};
    for (int i = 0; i < 2; i++) {
        dpdm_train_config config = owned_config();
        dpdm_train_plan plan;
        dpdm_bound bound;
        config.sampling_rate = 0;
        config.batch = 12;
        config.steps = 200;
        config.accountant = accountants[i];
        config.noise_multiplier = 0;
        config.epsilon = 3;
        config.prior_means_noise = 30;
        config.owner.cap = 4;
        assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
        assert_int_equal(
            dpdm_account_group(plan.events, plan.event_count, 4, config.delta, accountants[i], &bound, NULL), DPDM_OK);
        assert_true(plan.bound.epsilon_upper == bound.epsilon_upper);
        assert_true(bound.epsilon_upper <= 3 && bound.epsilon_upper > 2.97);
        /* The same noise given by hand: the same epsilon, and more than the image's. */
        config.noise_multiplier = plan.noise_multiplier;
        config.epsilon = 0;
        assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
        assert_true(plan.bound.epsilon_upper == bound.epsilon_upper);
        config.owner.cap = 0;
        assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
        assert_true(2 * plan.bound.epsilon_upper < bound.epsilon_upper);
    }
}

typedef struct {
    double spent[2]; /* at the first and at the last report */
} watch;

static int note_spent(void *context, const dpdm_train_progress *progress)
{
    watch *seen = context;
    seen->spent[progress->step > 0] = progress->epsilon_spent;
    return 0;
}

static void what_is_shown_as_spent_is_the_persons(void **state)
{
    (void)state;
    dpdm_train_config config = owned_config();
    dpdm_train_plan plan;
    dpdm_bound bound;
    watch seen = {{-1, -1}};
    config.prior_means_noise = 50;
    write_owned(place.data, 0, 1);
    assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
    assert_int_equal(dpdm_train_run(&config, note_spent, &seen, NULL), DPDM_OK);
    assert_int_equal(dpdm_account_group(plan.events, 1, CAP, config.delta, config.accountant, &bound, NULL), DPDM_OK);
    assert_true(seen.spent[0] == bound.epsilon_upper && seen.spent[1] == plan.bound.epsilon_upper);
}

static void a_budget_for_people_pays_for_people(void **state)
{
    (void)state;
    static const struct {
        uint64_t group;
        int cap;
        dpdm_status status;
    } cases[] = {{1, 0, DPDM_OK}, {2, 2, DPDM_OK}, {1, 2, DPDM_ESTATE}, {2, 0, DPDM_ESTATE}, {3, 2, DPDM_ESTATE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dpdm_train_config config = owned_config();
        dpdm_ledger_data_set set = {.name = "faces", .group = cases[i].group, .epsilon = 900, .delta = 1e-3};
        dpdm_owner_rule rule = {.cap = cases[i].group > 1 ? (int)cases[i].group : 0};
        dpdm_train_plan plan;
        dpdm_ledger *ledger;
        dpdm_ledger_receipt receipt;
        dpdm_error err = {0};
        config.has_seed = 0;
        config.accountant = DPDM_ACCOUNTANT_PLD;
        config.owner.cap = cases[i].cap;
        snprintf(config.ledger, sizeof config.ledger, "%.300s/%zu.ledger", place.root, i);
        snprintf(config.data_set, sizeof config.data_set, "%s", set.name);
        dpdm_owner_unit(&rule, set.unit);
        assert_int_equal(dpdm_ledger_open(config.ledger, DPDM_LEDGER_CREATE, NULL, &ledger, NULL), DPDM_OK);
        assert_int_equal(dpdm_ledger_add(ledger, &set, NULL), DPDM_OK);
        dpdm_ledger_close(ledger);
        assert_int_equal(dpdm_train_plan_make(&config, &plan, NULL), DPDM_OK);
        assert_int_equal(dpdm_train_budget(&config, &plan, &receipt, &err), cases[i].status);
        if (!cases[i].status)
            assert_true(receipt.bound.epsilon_upper == plan.bound.epsilon_upper);
    }
}

/* Every row of the table in docs/privacy/owner.md. */
static void data_and_options_must_agree(void **state)
{
    (void)state;
    static const struct {
        int owned;
        dpdm_owner_rule rule;
        dpdm_status status;
    } cases[] = {
        {1, {DPDM_UNIT_AUTO, 0, 0}, DPDM_EUSAGE},    {1, {DPDM_UNIT_AUTO, 2, 0}, DPDM_OK},
        {1, {DPDM_UNIT_PERSON, 2, 0}, DPDM_OK},      {1, {DPDM_UNIT_IMAGE, 0, 0}, DPDM_OK},
        {1, {DPDM_UNIT_AUTO, 2, 1}, DPDM_EUSAGE},    {0, {DPDM_UNIT_AUTO, 0, 0}, DPDM_OK},
        {0, {DPDM_UNIT_IMAGE, 0, 0}, DPDM_OK},       {0, {DPDM_UNIT_AUTO, 2, 0}, DPDM_EFORMAT},
        {0, {DPDM_UNIT_PERSON, 1, 0}, DPDM_EFORMAT}, {0, {DPDM_UNIT_AUTO, 2, 1}, DPDM_OK},
        {1, {DPDM_UNIT_IMAGE, 2, 0}, DPDM_EUSAGE},   {1, {DPDM_UNIT_PERSON, 0, 0}, DPDM_EUSAGE},
        {1, {DPDM_UNIT_AUTO, 0, 1}, DPDM_EUSAGE},    {1, {DPDM_UNIT_AUTO, 257, 0}, DPDM_EUSAGE},
        {1, {DPDM_UNIT_AUTO, -1, 0}, DPDM_EUSAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        dpdm_train_config config = owned_config();
        dpdm_train_config rival = classifier_config();
        dpdm_dp_classifier *classifier;
        dpdm_error err = {0};
        config.owner = rival.owner = cases[i].rule;
        write_owned(place.data, 0, cases[i].owned);
        dpdm_status status = dpdm_train_run(&config, NULL, NULL, &err);
        if (status != cases[i].status)
            fail_msg("case %zu: %s %s", i, dpdm_status_name(status), err.message);
        assert_int_equal(dpdm_dp_classifier_train(&rival, NULL, NULL, &classifier, &err), cases[i].status);
        if (!cases[i].status)
            dpdm_dp_classifier_destroy(classifier);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_does_not_see_what_is_beyond_the_cap),
        cmocka_unit_test(neither_does_the_prior),
        cmocka_unit_test(nor_does_a_classifier),
        cmocka_unit_test(epsilon_is_the_persons),
        cmocka_unit_test(what_is_shown_as_spent_is_the_persons),
        cmocka_unit_test(a_budget_for_people_pays_for_people),
        cmocka_unit_test(data_and_options_must_agree),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
