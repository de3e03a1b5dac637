/* dpdm.h - train, sample and evaluate from a program of your own.
 *
 * Everything here goes by handles, names and texts, so that new options and new results need no new structs: programs in
 * other languages can call it without a compiler. Handles are made by a function that fills *handle and freed by the one of
 * the same name with "destroy", which takes NULL too. Results with many figures are JSON (the objects that `dpdm VERB
 * --json` prints), the caller's, for dpdm_text_free. Functions never print or exit; where they fail, *err says what, where
 * and the way out, and no result is made. err may be NULL.
 *
 * Handles may be used by one thread at a time, different ones by different threads; a model may be used by several. */
#ifndef DPDM_DPDM_H
#define DPDM_DPDM_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"
#include "dpdm/version.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpdm_config dpdm_config;
typedef struct dpdm_images dpdm_images;
typedef struct dpdm_model dpdm_model;
typedef struct dpdm_dp_classifier dpdm_dp_classifier;

/* Frees a text that a function below returned. */
DPDM_API void dpdm_text_free(char *text);

/* How far a long call is: done of total `unit`s of `what` ("training", "steps"); note: NULL or further words. Called on
 * the thread of the call or on one of its workers, never by two at once. A non-zero answer stops: DPDM_ECANCELLED, and
 * what can be resumed has been saved. */
typedef int (*dpdm_watch_fn)(void *context, const char *what, const char *unit, uint64_t done, uint64_t total,
                             const char *note);

/* ---- configs: the options of a job by name and text ---- */

/* job: "train", "classify", "sample", "evaluate", "tune-sampler", "selfcheck", "audit-mechanism", "audit-training" or
 * "audit-membership". The options, their defaults, ranges and meanings are those that `dpdm help` prints for the verbs train,
 * classify train, sample, eval, tune-sampler, selfcheck, audit mechanism, audit training and audit membership. */
DPDM_API dpdm_status dpdm_config_create(const char *job, dpdm_config **config, dpdm_error *err);
DPDM_API void dpdm_config_destroy(dpdm_config *config);
/* name: as on the command line without dashes ("noise-multiplier"; '_' may stand for '-'). value: as there; flags take
 * "true" and "false". DPDM_EUSAGE with the nearest known name, or with the range. */
DPDM_API dpdm_status dpdm_config_set(dpdm_config *config, const char *name, const char *value, dpdm_error *err);
/* The value as a text that dpdm_config_set takes; the caller's, for dpdm_text_free. */
DPDM_API dpdm_status dpdm_config_get(const dpdm_config *config, const char *name, char **value, dpdm_error *err);
/* Sets what a YAML file, or a text of that form, says of any options of the job; everything else stays. */
DPDM_API dpdm_status dpdm_config_read(dpdm_config *config, const char *path, dpdm_error *err);
DPDM_API dpdm_status dpdm_config_parse(dpdm_config *config, const char *yaml, dpdm_error *err);
/* Sets what a recipe that comes with the library says (jobs "train" and "audit-training"). DPDM_EUSAGE with the nearest name. */
DPDM_API dpdm_status dpdm_config_preset(dpdm_config *config, const char *name, dpdm_error *err);
/* The names of the options and what each means, by number from 0; NULL beyond the last. */
DPDM_API const char *dpdm_config_name(const dpdm_config *config, size_t number);
DPDM_API const char *dpdm_config_help(const dpdm_config *config, size_t number);
/* The names of the recipes, by number from 0; NULL beyond the last. */
DPDM_API const char *dpdm_preset_name(size_t number);

/* ---- images ---- */

/* Copies count images. pixels: uint8 [count, height, width, channels], row-major; labels: [count] in [0, classes);
 * owners: [count], equal numbers for images of one person, or NULL where they are not known. */
DPDM_API dpdm_status dpdm_images_create(const uint8_t *pixels, const int64_t *labels, const uint64_t *owners,
                                        uint64_t count, int height, int width, int channels, int classes,
                                        dpdm_images **images, dpdm_error *err);
/* Opens a data SPEC (`dpdm help data`) as it is: for public or synthetic images. data_dir: where known names are looked
 * up first, or NULL. test: its test part, else the training part. */
DPDM_API dpdm_status dpdm_images_open(const char *spec, const char *data_dir, int test, dpdm_images **images,
                                      dpdm_error *err);
