/* evaluation.c - classifiers trained on a synthetic set, tested on real images, and all that goes with it. */
#include "eval/evaluation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/print.h"
#include "data/class_names.h"
#include "dpdm/classifier.h"
#include "eval/accuracy_release.h"
#include "eval/eval_score.h"

enum { EVAL_ALL = EVAL_KINDS };

typedef enum { PROTOCOL_STANDARD, PROTOCOL_HONEST, PROTOCOL_PAPER } eval_protocol;

static const char *const classifier_choices[] = {"logreg", "mlp", "cnn", "resnet", "all", NULL};
static const char *const protocol_choices[] = {"standard", "honest", "paper", NULL};
static const char data_group[] = "Data";
static const char classifier_group[] = "Classifiers";

#define AT(field) offsetof(eval_options, field)
static const dpdm_option rows[] = {
    {"synthetic", DPDM_OPTION_STRING, AT(synthetic), 1024, 0, 0, NULL, "SPEC", data_group,
     "images to train on: a file or folder of any supported format", 0, 0},
    {"real-test", DPDM_OPTION_STRING, AT(real_test), 1024, 0, 0, NULL, "SPEC", data_group,
     "real images to test on (the test part of a known name)", 0, 0},
    {"real-train", DPDM_OPTION_STRING, AT(real_train), 1024, 0, 0, NULL, "SPEC", data_group,
     "real images to train on as well: without privacy, the ceiling, and for the DP-SGD rival", 0, 0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), 1024, 0, 0, NULL, "DIR", data_group,
     "where known names are looked up first", 0, 0},
    {"groups", DPDM_OPTION_STRING, AT(groups), 1024, 0, 0, NULL, "FILE", data_group,
     "text file with a line for each test image that names its group: the accuracy of each is told too", 0, 0},
    {"class-names", DPDM_OPTION_STRING, AT(class_names), DPDM_CLASS_NAMES, 0, 0, NULL, "LIST", data_group,
     "names of the classes in the order of labels, for sets that know their classes by number alone", 0, 0},
    {"classes", DPDM_OPTION_INT, AT(classes), 0, 0, 100000, NULL, "N", data_group,
     "number of classes; 0: the largest label of the sets plus 1", 0, 0},
    {"classifier", DPDM_OPTION_CHOICE, AT(classifier), 0, 0, 0, classifier_choices, "NAME", classifier_group,
     "which classifier, or all of them", 0, DPDM_OPTION_ONCE},
    {"protocol", DPDM_OPTION_CHOICE, AT(protocol), 0, 0, 0, protocol_choices, "NAME", classifier_group,
     "how classifiers are trained: standard, with random views, mixing, a falling rate and averaged weights; honest, "
     "as "
     "in the paper, on the images as they are at a constant rate. Both choose epoch and classifier on held-out images "
     "of "
     "the training set; paper, trained alike, on the real test images, which leaks and gives accuracies that are too "
     "high",
     0, 0},
    {"mirror", DPDM_OPTION_FLAG, AT(mirror), 0, 0, 0, NULL, NULL, classifier_group,
     "standard: mirrored views too, where a mirrored image still is one of its class (clothes, not digits)", 0, 0},
    {"ceiling", DPDM_OPTION_FLAG, AT(ceiling), 0, 0, 0, NULL, NULL, classifier_group,
     "train on real-train without privacy too (--no-ceiling: only the rival)", 0, 0},
    {"seeds", DPDM_OPTION_INT, AT(seeds), 0, 1, EVAL_TRAININGS, NULL, "N", classifier_group,
     "trainings of each classifier; mean, spread and best are reported", 0, 0},
    {"epochs", DPDM_OPTION_INT, AT(epochs), 0, 0, 100000, NULL, "N", classifier_group,
     "passes over the images; 0: those of the protocol (standard 20, others 50)", 0, 0},
    {"batch", DPDM_OPTION_INT, AT(batch), 0, 0, 4096, NULL, "N", classifier_group,
     "images an update; 0: those of the protocol (128)", 0, 0},
    {"learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 0, 10, NULL, "R", classifier_group,
     "step size of Adam; 0: that of the protocol (standard 2e-3, others 3e-4)", 0, 0},
    {"held-out", DPDM_OPTION_DOUBLE, AT(held_out), 0, 0, 0.5, NULL, "X", classifier_group,
     "standard and honest: share of the training images kept aside to choose the epoch", 0, 0},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", classifier_group, "0: all cores. Changes no bit",
     0, 0},
    DPDM_READING_ROWS(AT(reading)),
};
const dpdm_option_table eval_table = {rows, sizeof rows / sizeof *rows};

