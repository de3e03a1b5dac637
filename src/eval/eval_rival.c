/* eval_rival.c - the DP-SGD rival in an evaluation: options, training, reading. What it found: eval_rival_json.c. */
#include "eval/eval_rival.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/json.h"
#include "dpdm/events.h"
#include "dpdm/model.h"

static const char group[] = "DP-SGD rival (each training spends its epsilon from the budget of the real images)";

#define AT(field) offsetof(eval_rival_options, field)
static const dpdm_option rows[] = {
    {"rival-model", DPDM_OPTION_STRING, AT(model), 1024, 0, 0, NULL, "MODEL", group,
     "train the rival at the epsilon and delta that the statement of this model claims", 0, 0},
    {"rival-epsilon", DPDM_OPTION_DOUBLE, AT(epsilon), 0, 0, 1e6, NULL, "E", group, "or at this epsilon", 0, 0},
    {"rival-delta", DPDM_OPTION_DOUBLE, AT(delta), 0, 0, 1, NULL, "D", group, "and this delta", 0, 0},
    {"rival-releases", DPDM_OPTION_STRING, AT(releases), 4096, 0, 0, NULL, "FILES", group,
     "classifiers that 'dpdm classify train' released, with commas between: tested too, which spends nothing", 0, 0},
    {"rival-records", DPDM_OPTION_U64, AT(records), 0, 0, 0, NULL, "N", group,
     "number of real training images, where it may be known to all; 0: as the config of rival-model says", 0, 0},
    {"rival-trainings", DPDM_OPTION_INT, AT(trainings), 0, 1, EVAL_TRAININGS, NULL, "N", group,
     "trainings of each classifier; every one spends", 0, 0},
    {"rival-batch", DPDM_OPTION_DOUBLE, AT(batch), 0, 0, 1e12, NULL, "B", group,
     "expected batch size; 0: chosen, as by 'dpdm classify train'", 0, 0},
    {"rival-epochs", DPDM_OPTION_DOUBLE, AT(epochs), 0, 0, 1e9, NULL, "N", group,
     "length of training; 0: chosen for the classifier", 0, 0},
    {"rival-learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 0, 1e6, NULL, "R", group,
     "step size; 0: chosen for the classifier", 0, 0},
    {"rival-augmentations", DPDM_OPTION_INT, AT(augmentations), 0, 1, 256, NULL, "K", group,
     "randomly shifted views of an image, averaged before clipping; 1: the image itself", 0, 0},
    {"rival-out", DPDM_OPTION_STRING, AT(out), 1024, 0, 0, NULL, "DIR", group,
     "folder for the releases of the rivals, which are private enough to be shared", 0, 0},
    {"ledger", DPDM_OPTION_STRING, AT(ledger), 1024, 0, 0, NULL, "FILE", group,
     "ledger whose budgets pay for the rivals and for released accuracies; default: $DPDM_LEDGER, if set", 0, 0},
    {"owners", DPDM_OPTION_CHOICE, AT(owners), 0, 0, 0, dpdm_owners_choices, "WHERE", group,
     "of real-train: " DPDM_OWNERS_HELP, 0, 0},
    {"owners-key", DPDM_OPTION_STRING, AT(owners_key), DPDM_OWNERS_KEY, 0, 0, NULL, "NAME", group,
     "of real-train: " DPDM_OWNERS_KEY_HELP, 0, 0},
    {"data-set", DPDM_OPTION_STRING, AT(data_set), 256, 0, 0, NULL, "NAME", group,
     "name of the real training images in the ledger; empty: what is given as real-train", 0, 0},
};
const dpdm_option_table eval_rival_table = {rows, sizeof rows / sizeof *rows};

void eval_rival_defaults(void *object)
{
    *(eval_rival_options *)object = (eval_rival_options){.trainings = 1, .augmentations = 1};
}

/* ---- before ---- */

