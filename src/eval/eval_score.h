/* eval_score.h - the figures of one kind of classifier in an evaluation: gathered and judged. */
#ifndef DPDM_EVAL_EVAL_SCORE_H
#define DPDM_EVAL_EVAL_SCORE_H

#include <cjson/cJSON.h>
#include "dpdm/classifier.h"
#include "eval/eval_parts.h"

enum { EVAL_TRAININGS = 100 };

/* One kind of classifier, trained on one set once or several times. Start with trained_on, name and parts, all else zero.
 */
typedef struct {
    const char *trained_on;       /* "synthetic images" and the like */
    const char *name;             /* of the classifier */
    double mean, deviation, best; /* of the accuracies */
    double held_out;              /* mean accuracy on the images that chose the epochs; 0 where none did */
    double accuracies[EVAL_TRAININGS];
    int trainings;
    const eval_parts *parts;  /* groups of the test images beside the classes; may have none */
    char *const *class_names; /* of the test images; NULL: they have none */
    dpdm_agreement agreement; /* of the last training, as are: */
    dpdm_group *groups;       /* [agreement.classes] */
    dpdm_group *part_groups;  /* [parts->count] */
} eval_score;

/* Adds a training by its predictions: probabilities [test->count, classes]. */
dpdm_status eval_score_add(eval_score *score, const dpdm_dataset *test, const float *probabilities, double held_out,
                           dpdm_error *err);
void eval_score_destroy(eval_score *score);

/* Warns of classes and parts with few test images: an object each in `warnings`. */
dpdm_status eval_score_warn_few(const dpdm_dataset *test, const eval_parts *parts, cJSON *warnings, dpdm_error *err);

/* The score as JSON; for each class or part that is far behind the others, an object is added to `warnings`. */
cJSON *eval_score_json(const eval_score *score, cJSON *warnings);

#endif