static const char leak_notice[] =
    "leaks: the epoch and the classifier were chosen on real test images, so these accuracies are too high";
static const char test_notice[] =
    "computed from real test images: outside the privacy guarantee, not for publication if those are private";

void eval_defaults(void *object)
{
    dpdm_classifier_config config = dpdm_classifier_protocol(DPDM_PROTOCOL_STANDARD);
    *(eval_options *)object =
        (eval_options){.classifier = config.kind, .seeds = 1, .held_out = config.held_out, .ceiling = 1};
}

/* The training that the options ask for; its kind and seed are the caller's. */
static dpdm_classifier_config eval_training(const eval_options *o)
{
    dpdm_classifier_config config =
        dpdm_classifier_protocol(o->protocol == PROTOCOL_STANDARD ? DPDM_PROTOCOL_STANDARD : DPDM_PROTOCOL_PAPER);
    if (o->epochs)
        config.epochs = o->epochs;
    if (o->batch)
        config.batch = o->batch;
    if (o->learning_rate > 0)
        config.learning_rate = o->learning_rate;
    config.held_out = o->held_out;
    config.threads = o->threads;
    config.views.mirror = o->mirror;
    return config;
}

/* The classifier that would be used, and the figure that chose it. */
typedef struct {
    const char *name;
    double by, accuracy;
} eval_choice;

typedef struct {
    const dpdm_evaluation *evaluation;
    const eval_options *options;
    const dpdm_watch *watch;
    dpdm_dataset synthetic, test, train;
    int borrowed; /* the sets are the caller's */
    eval_parts parts;
    eval_rival rival;
    accuracy_release release;
    eval_choice choice;
    int public_classes; /* as stated, or as the synthetic images have them */
    int done, total;    /* epochs */
    cJSON *json, *warnings;
} eval_run;

/* ---- trainings ---- */

static int epoch_done(void *context, int epoch, int epochs, double held_out_accuracy)
{
    eval_run *run = context;
    char extra[80];
    (void)epoch;
    (void)epochs;
    dpdm_print_text(extra, sizeof extra, "%s accuracy %.1f %%",
                    run->options->protocol == PROTOCOL_PAPER ? "test (leaks)" : "held-out", 100 * held_out_accuracy);
    return dpdm_watch_progress(run->watch, "classifiers", "epochs", (uint64_t)++run->done, (uint64_t)run->total, extra);
}

static dpdm_status eval_once(eval_run *run, dpdm_classifier_kind kind, const dpdm_dataset *data, eval_score *score,
                             dpdm_error *err)
{
    const eval_options *o = run->options;
    dpdm_classifier_config config = eval_training(o);
    config.kind = kind;
    config.seed = (uint64_t)score->trainings;
    config.choose_on = o->protocol == PROTOCOL_PAPER ? &run->test : NULL;
    dpdm_classifier *classifier;
    double chosen;
    dpdm_status status = dpdm_classifier_train(&config, data, epoch_done, run, &classifier, err);
    if (status)
        return status;
    dpdm_classifier_epoch(classifier, &chosen);
    float *probabilities = malloc(run->test.count * (size_t)run->test.classes * sizeof *probabilities);
    status = probabilities ? dpdm_classifier_predict(classifier, &run->test, probabilities, err)
                           : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the predictions");
    if (!status)
        status = eval_score_add(score, &run->test, probabilities, chosen, err);
    if (!status && data == &run->synthetic)
        status = accuracy_release_count(&run->release, kind, &run->test, probabilities, err);
    free(probabilities);
    dpdm_classifier_destroy(classifier);
    return status;
}

/* Of the synthetic images' classifiers, the one that the protocol prefers; they are all tested in any case. */
static void eval_choose(eval_run *run, const eval_score *score)
{
    double by = run->options->protocol == PROTOCOL_PAPER ? score->mean : score->held_out;
    if (!run->choice.name || by > run->choice.by)
        run->choice = (eval_choice){score->name, by, score->mean};
}