DPDM_API void dpdm_images_destroy(dpdm_images *images);
DPDM_API uint64_t dpdm_images_count(const dpdm_images *images);
/* height, width, channels, classes; each may be NULL. */
DPDM_API void dpdm_images_shape(const dpdm_images *images, int *height, int *width, int *channels, int *classes);
/* [count, height, width, channels] and [count]; live as long as the handle. */
DPDM_API const uint8_t *dpdm_images_pixels(const dpdm_images *images);
DPDM_API const int32_t *dpdm_images_labels(const dpdm_images *images);
/* format: "npz", "png" or "idx". overwrite: replace what dpdm wrote there before. */
DPDM_API dpdm_status dpdm_images_write(const dpdm_images *images, const char *format, const char *path, int overwrite,
                                       dpdm_error *err);

/* ---- training ---- */

/* Of a diffusion model (config of job "train") or of a classifier trained with DP-SGD (job "classify"). */

/* What a training would be: the object of `dpdm train --dry-run --json`. Reads no data and writes nothing. */
DPDM_API dpdm_status dpdm_train_plan_json(const dpdm_config *config, char **json, dpdm_error *err);
/* Trains, or goes on with a run (option "resume"), and leaves a run folder (option "out"). images: the private images; NULL:
 * those that option "data" names. They must agree with the public facts of the config, which are never read off them.
 * *json: {"out", "model", "statement"}: the folder, the file and the privacy statement. A stopped run goes on with
 * "resume" to the same bytes. DPDM_EBUDGET, DPDM_ESTATE, DPDM_EEXIST as `dpdm train`. */
DPDM_API dpdm_status dpdm_train_start(const dpdm_config *config, const dpdm_images *images, dpdm_watch_fn watch,
                                      void *context, char **json, dpdm_error *err);

/* ---- models ---- */

/* A released model: the file, or a run folder that holds it. Nothing in it is believed. */
DPDM_API dpdm_status dpdm_model_create(const char *path, dpdm_model **model, dpdm_error *err);
DPDM_API void dpdm_model_free(dpdm_model *model);
DPDM_API void dpdm_model_shape(const dpdm_model *model, int *height, int *width, int *channels, int *classes);
/* Number of weights. */
DPDM_API uint64_t dpdm_model_parameters(const dpdm_model *model);
/* The public config and the privacy statement as JSON (the latter NULL where there is none); live as long as the model. */
DPDM_API const char *dpdm_model_config(const dpdm_model *model);
DPDM_API const char *dpdm_model_statement(const dpdm_model *model);
/* Draws count images: post-processing, free of privacy cost. config: of job "sample", or NULL for the defaults; without a
 * seed the images are different each time. */
DPDM_API dpdm_status dpdm_model_draw(const dpdm_model *model, const dpdm_config *config, uint64_t count,
                                     dpdm_watch_fn watch, void *context, dpdm_images **images, dpdm_error *err);

/* ---- classifiers trained with DP-SGD ---- */

/* A released classifier: the file, or a run folder that holds it. Nothing in it is believed. threads: of predictions; 0: all
 * cores. dpdm_statement_load reads its statement. Not for two threads at once. */
DPDM_API dpdm_status dpdm_dp_classifier_create(const char *path, int threads, dpdm_dp_classifier **classifier,
                                               dpdm_error *err);
DPDM_API void dpdm_dp_classifier_free(dpdm_dp_classifier *classifier);
DPDM_API void dpdm_dp_classifier_shape(const dpdm_dp_classifier *classifier, int *height, int *width, int *channels,
                                       int *classes);
/* The likeliest class of each image, [count], and the probabilities of all classes, [count, classes]; either may be NULL. The
 * labels of the images are not looked at. What it says of a private image is private. */
DPDM_API dpdm_status dpdm_dp_classifier_label(dpdm_dp_classifier *classifier, const dpdm_images *images,
                                              int64_t *labels, float *probabilities, dpdm_error *err);
/* How well it does on labelled images: "accuracy", "balanced_accuracy", "auroc", "class_accuracy", "confusion" and the rest
 * of what `dpdm classify train --real-test --json` prints. Outside any guarantee where the images are private. */
DPDM_API dpdm_status dpdm_dp_classifier_test_json(dpdm_dp_classifier *classifier, const dpdm_images *images,
                                                  char **json, dpdm_error *err);

/* ---- evaluation ---- */

/* Evaluates as `dpdm eval`. synthetic, test: stand for the options of that name; both or NULL. *json: the same object. */
DPDM_API dpdm_status dpdm_evaluate(const dpdm_config *config, const dpdm_images *synthetic, const dpdm_images *test,
                                   dpdm_watch_fn watch, void *context, char **json, dpdm_error *err);

/* Compares samplers on a model without touching private images, as `dpdm tune-sampler`. real: images to test on as well,
 * which stand for the option "real-test"; or NULL. A choice by them is outside the guarantee if they are private. */