/* Takes the claim, the events and the public number of images of the model that is compared with. */
static dpdm_status rival_read_model(eval_rival *rival, dpdm_train_config *config, dpdm_error *err)
{
    const char *path = rival->options->model;
    dpdm_model model;
    cJSON *statement = NULL, *described = NULL;
    dpdm_status status = dpdm_model_read(path, &model, err);
    if (status)
        return status;
    if (!model.statement_json)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: holds no privacy statement; give --rival-epsilon", path);
    if (!status)
        status = dpdm_json_parse(model.statement_json, strlen(model.statement_json), path, &statement, err);
    if (!status)
        status = dpdm_json_parse(model.config_json, strlen(model.config_json), path, &described, err);
    char *events = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(statement, "events"));
    if (!status && events)
        status = dpdm_events_parse(events, strlen(events), path, &rival->release, &rival->release_count, err);
    cJSON_free(events);
    double epsilon = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(statement, "epsilon_upper"));
    double delta = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(statement, "delta"));
    double records = cJSON_GetNumberValue(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(described, "training"), "records"));
    if (!status && !(epsilon > 0 && delta > 0))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: its statement gives no epsilon and delta", path);
    double cap = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(statement, "owner_cap"));
    config->owner.cap = cap >= 1 && cap <= DPDM_GROUP_MAX ? (int)cap : 0; /* it protects what the model protects */
    config->owner.unit = config->owner.cap ? DPDM_UNIT_PERSON : DPDM_UNIT_IMAGE;
    config->owner.asserted =
        config->owner.cap && cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(statement, "owner_cap_asserted"));
    if (config->epsilon == 0)
        config->epsilon = epsilon;
    if (config->delta == 0)
        config->delta = delta;
    if (config->records == 0 && records >= 1 && records < 1e15)
        config->records = (uint64_t)records;
    cJSON_Delete(statement);
    cJSON_Delete(described);
    dpdm_model_destroy(&model);
    return status;
}

static dpdm_status rival_configure(eval_rival *rival, dpdm_train_config *config, dpdm_error *err)
{
    const eval_rival_options *o = rival->options;
    const eval_rival_task *task = &rival->task;
    *config = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
    snprintf(config->data, sizeof config->data, "%s", task->data);
    config->rule = task->reading->rule;
    snprintf(config->images_key, sizeof config->images_key, "%s", task->reading->images_key);
    snprintf(config->labels_key, sizeof config->labels_key, "%s", task->reading->labels_key);
    snprintf(config->cache, sizeof config->cache, "%s", task->reading->cache);
    config->cache_keep = task->reading->cache_keep;
    snprintf(config->data_dir, sizeof config->data_dir, "%s", task->data_dir);
    snprintf(config->ledger, sizeof config->ledger, "%s", o->ledger);
    snprintf(config->data_set, sizeof config->data_set, "%s", o->data_set);
    config->owners = o->owners;
    snprintf(config->owners_key, sizeof config->owners_key, "%s", o->owners_key);
    config->height = task->facts->height;
    config->width = task->facts->width;
    config->channels = task->facts->channels;
    config->classes = task->facts->classes;
    char *names;
    dpdm_status status = dpdm_dataset_class_names(task->facts, &names, err);
    if (status)
        return status;
    snprintf(config->class_names, sizeof config->class_names, "%s", names);
    free(names);
    config->records = o->records;
    config->epsilon = o->epsilon;
    config->delta = o->delta;
    config->threads = task->threads;
    config->augmentations = o->augmentations;
    config->batch = o->batch; /* 0 in these: chosen for the kind */
    config->epochs = o->epochs;
    config->learning_rate = o->learning_rate;
    if (o->model[0])
        status = rival_read_model(rival, config, err);
    if (!status && config->records == 0)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give --rival-records, the number of real training images, if it may be known to all");
    return status;
}

/* Where the release of a training goes. */
static void rival_path(const eval_rival *rival, int kind, int training, char path[1100])
{
    const char *name = dpdm_classifier_name((dpdm_classifier_kind)kind);
    if (training)
        snprintf(path, 1100, "%s/%s-%d.safetensors", rival->options->out, name, training + 1);
    else
        snprintf(path, 1100, "%s/%s.safetensors", rival->options->out, name);
}

