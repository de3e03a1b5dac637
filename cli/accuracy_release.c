/* accuracy_release.c - see accuracy_release.h. */
#include "accuracy_release.h"

#include <stdio.h>
#include "base/json.h"
#include "privacy_options.h"

static const char scope[] =
    "covers these accuracies only, for the real test images; every other figure of eval is outside any guarantee";

dpdm_status accuracy_release_begin(accuracy_release *release, const cli_fidelity *options, const int *kinds,
                                   int chosen_on_test, int classes, uint64_t test_images, dpdm_error *err)
{
    if (!options->has_release_epsilon)
        return DPDM_OK;
    if (chosen_on_test)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "--release-epsilon needs --protocol standard or honest: classifiers chosen on the test images depend on "
            "them in ways that no noise here covers");
    if (classes < 1)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "--release-epsilon needs --classes N: the number of classes as a public fact, not read off "
            "the test images");
    for (int kind = 0; kind < ACCURACY_KINDS; kind++)
        release->measure[kind] = kinds[kind] ? release->count++ : -1;
    return dpdm_private_accuracy_create(test_images, (size_t)release->count, &release->accuracy, err);
}

dpdm_status accuracy_release_count(accuracy_release *release, dpdm_classifier_kind kind, const dpdm_dataset *test,
                                   const float *probabilities, dpdm_error *err)
{
    if (!release->accuracy || release->measure[kind] < 0)
        return DPDM_OK;
    return dpdm_private_accuracy_count(release->accuracy, (size_t)release->measure[kind], test, probabilities, err);
}

static void release_to_json(const accuracy_release *release, const dpdm_released_accuracy *released,
                            const dpdm_event *event, const dpdm_bound *bound, cJSON *json)
{
    cJSON *object = cJSON_AddObjectToObject(json, "released");
    cJSON *classifiers = cJSON_AddObjectToObject(object, "classifiers");
    for (int kind = 0; kind < ACCURACY_KINDS; kind++) {
        if (release->measure[kind] < 0)
            continue;
        const dpdm_released_accuracy *r = &released[release->measure[kind]];
        cJSON *one = cJSON_AddObjectToObject(classifiers, dpdm_classifier_name((dpdm_classifier_kind)kind));
        cJSON_AddItemToObject(one, "accuracy", dpdm_json_double(r->accuracy));
        cJSON_AddItemToObject(one, "noise_std", dpdm_json_double(r->deviation));
    }
    cJSON_AddBoolToObject(object, "touches_private_data", 1);
    cJSON_AddItemToObject(object, "epsilon_cost", dpdm_json_double(bound->epsilon_upper));
    cJSON_AddStringToObject(object, "spent_on", "real-test");
    cJSON_AddItemToObject(object, "bound", cli_bound_to_json(bound, 1));
    cJSON *one = cJSON_AddObjectToObject(object, "event");
    cJSON_AddItemToObject(one, "sampling_rate", dpdm_json_double(event->sampling_rate));
    cJSON_AddItemToObject(one, "noise_multiplier", dpdm_json_double(event->noise_multiplier));
    cJSON_AddItemToObject(one, "steps", dpdm_json_u64(event->steps));
    cJSON_AddStringToObject(object, "scope", scope);
}

static void release_print(const accuracy_release *release, const dpdm_released_accuracy *released,
                          const dpdm_event *event, const dpdm_bound *bound)
{
    printf(
        "released accuracies, trained on synthetic images, with epsilon <= %.5g at delta = %g spent on the real test "
        "images:\n",
        cli_digits_round(bound->epsilon_upper, 1), bound->delta);
    for (int kind = 0; kind < ACCURACY_KINDS; kind++)
        if (release->measure[kind] >= 0)
            printf("  %-7s %.2f %% (noise sd %.2f)\n", dpdm_classifier_name((dpdm_classifier_kind)kind),
                   100 * released[release->measure[kind]].accuracy, 100 * released[release->measure[kind]].deviation);
    printf("  event: sampling rate 1, noise multiplier %.6g, 1 step. It %s.\n", event->noise_multiplier, scope);
}

dpdm_status accuracy_release_finish(accuracy_release *release, const cli_fidelity *options, cJSON *json,
                                    dpdm_error *err)
{
    dpdm_released_accuracy released[ACCURACY_KINDS];
    dpdm_event event;
    dpdm_bound bound;
    if (!release->accuracy)
        return DPDM_OK;
    dpdm_status status = dpdm_private_accuracy_release(release->accuracy, options->release_epsilon,
                                                       options->release_delta, NULL, released, &event, &bound, err);
    if (status)
        return status;
    if (json)
        release_to_json(release, released, &event, &bound, json);
    else
        release_print(release, released, &event, &bound);
    return DPDM_OK;
}

void accuracy_release_destroy(accuracy_release *release)
{
    dpdm_private_accuracy_destroy(release->accuracy);
    *release = (accuracy_release){0};
}