DPDM_API dpdm_status dpdm_tune_sampler_json(const dpdm_model *model, const dpdm_config *config, const dpdm_images *real,
                                            dpdm_watch_fn watch, void *context, char **json, dpdm_error *err);

/* Writes the report of a run folder or model file as one HTML page, as `dpdm report`. evaluation: a file with what
 * dpdm_evaluate gave, or NULL. threads: 0 for all. */
DPDM_API dpdm_status dpdm_report_html(const char *run, const char *evaluation, const char *out, int overwrite,
                                      int threads, dpdm_error *err);

/* ---- privacy ---- */

/* accountant: "pld" or "rdp". The object of `dpdm account --json`: proven bounds for `steps` Poisson-subsampled Gaussian
 * mechanisms. DPDM_ERANGE outside what is proven. */
DPDM_API dpdm_status dpdm_epsilon_json(double sampling_rate, double noise_multiplier, uint64_t steps, double delta,
                                       const char *accountant, char **json, dpdm_error *err);
/* The same for all that was spent on one data set, and for units of up to `group` records (1: record by record; at most 256), as
 * `dpdm account --events`. events: JSON text, a list of events [{"sampling_rate": q, "noise_multiplier": sigma, "steps": n}, ...] or
 * one event in the language of Google's dp_accounting; DPDM_EUSAGE, naming the place, for what cannot be bounded. */
DPDM_API dpdm_status dpdm_epsilon_of_events_json(const char *events, uint64_t group, double delta,
                                                 const char *accountant, char **json, dpdm_error *err);
/* What such a release can tell an attacker at most: "true_positive" of any attack with that false_positive, in [0, 1]; the
 * chance "success" of the best guess, and with probability 1 - risk the "posterior" belief, of one who holds the unit to be in
 * with probability prior, in (0, 1), before. */
DPDM_API dpdm_status dpdm_attack_json(const char *events, uint64_t group, double false_positive, double prior,
                                      double risk, char **json, dpdm_error *err);
/* The smallest noise multiplier, to 0.1 %, whose epsilon bound is not above the target: "noise_multiplier",
 * "epsilon_upper" and the rest of `dpdm calibrate --json`. */
DPDM_API dpdm_status dpdm_calibrate_json(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                         const char *accountant, char **json, dpdm_error *err);
/* Computes a statement (JSON) again from what it says of itself. *claims: it makes a privacy claim.
 * DPDM_EFORMAT where it does not hold. */
DPDM_API dpdm_status dpdm_statement_check(const char *json, int *claims, dpdm_error *err);

/* The statement of a release: a model file, a statement.json or a run folder, which must agree within itself. */
DPDM_API dpdm_status dpdm_statement_load(const char *path, char **json, dpdm_error *err);
/* A statement for people, in lines of at most 79 columns. Nothing is verified. */
DPDM_API dpdm_status dpdm_statement_explain(const char *json, char **text, dpdm_error *err);

/* ---- tests of this library and machine ---- */

/* These answer DPDM_OK when they were run: what they found is in the object. Each prints as the verb with --json. */

/* Replays training steps of the real code and compares them bit for bit: "passed" is true, or the library must not train on
 * private data on this machine; "runs" says which check failed. About a second for each kernel set and number of threads. */
DPDM_API dpdm_status dpdm_selfcheck_json(const dpdm_config *config, dpdm_watch_fn watch, void *context, char **json,
                                         dpdm_error *err);
/* Lower bounds on epsilon by attacks (docs/privacy/audit.md): "exceeded" is true where "epsilon_lower" refutes
 * "epsilon_claimed". The mechanism is attacked on made-up data. */
DPDM_API dpdm_status dpdm_audit_mechanism_json(const dpdm_config *config, dpdm_watch_fn watch, void *context,
                                               char **json, dpdm_error *err);
/* One training with canaries, of which nothing is kept. images: as dpdm_train_start. Touches them: the result is covered by
 * no guarantee. */
DPDM_API dpdm_status dpdm_audit_training_json(const dpdm_config *config, const dpdm_images *images, dpdm_watch_fn watch,
                                              void *context, char **json, dpdm_error *err);
/* Can members, which were trained on, be told from non-members by synthetic images alone? The sets stand for the options of
 * that name; all or NULL. Touches them: the result is covered by no guarantee. "exceeded" is there with option "claim". */
DPDM_API dpdm_status dpdm_audit_membership_json(const dpdm_config *config, const dpdm_images *synthetic,
                                                const dpdm_images *members, const dpdm_images *non_members,
                                                dpdm_watch_fn watch, void *context, char **json, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
