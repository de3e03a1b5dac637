/* accuracy_release.h - the private release of accuracies in an evaluation (dpdm/private_accuracy.h). */
#ifndef DPDM_EVAL_ACCURACY_RELEASE_H
#define DPDM_EVAL_ACCURACY_RELEASE_H

#include "dpdm/classifier.h"
#include "dpdm/private_accuracy.h"
#include "eval/fidelity_options.h"
#include "ledger/ledger_payment.h"

enum { ACCURACY_KINDS = DPDM_CLASSIFIER_RESNET + 1 };

/* Start with zeros; nothing happens until begin, and nothing then unless --release-epsilon was given. */
typedef struct {
    dpdm_private_accuracy *accuracy; /* NULL: nothing to release */
    int measure[ACCURACY_KINDS];     /* of a kind of classifier, or -1 */
    int count;
    char ledger[1024];
    const uint8_t *digest; /* of the test images */
    dpdm_event event;      /* what the ledger pays for */
    dpdm_ledger_payment payment;
} accuracy_release;

/* What is released, and of which images. kinds[kind]: this kind will be counted. ledger: its path,
 * or "": nobody pays. */
typedef struct {
    const int *kinds;
    int chosen_on_test, classes;
    const dpdm_dataset *test;
    const char *test_spec, *ledger;
} accuracy_release_task;

/* With a ledger the whole cost is reserved here, before a classifier is trained; DPDM_EBUDGET if it does not fit. There
 * is no claim, so DPDM_EUSAGE, if classifiers depend on the test images: chosen_on_test, their epochs are chosen on them;
 * or classes, the stated number of classes, is 0, so that it is read off them. */
dpdm_status accuracy_release_begin(accuracy_release *release, const eval_fidelity_options *options,
                                   const accuracy_release_task *task, dpdm_error *err);
/* One training of a classifier on synthetic images. */
dpdm_status accuracy_release_count(accuracy_release *release, dpdm_classifier_kind kind, const dpdm_dataset *test,
                                   const float *probabilities, dpdm_error *err);
/* Tells the ledger, draws the noise, tells the ledger of the release; then adds "released" to json. */
dpdm_status accuracy_release_finish(accuracy_release *release, const eval_fidelity_options *options, cJSON *json,
                                    dpdm_error *err);
/* status: how the run ended; a reservation that was not used is cancelled, and noise drawn for nothing counts. */
void accuracy_release_destroy(accuracy_release *release, dpdm_status status);

#endif
