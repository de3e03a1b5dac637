/* evaluation.h - how useful and how near to real images a synthetic set is: the whole of `dpdm eval`.
 *
 * Classifiers trained on synthetic images and tested on real ones; the same trained on real images, without privacy and with
 * DP-SGD; distances by features; accuracies released under a guarantee of their own. docs/evaluation.md. */
#ifndef DPDM_EVAL_EVALUATION_H
#define DPDM_EVAL_EVALUATION_H

#include "base/options.h"
#include "base/watch.h"
#include "dpdm/dataset.h"
#include "dpdm/reading.h"
#include "eval/eval_rival.h"
#include "eval/fidelity_options.h"

typedef struct {
    char synthetic[1024], real_test[1024], real_train[1024], data_dir[1024], groups[1024];
    dpdm_reading_options reading;       /* of real pictures */
    char class_names[DPDM_CLASS_NAMES]; /* for sets that know their classes by number alone */
    int classifier, seeds, epochs, batch, classes, threads, protocol, mirror, ceiling;
    double learning_rate, held_out;
} eval_options;

extern const dpdm_option_table eval_table;
void eval_defaults(void *object);

/* All that decides an evaluation: the options of three tables (eval_table, eval_rival_table, eval_fidelity_table). */
typedef struct {
    eval_options options;
    eval_rival_options rival;
    eval_fidelity_options fidelity;
} dpdm_evaluation;

/* Evaluates. synthetic, test: the sets in memory, which stand for the options of that name; both or NULL. *json: the result
 * (docs/evaluation.md), the caller's for cJSON_Delete; NULL on failure. The watch is told of "sets" (the sizes, and
 * warnings about few images), of each classifier by what it was trained on and its name, "chosen", "rival", "fidelity" and
 * "released". DPDM_EUSAGE for options that do not go together, before any work. */
dpdm_status dpdm_evaluation_run(const dpdm_evaluation *evaluation, const dpdm_dataset *synthetic,
                                const dpdm_dataset *test, const dpdm_watch *watch, cJSON **json, dpdm_error *err);

#endif