/* Trains the chosen classifiers on one set; their results go below `parent`. */
static dpdm_status eval_set(eval_run *run, const char *trained_on, const dpdm_dataset *data, cJSON *parent,
                            dpdm_error *err)
{
    for (int kind = 0; kind < EVAL_KINDS; kind++) {
        if (run->options->classifier != EVAL_ALL && run->options->classifier != kind)
            continue;
        eval_score score = {
            .trained_on = trained_on, .name = dpdm_classifier_name((dpdm_classifier_kind)kind), .parts = &run->parts};
        dpdm_status status = DPDM_OK;
        while (!status && score.trainings < run->options->seeds)
            status = eval_once(run, (dpdm_classifier_kind)kind, data, &score, err);
        if (!status) {
            cJSON *json = eval_score_json(&score, run->warnings);
            cJSON_AddItemToObject(parent, score.name, json);
            dpdm_watch_found(run->watch, trained_on, score.name, json, run->warnings);
        }
        if (!status && data == &run->synthetic)
            eval_choose(run, &score);
        eval_score_destroy(&score);
        if (status)
            return status;
    }
    return DPDM_OK;
}

static int eval_has_ceiling(const eval_run *run)
{
    return run->options->ceiling && run->train.count > 0;
}

static dpdm_status eval_classifiers(eval_run *run, dpdm_error *err)
{
    const eval_options *o = run->options;
    int sets = eval_has_ceiling(run) ? 2 : 1, kinds = o->classifier == EVAL_ALL ? EVAL_KINDS : 1;
    cJSON *synthetic = cJSON_AddObjectToObject(run->json, "classifiers");
    run->total = sets * kinds * o->seeds * eval_training(o).epochs;
    dpdm_status status = eval_set(run, "synthetic images", &run->synthetic, synthetic, err);
    if (!status && eval_has_ceiling(run))
        status = eval_set(run, "real images, no privacy", &run->train,
                          cJSON_AddObjectToObject(run->json, "classifiers_real"), err);
    return status;
}

/* ---- what holds for all of them ---- */

/* All that decides a training beside kind and seed, so that a figure can be made again. */
static cJSON *eval_training_json(const eval_options *o)
{
    const dpdm_classifier_config config = eval_training(o);
    const dpdm_views *v = &config.views;
    cJSON *json = cJSON_CreateObject(), *views = cJSON_AddObjectToObject(json, "views");
    cJSON_AddNumberToObject(json, "epochs", config.epochs);
    cJSON_AddNumberToObject(json, "batch", config.batch);
    cJSON_AddItemToObject(json, "learning_rate", dpdm_json_double(config.learning_rate));
    cJSON_AddItemToObject(json, "warm_up", dpdm_json_double(config.warm_up));
    cJSON_AddItemToObject(json, "final_rate", dpdm_json_double(config.final_rate));
    cJSON_AddItemToObject(json, "average", dpdm_json_double(config.average));
    cJSON_AddItemToObject(json, "held_out", dpdm_json_double(o->protocol == PROTOCOL_PAPER ? 0 : config.held_out));
    cJSON_AddNumberToObject(views, "shift", v->shift);
    cJSON_AddBoolToObject(views, "mirror", v->mirror);
    cJSON_AddItemToObject(views, "turn", dpdm_json_double(v->turn));
    cJSON_AddItemToObject(views, "stretch", dpdm_json_double(v->stretch));
    cJSON_AddItemToObject(views, "erase", dpdm_json_double(v->erase));
    cJSON_AddItemToObject(views, "noise", dpdm_json_double(v->noise));
    cJSON_AddItemToObject(views, "mixup", dpdm_json_double(v->mixup));
    cJSON_AddItemToObject(views, "smoothing", dpdm_json_double(v->smoothing));
    return json;
}

static void eval_describe(eval_run *run)
{
    const eval_options *o = run->options;
    int leaks = o->protocol == PROTOCOL_PAPER;
    cJSON_AddItemToObject(run->json, "synthetic_images", dpdm_json_u64(run->synthetic.count));
    cJSON_AddItemToObject(run->json, "test_images", dpdm_json_u64(run->test.count));
    cJSON_AddStringToObject(run->json, "accuracy_notice", test_notice);
    cJSON_AddStringToObject(run->json, "protocol", protocol_choices[o->protocol]);
    cJSON_AddItemToObject(run->json, "protocol_training", eval_training_json(o));
    cJSON_AddBoolToObject(run->json, "protocol_leaks", leaks);
    if (leaks)
        cJSON_AddStringToObject(run->json, "protocol_notice", leak_notice);
}

