/* unit_tuner.c - catches candidates over their budget, a distance that is not the Frechet distance, and a tuner that does
 * not tell a sampler that works from one that does not, or whose figures depend on threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dpdm/tuner.h"

enum { SIDE = 8, PIXELS = SIDE * SIDE, CLASSES = 2, COUNT = 400 };

static const dpdm_network_description tiny = {
    .height = SIDE,
    .width = SIDE,
    .channels = 1,
    .classes = CLASSES,
    .unet = {.width_base = 8, .levels = 1, .multipliers = {1}, .blocks = 1, .attention = {0}, .patch = 1}};

static void candidates_keep_to_their_budget(void **state)
{
    (void)state;
    for (int evaluations = 8; evaluations < 200; evaluations++) {
        dpdm_tuner_entry entries[DPDM_TUNER_CANDIDATES];
        size_t n = dpdm_tuner_candidates(evaluations, entries), guided = 0;
        int kinds = 0;
        assert_in_range(n, 8, DPDM_TUNER_CANDIDATES);
        for (size_t i = 0; i < n; i++) {
            const dpdm_sampler *sampler = &entries[i].sampler;
            assert_int_equal(dpdm_sampler_check(sampler, NULL), DPDM_OK);
            assert_in_range(dpdm_sampler_evaluations(sampler), 2, evaluations);
            kinds |= 1 << sampler->kind;
            guided += sampler->guidance > 0;
            for (size_t j = 0; j < i; j++) /* the words of a sampler are its name: no two alike */
                assert_memory_not_equal(sampler, &entries[j].sampler, sizeof *sampler);
        }
        assert_int_equal(kinds, 7);
        assert_true(guided > 0);
    }
}

/* Class c is bright in half c; one direction, a checkerboard, varies much, all others little. */
static void prior_create(dpdm_prior *prior)
{
    assert_int_equal(dpdm_prior_create(CLASSES, PIXELS, 1, prior, NULL), DPDM_OK);
    for (int p = 0; p < PIXELS; p++) {
        for (int c = 0; c <= CLASSES; c++)
            prior->center[c * PIXELS + p] = c == p / (PIXELS / 2) ? 0.3F : -0.3F;
        prior->basis[p] = (float)((p + p / SIDE) % 2 ? 1 : -1) / sqrtf((float)PIXELS);
    }
    prior->variance[0] = 2.0F;
    prior->variance[1] = 0.01F;
}

/* Images whose moments are known: coordinate +-a along the basis, around centres moved by `shift` in every pixel. */
static void distance_is_that_of_gaussians(void **state)
{
    (void)state;
    static const double a = 0.8, shift = 0.1;
    dpdm_prior prior;
    dpdm_dataset data;
    double distance, want = PIXELS * shift * shift + pow(a - sqrt(2.0), 2) + (PIXELS - 1) * 0.01;
    float image[PIXELS];
    prior_create(&prior);
    assert_int_equal(dpdm_dataset_create(40, SIDE, SIDE, 1, CLASSES, &data, NULL), DPDM_OK);
    for (int i = 0; i < 40; i++) {
        data.labels[i] = i % 2;
        for (int p = 0; p < PIXELS; p++)
            image[p] = (float)((double)prior.center[i % 2 * PIXELS + p] + shift +
                               (i / 2 % 2 ? a : -a) * (double)prior.basis[p]);
        dpdm_pixels_from_float(image, PIXELS, data.pixels + (size_t)i * PIXELS);
    }
    assert_int_equal(dpdm_tuner_moments(&prior, &data, &distance, NULL), DPDM_OK);
    assert_float_equal(distance, want, 0.02 * want); /* pixels are rounded to 1 / 127.5 */
    prior.rank = 0;
    assert_int_equal(dpdm_tuner_moments(&prior, &data, &distance, NULL), DPDM_OK);
    assert_true(isnan(distance));
    prior.rank = 1;
    data.width = SIDE / 2;
    assert_int_equal(dpdm_tuner_moments(&prior, &data, &distance, NULL), DPDM_EUSAGE);
    dpdm_dataset_destroy(&data);
    dpdm_prior_destroy(&prior);
}

static void entries_make(dpdm_tuner_entry *entries, int n)
{
    for (int i = 0; i < n; i++) {
        entries[i] = (dpdm_tuner_entry){.sampler = dpdm_sampler_default(DPDM_SAMPLER_HEUN)};
        entries[i].sampler.steps = 12 + i;
    }
    entries[n - 1].sampler.kind = DPDM_SAMPLER_DDIM;
    entries[n - 1].sampler.steps = 2;
    entries[n - 1].sampler.t_max = 2e-5; /* too faint to be seen: grey images, whatever the class */
    entries[n - 1].sampler.t_min = 1e-5;
    entries[n - 1].sampler.guidance = 0;
}

/* A network that says nothing yet: the model is its prior, whose samples are known. */
static void a_sampler_that_fails_is_last(void **state)
{
    (void)state;
    enum { N = 4 };
    dpdm_prior prior;
    dpdm_dataset real;
    dpdm_key key;
    dpdm_model model = {.description = tiny, .denoiser = dpdm_denoiser_default(DPDM_DENOISER_EDM)};
    dpdm_tuner_entry entries[N], again[N];
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_HEUN);
    prior_create(&prior);
    model.denoiser.prior = &prior;
    dpdm_key_from_seed(&key, 3);
    assert_int_equal(dpdm_network_create(&model.description, &model.network, NULL), DPDM_OK);
    model.params = calloc(dpdm_network_parameters(model.network), sizeof *model.params);
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 200, -1, 1, NULL, NULL, &real, NULL), DPDM_OK);

    dpdm_tuner_config config = {
        .count = COUNT, .classifier = dpdm_classifier_config_default(), .real = &real, .key = &key};
    config.classifier.kind = DPDM_CLASSIFIER_LOGREG;
    config.classifier.epochs = 5;
    config.classifier.learning_rate = 1e-2;
    config.classifier.threads = 1;
    entries_make(entries, N);
    entries_make(again, N);
    assert_int_equal(dpdm_tuner_run(&model, &config, entries, N, NULL, NULL, NULL), DPDM_OK);
    for (int i = 0; i < N - 1; i++) {
        assert_true(entries[i].agreement > entries[N - 1].agreement + 0.1);
        assert_true(entries[i].real_accuracy > 0.9);
        assert_true(entries[i].moments < 0.2 * entries[N - 1].moments);
    }
    config.classifier.threads = 2;
    config.real = NULL;
    assert_int_equal(dpdm_tuner_run(&model, &config, again, N, NULL, NULL, NULL), DPDM_OK);
    for (int i = 0; i < N; i++) {
        assert_true(again[i].agreement == entries[i].agreement && again[i].moments == entries[i].moments);
        assert_false(again[i].real_accuracy >= 0); /* not even looked at */
    }
    assert_int_equal(dpdm_tuner_run(&model, &config, again, 1, NULL, NULL, NULL), DPDM_EUSAGE);
    free(model.params);
    dpdm_network_destroy(model.network);
    dpdm_dataset_destroy(&real);
    dpdm_prior_destroy(&prior);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_keep_to_their_budget),
        cmocka_unit_test(distance_is_that_of_gaussians),
        cmocka_unit_test(a_sampler_that_fails_is_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
