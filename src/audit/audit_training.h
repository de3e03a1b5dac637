/* audit_training.h - the audit of a training with another step in the place of dpdm's: how tests show that it catches
 * broken ones. */
#ifndef DPDM_EVAL_AUDIT_TRAINING_H
#define DPDM_EVAL_AUDIT_TRAINING_H

#include "audit/audit_mechanism.h"

dpdm_status dpdm_audit_training_run_subject(const dpdm_train_config *config, const dpdm_audit_training_options *options,
                                            const dpdm_audit_subject *subject, dpdm_audit_progress_fn progress,
                                            void *context, dpdm_audit_training_result *result, dpdm_error *err);

#endif