static void eval_conclude(eval_run *run)
{
    const eval_choice *choice = &run->choice;
    const char *on =
        run->options->protocol == PROTOCOL_PAPER ? "real test images (leaks)" : "held-out synthetic images";
    if (run->options->classifier != EVAL_ALL)
        return;
    cJSON *json = cJSON_AddObjectToObject(run->json, "chosen");
    cJSON_AddStringToObject(json, "classifier", choice->name);
    cJSON_AddStringToObject(json, "chosen_on", on);
    cJSON_AddItemToObject(json, "accuracy_mean", dpdm_json_double(choice->accuracy));
    dpdm_watch_found(run->watch, "chosen", NULL, json, run->warnings);
}

/* Distances between the sets; last of all, so that nothing is spent on a run that fails, the private release. */
static dpdm_status eval_fidelity(eval_run *run, dpdm_error *err)
{
    const eval_fidelity_options *options = &run->evaluation->fidelity;
    const eval_fidelity_sets sets = {&run->synthetic, &run->test, run->train.count ? &run->train : NULL};
    dpdm_status status = eval_fidelity_measure(run->watch, options, &sets, run->options->threads, run->json, err);
    if (!status)
        status = accuracy_release_finish(&run->release, options, run->json, err);
    const cJSON *released = cJSON_GetObjectItemCaseSensitive(run->json, "released");
    if (!status && released)
        dpdm_watch_found(run->watch, "released", NULL, released, run->warnings);
    return status;
}

static dpdm_status eval_all(eval_run *run, dpdm_error *err)
{
    eval_describe(run);
    dpdm_status status = eval_score_warn_few(&run->test, &run->parts, run->warnings, err);
    if (!status) {
        dpdm_watch_found(run->watch, "sets", NULL, run->json, run->warnings);
        status = eval_classifiers(run, err);
    }
    if (!status)
        eval_conclude(run);
    if (!status)
        status = eval_rival_run(&run->rival, err);
    if (status)
        return status;
    eval_rival_json(&run->rival, run->watch, run->json, run->warnings);
    return eval_fidelity(run, err);
}

/* ---- before ---- */

/* Without the ceiling the real training images are for the rival, which opens them itself once they are paid for; but
 * features made from them need them here. */
static int eval_opens_train(const eval_run *run)
{
    return run->options->real_train[0] &&
           (run->options->ceiling || run->evaluation->fidelity.features == EVAL_FEATURES_CNN);
}

static dpdm_status eval_open(eval_run *run, dpdm_error *err)
{
    const eval_options *o = run->options;
    const char *dir = o->data_dir[0] ? o->data_dir : NULL;
    const dpdm_facts made = {.classes = o->classes, .class_names = o->class_names, .owners = DPDM_OWNERS_NOT_NEEDED};
    dpdm_facts tested = made; /* a release from the test images says what it protects */
    tested.owners = run->evaluation->fidelity.has_release_epsilon ? DPDM_OWNERS_AUTO : DPDM_OWNERS_NOT_NEEDED;
    dpdm_status status = DPDM_OK;
    if (!run->borrowed) {
        status = dpdm_dataset_open(o->synthetic, dir, DPDM_SPLIT_TRAIN, &made, &run->synthetic, err);
        if (!status)
            status = dpdm_reading_open(&o->reading, o->real_test, dir, DPDM_SPLIT_TEST, &tested, run->watch, &run->test,
                                       err);
    }
    if (!status && eval_opens_train(run))
        status =
            dpdm_reading_open(&o->reading, o->real_train, dir, DPDM_SPLIT_TRAIN, &made, run->watch, &run->train, err);
    const char *synthetic = run->borrowed ? "the synthetic images" : o->synthetic;
    if (!status)
        status = dpdm_dataset_match(&run->synthetic, synthetic, &run->test,
                                    run->borrowed ? "the test images" : o->real_test, err);
    if (!status && run->train.count)
        status = dpdm_dataset_match(&run->synthetic, synthetic, &run->train, o->real_train, err);
    if (!status && o->groups[0])
        status = eval_parts_read(o->groups, run->test.count, &run->parts, err);
    if (status)
        return status;
    run->public_classes = o->classes ? o->classes : run->synthetic.classes;
    /* A set may lack the last classes: all agree on the largest number seen. */
    int classes = run->synthetic.classes > run->test.classes ? run->synthetic.classes : run->test.classes;
    classes = run->train.classes > classes ? run->train.classes : classes;
    run->synthetic.classes = run->test.classes = run->train.classes = classes;
    return DPDM_OK;
}

