/* selfcheck_training.h - the check of what comes after the release. */
#ifndef DPDM_TRAIN_SELFCHECK_TRAINING_H
#define DPDM_TRAIN_SELFCHECK_TRAINING_H

#include "audit/selfcheck_trial.h"

/* Trains a few steps on two data sets whose released vectors are equal (one holds an image more, with a gradient that is
 * not finite), and a third time from the released vectors without any data: weights, Adam's moments and the average must
 * be the same bits. */
dpdm_status selfcheck_training(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);

#endif
