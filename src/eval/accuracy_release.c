/* accuracy_release.c - see accuracy_release.h. */
#include "eval/accuracy_release.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/print.h"
#include "privacy/bound_json.h"

static const char scope[] =
    "covers these accuracies only, for the real test images; every other figure of eval is outside any guarantee";

/* Everything that decides the release, for the ledger's entry. */
static void release_digest(const accuracy_release *release, const eval_fidelity_options *options, uint8_t digest[32])
{
    char text[256];
    int at =
        dpdm_print_text(text, sizeof text, "accuracies %.17g %.17g", options->release_epsilon, options->release_delta);
    for (int kind = 0; kind < ACCURACY_KINDS; kind++)
        if (release->measure[kind] >= 0)
            at +=
                snprintf(text + at, sizeof text - (size_t)at, " %s", dpdm_classifier_name((dpdm_classifier_kind)kind));
    crypto_generichash(digest, 32, (const uint8_t *)text, (size_t)at, NULL, 0);
}

static dpdm_status release_reserve(accuracy_release *release, const eval_fidelity_options *options,
                                   const accuracy_release_task *task, dpdm_error *err)
{
    const char *name = options->release_data_set[0] ? options->release_data_set : task->test_spec;
    const dpdm_owner_rule images = {0};
    dpdm_bound bound;
    dpdm_key key;
    uint8_t config[32];
    snprintf(release->ledger, sizeof release->ledger, "%s", task->ledger);
    dpdm_status status =
        dpdm_private_accuracy_plan(options->release_epsilon, options->release_delta, &release->event, &bound, err);
    if (!status)
        status = dpdm_key_generate(&key, err);
    if (status)
        return status;
    release_digest(release, options, config);
    release->payment = dpdm_ledger_payment_plan(release->ledger, name, config, &images, &release->event, 1);
    dpdm_ledger_payment_name(&release->payment, &key);
    dpdm_key_wipe(&key);
    status = dpdm_ledger_payment_reserve(&release->payment, err);
    return status ? status : dpdm_ledger_payment_match(&release->payment, release->digest, err);
}

dpdm_status accuracy_release_begin(accuracy_release *release, const eval_fidelity_options *options,
                                   const accuracy_release_task *task, dpdm_error *err)
{
    if (!options->has_release_epsilon)
        return DPDM_OK;
    if (task->chosen_on_test)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "--release-epsilon needs --protocol standard or honest: classifiers chosen on the test images depend on "
            "them in ways that no noise here covers");
    if (task->classes < 1)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "--release-epsilon needs --classes N: the number of classes as a public fact, not read off "
            "the test images");
    for (int kind = 0; kind < ACCURACY_KINDS; kind++)
        release->measure[kind] = task->kinds[kind] ? release->count++ : -1;
    release->digest = task->test->digest;
    dpdm_status status =
        dpdm_private_accuracy_create(task->test->count, (size_t)release->count, &release->accuracy, err);
    return status ? status : release_reserve(release, options, task, err);
}

dpdm_status accuracy_release_count(accuracy_release *release, dpdm_classifier_kind kind, const dpdm_dataset *test,
                                   const float *probabilities, dpdm_error *err)
{
    if (!release->accuracy || release->measure[kind] < 0)
        return DPDM_OK;
    return dpdm_private_accuracy_count(release->accuracy, (size_t)release->measure[kind], test, probabilities, err);
}

static cJSON *release_to_json(const accuracy_release *release, const dpdm_released_accuracy *released,
                              const dpdm_event *event, const dpdm_bound *bound)
{
    cJSON *object = cJSON_CreateObject();
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
    cJSON_AddItemToObject(object, "bound", dpdm_bound_to_json(bound, 1));
    cJSON *one = cJSON_AddObjectToObject(object, "event");
    cJSON_AddItemToObject(one, "sampling_rate", dpdm_json_double(event->sampling_rate));
    cJSON_AddItemToObject(one, "noise_multiplier", dpdm_json_double(event->noise_multiplier));
    cJSON_AddItemToObject(one, "steps", dpdm_json_u64(event->steps));
    cJSON_AddStringToObject(object, "scope", scope);
    return object;
}

/* What the ledger keeps is the digest of the object as one line of JSON. */
static dpdm_status release_finish_payment(accuracy_release *release, const cJSON *object, dpdm_error *err)
{
    char *line = cJSON_PrintUnformatted(object);
    if (!line)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to write what is released");
    dpdm_status status = dpdm_ledger_payment_finish_bytes(&release->payment, line, strlen(line), err);
    cJSON_free(line);
    return status;
}

dpdm_status accuracy_release_finish(accuracy_release *release, const eval_fidelity_options *options, cJSON *json,
                                    dpdm_error *err)
{
    dpdm_released_accuracy released[ACCURACY_KINDS];
    dpdm_event event;
    dpdm_bound bound;
    if (!release->accuracy)
        return DPDM_OK;
    dpdm_status status = dpdm_ledger_payment_begin(&release->payment, release->digest, err);
    if (!status)
        status = dpdm_private_accuracy_release(release->accuracy, options->release_epsilon, options->release_delta,
                                               NULL, released, &event, &bound, err);
    if (status)
        return status;
    cJSON *object = release_to_json(release, released, &event, &bound);
    status = release_finish_payment(release, object, err);
    if (!status)
        cJSON_AddItemToObject(json, "released", object);
    else
        cJSON_Delete(object);
    return status;
}

void accuracy_release_destroy(accuracy_release *release, dpdm_status status)
{
    if (status)
        dpdm_ledger_payment_abandon(&release->payment, status);
    dpdm_private_accuracy_destroy(release->accuracy);
    *release = (accuracy_release){0};
}