/* One kind: can it be planned, and can its releases be written? */
static dpdm_status rival_check(eval_rival *rival, int kind, dpdm_error *err)
{
    dpdm_train_plan plan;
    dpdm_status status = dpdm_train_plan_make(&rival->configs[kind], &plan, err);
    for (int i = 0; !status && rival->options->out[0] && i < rival->options->trainings; i++) {
        char path[1100];
        rival_path(rival, kind, i, path);
        status = dpdm_dp_classifier_write_check(path, 0, err);
    }
    return status;
}

dpdm_status eval_rival_begin(const dpdm_watch *watch, const eval_rival_options *options, const eval_rival_task *task,
                             eval_rival *rival, dpdm_error *err)
{
    *rival = (eval_rival){.watch = watch, .options = options, .task = *task, .together = NAN, .with_release = NAN};
    int train = options->epsilon > 0 || options->model[0];
    rival->wanted = train || options->releases[0];
    if (!train)
        return DPDM_OK;
    if (!task->data[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "a rival is trained on real images: give --real-train SPEC");
    dpdm_train_config common;
    dpdm_status status = rival_configure(rival, &common, err);
    if (!status && common.ledger[0] && !options->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a ledger pays for the rivals, so keep them: name a folder with --rival-out");
    if (!status && options->out[0])
        status = dpdm_folder_create(options->out, err);
    for (int kind = 0; !status && kind < EVAL_KINDS; kind++) {
        rival->configs[kind] = common;
        rival->configs[kind].classifier = (dpdm_classifier_kind)kind;
        if (task->kinds[kind])
            status = rival_check(rival, kind, err);
    }
    return status;
}

void eval_rival_destroy(eval_rival *rival)
{
    for (int kind = 0; kind < EVAL_KINDS; kind++)
        eval_score_destroy(&rival->scores[kind]);
    free(rival->release);
    rival->release = NULL;
}

/* ---- the trainings ---- */

static dpdm_status rival_claim(eval_rival_claim *claim, int first, const char *statement, dpdm_error *err)
{
    cJSON *json;
    dpdm_status status = dpdm_json_parse(statement, strlen(statement), "the statement of a classifier", &json, err);
    if (status)
        return status;
    double epsilon = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "epsilon_upper"));
    double delta = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "delta"));
    int private_claim = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "private"));
    cJSON_Delete(json);
    if (!(epsilon >= 0 && delta >= 0))
        return dpdm_error_set(err, DPDM_EFORMAT, "the statement of a classifier gives no epsilon and delta");
    claim->epsilon = first ? epsilon : fmax(claim->epsilon, epsilon);
    claim->delta = first ? delta : fmax(claim->delta, delta);
    claim->private_claim = private_claim && (first || claim->private_claim);
    return DPDM_OK;
}

/* Tests one classifier, trained or read, on the real test images. */
static dpdm_status rival_test(eval_rival *rival, dpdm_dp_classifier *classifier, dpdm_error *err)
{
    const dpdm_dataset *test = rival->task.test;
    int kind = dpdm_dp_classifier_settings(classifier)->classifier;
    eval_score *score = &rival->scores[kind];
    if (score->trainings == EVAL_TRAININGS)
        return dpdm_error_set(err, DPDM_EUSAGE, "more than %d rivals of one kind", EVAL_TRAININGS);
    score->trained_on = "real images, DP-SGD";
    score->parts = rival->task.parts;
    score->name = dpdm_classifier_name((dpdm_classifier_kind)kind);
    dpdm_status status =
        rival_claim(&rival->claims[kind], score->trainings == 0, dpdm_dp_classifier_statement(classifier), err);
    if (status)
        return status;
    float *probabilities = calloc(test->count * (size_t)test->classes, sizeof *probabilities);
    status = probabilities ? dpdm_dp_classifier_predict(classifier, test, probabilities, err)
                           : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    if (!status)
        status = eval_score_add(score, test, probabilities, 0, err);
    free(probabilities);
    return status;
}

