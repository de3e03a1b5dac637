/* dp_classifier.h - what the files of the DP-SGD classifier share. */
#ifndef DPDM_EVAL_DP_CLASSIFIER_H
#define DPDM_EVAL_DP_CLASSIFIER_H

#include "base/options.h"
#include "dpdm/dp_classifier.h"
#include "ledger/ledger_payment.h"

/* Rows over dpdm_dp_classifier_config: the flags of `dpdm classify train` and the JSON of the release. */
extern const dpdm_option_table dpdm_dp_classifier_option_table;

struct dpdm_dp_classifier {
    dpdm_dp_classifier_config config;
    dpdm_dp_classifier_plan plan;
    dpdm_network *network;
    dpdm_weights *weights;
    dpdm_workspace **workspaces; /* [plan.threads], of one image each; weights and these are NULL until needed */
    float *average;              /* what is released */
    char *statement;
    dpdm_event event; /* all that is computed from the private data */
    dpdm_ledger_payment payment;
};

/* The public config that a release holds: JSON text for cJSON_free, or NULL when out of memory. */
char *dpdm_dp_classifier_public_json(const dpdm_dp_classifier_config *config, const dpdm_dp_classifier_plan *plan);

/* The plan as a ledger sees it; points into config and to *event, which it fills. The run still wants a name. */
dpdm_status dpdm_dp_classifier_payment(const dpdm_dp_classifier_config *config, const dpdm_dp_classifier_plan *plan,
                                       dpdm_event *event, dpdm_ledger_payment *payment, dpdm_error *err);

#endif
