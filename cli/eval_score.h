/* eval_score.h - the figures of one kind of classifier in `dpdm eval`: gathered, judged, shown. */
#ifndef DPDM_CLI_EVAL_SCORE_H
#define DPDM_CLI_EVAL_SCORE_H

#include <cjson/cJSON.h>
#include "dpdm/classifier.h"

enum { EVAL_TRAININGS = 100 };

/* One kind of classifier, trained on one set once or several times. Start with trained_on and name, all else zero. */
typedef struct {
    const char *trained_on;       /* "synthetic images" and the like */
    const char *name;             /* of the classifier */
    double mean, deviation, best; /* of the accuracies */
    double held_out;              /* mean accuracy on the images that chose the epochs; 0 where none did */
    double accuracies[EVAL_TRAININGS];
    int trainings;
    dpdm_agreement agreement; /* of the last training, as are: */
    dpdm_group *groups;       /* [agreement.classes] */
} eval_score;

/* Adds a training by its predictions: probabilities [test->count, classes]. */
dpdm_status eval_score_add(eval_score *score, const dpdm_dataset *test, const float *probabilities, double held_out,
                           dpdm_error *err);
void eval_score_destroy(eval_score *score);

/* Warns of classes with few test images: an object each in `warnings`, or a line each on standard output if that is
 * NULL. */
dpdm_status eval_score_warn_few(const dpdm_dataset *test, cJSON *warnings, dpdm_error *err);

/* The score as JSON; for each class that is far behind the others, an object is added to `warnings`. */
cJSON *eval_score_json(const eval_score *score, cJSON *warnings);
/* The same for people, on standard output. */
void eval_score_print(const eval_score *score);

#endif