static dpdm_status eval_rival_prepare(eval_run *run, dpdm_error *err)
{
    const eval_options *o = run->options;
    eval_rival_task task = {.data = o->real_train,
                            .data_dir = o->data_dir,
                            .reading = &o->reading,
                            .facts = &run->synthetic,
                            .test = &run->test,
                            .parts = &run->parts,
                            .threads = o->threads};
    for (int kind = 0; kind < EVAL_KINDS; kind++)
        task.kinds[kind] = o->classifier == EVAL_ALL || o->classifier == kind;
    dpdm_status status = eval_rival_begin(run->watch, &run->evaluation->rival, &task, &run->rival, err);
    if (!status && run->rival.wanted && run->public_classes != run->synthetic.classes)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "the real images have classes that the synthetic ones lack: state the number of classes, "
                              "as a public fact, with --classes");
    return status;
}

static dpdm_status eval_fidelity_prepare(eval_run *run, dpdm_error *err)
{
    const eval_fidelity_options *options = &run->evaluation->fidelity;
    int kinds[EVAL_KINDS];
    for (int kind = 0; kind < EVAL_KINDS; kind++)
        kinds[kind] = run->options->classifier == EVAL_ALL || run->options->classifier == kind;
    const accuracy_release_task task = {.kinds = kinds,
                                        .chosen_on_test = run->options->protocol == PROTOCOL_PAPER,
                                        .classes = run->options->classes,
                                        .test = &run->test,
                                        .test_spec = run->options->real_test,
                                        .ledger = run->evaluation->rival.ledger};
    dpdm_status status = eval_fidelity_check(options, run->train.count > 0, err);
    return status ? status : accuracy_release_begin(&run->release, options, &task, err);
}

static dpdm_status eval_check(const dpdm_evaluation *evaluation, const dpdm_dataset *synthetic, dpdm_error *err)
{
    const eval_options *o = &evaluation->options;
    if (!synthetic && (!o->synthetic[0] || !o->real_test[0]))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "eval needs --synthetic SPEC (images to train on) and --real-test SPEC (to test on)");
    if (o->mirror && o->protocol != PROTOCOL_STANDARD)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--mirror needs --protocol standard: the others show images as they are");
    return DPDM_OK;
}

/* A set of the caller's to work on: with its pixels, and labels and names of its own, which matching it with another set may
 * change. */
static dpdm_status set_borrow(const dpdm_dataset *data, dpdm_dataset *set, dpdm_error *err)
{
    *set = *data;
    set->class_names = NULL;
    set->labels = malloc((data->count + 1) * sizeof *set->labels);
    if (!set->labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the labels of %llu images",
                              (unsigned long long)data->count);
    memcpy(set->labels, data->labels, data->count * sizeof *set->labels);
    return data->class_names ? dpdm_class_names_copy((const char *const *)data->class_names, (size_t)data->classes,
                                                     &set->class_names, err)
                             : DPDM_OK;
}

static void set_return(dpdm_dataset *set)
{
    set->pixels = set->left_out = NULL;
    set->owners = NULL;
    dpdm_dataset_destroy(set);
}

dpdm_status dpdm_evaluation_run(const dpdm_evaluation *evaluation, const dpdm_dataset *synthetic,
                                const dpdm_dataset *test, const dpdm_watch *watch, cJSON **json, dpdm_error *err)
{
    eval_run run = {
        .evaluation = evaluation, .options = &evaluation->options, .watch = watch, .borrowed = synthetic != NULL};
    *json = NULL;
    dpdm_status status = eval_check(evaluation, synthetic, err);
    if (status)
        return status;
    run.json = cJSON_CreateObject();
    run.warnings = cJSON_CreateArray();
    if (run.borrowed)
        status = set_borrow(synthetic, &run.synthetic, err);
    if (!status && run.borrowed)
        status = set_borrow(test, &run.test, err);
    if (!status)
        status = eval_open(&run, err);
    if (!status)
        status = eval_fidelity_prepare(&run, err);
    if (!status)
        status = eval_rival_prepare(&run, err);
    if (!status)
        status = eval_all(&run, err);
    eval_rival_destroy(&run.rival);
    eval_parts_destroy(&run.parts);
    accuracy_release_destroy(&run.release, status);
    void (*release)(dpdm_dataset *) = run.borrowed ? set_return : dpdm_dataset_destroy;
    release(&run.synthetic);
    release(&run.test);
    dpdm_dataset_destroy(&run.train);
    cJSON_AddItemToObject(run.json, "warnings", run.warnings);
    if (status)
        cJSON_Delete(run.json);
    else
        *json = run.json;
    return status;
}