typedef struct {
    const dpdm_watch *watch;
    char label[60];
    double batch; /* the public one */
} rival_watch;

static int rival_progress(void *context, const dpdm_train_progress *progress)
{
    const rival_watch *watch = context;
    return dpdm_watch_progress(watch->watch, watch->label, "img",
                               (uint64_t)((double)progress->step * watch->batch + 0.5),
                               (uint64_t)((double)progress->steps * watch->batch + 0.5), NULL);
}

static dpdm_status rival_train(eval_rival *rival, int kind, int training, dpdm_error *err)
{
    const dpdm_train_config *config = &rival->configs[kind];
    dpdm_dp_classifier *classifier;
    char path[1100];
    dpdm_train_plan plan;
    rival_watch watch = {.watch = rival->watch, .batch = dpdm_train_plan_make(config, &plan, NULL) ? 1 : plan.batch};
    snprintf(watch.label, sizeof watch.label, "DP-SGD %s", dpdm_classifier_name(config->classifier));
    dpdm_status status = dpdm_dp_classifier_train(config, rival_progress, &watch, &classifier, err);
    if (status)
        return status;
    rival->trained++;
    if (rival->options->out[0]) {
        rival_path(rival, kind, training, path);
        status = dpdm_dp_classifier_write(classifier, path, 0, err);
    }
    if (!status)
        status = rival_test(rival, classifier, err);
    dpdm_dp_classifier_destroy(classifier);
    return status;
}

/* The epsilon of `trained` trainings of each wanted kind, alone and with the release; both stay NaN where unprovable. */
static void rival_account(eval_rival *rival)
{
    size_t count = 0, most = rival->release_count + EVAL_KINDS;
    dpdm_event *events = calloc(most, sizeof *events);
    double delta = 0;
    unsigned records = 1; /* of one unit */
    dpdm_bound bound;
    for (int kind = 0; events && kind < EVAL_KINDS; kind++) {
        dpdm_train_plan plan;
        const dpdm_train_config *config = &rival->configs[kind];
        if (!rival->task.kinds[kind] || dpdm_train_plan_make(config, &plan, NULL))
            continue;
        delta = config->delta;
        records = dpdm_owner_group(&config->owner);
        events[count++] =
            (dpdm_event){plan.sampling_rate, plan.noise_multiplier, plan.steps * (uint64_t)rival->options->trainings};
    }
    if (count && !dpdm_account_group(events, count, records, delta, DPDM_ACCOUNTANT_PLD, &bound, NULL))
        rival->together = bound.epsilon_upper;
    for (size_t i = 0; count && i < rival->release_count; i++)
        events[count++] = rival->release[i];
    if (count && rival->release_count &&
        !dpdm_account_group(events, count, records, delta, DPDM_ACCOUNTANT_PLD, &bound, NULL))
        rival->with_release = bound.epsilon_upper;
    free(events);
}

static dpdm_status rival_read_all(eval_rival *rival, dpdm_error *err)
{
    const char *names = rival->options->releases;
    dpdm_status status = DPDM_OK;
    while (!status && *names) {
        char path[1024];
        dpdm_dp_classifier *classifier;
        size_t length = strcspn(names, ",");
        snprintf(path, sizeof path, "%.*s", (int)length, names);
        names += length + (names[length] == ',');
        status = dpdm_dp_classifier_read(path, rival->task.threads, &classifier, err);
        if (status)
            return status;
        status = rival_test(rival, classifier, err);
        dpdm_dp_classifier_destroy(classifier);
    }
    return status;
}

dpdm_status eval_rival_run(eval_rival *rival, dpdm_error *err)
{
    dpdm_status status = rival_read_all(rival, err);
    if (status || !(rival->options->epsilon > 0 || rival->options->model[0]))
        return status;
    for (int kind = 0; !status && kind < EVAL_KINDS; kind++)
        for (int i = 0; !status && rival->task.kinds[kind] && i < rival->options->trainings; i++)
            status = rival_train(rival, kind, i, err);
    if (!status)
        rival_account(rival);
    return status;
}
