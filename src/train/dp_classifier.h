/* dp_classifier.h - what the files of the DP-SGD classifier share. */
#ifndef DPDM_TRAIN_DP_CLASSIFIER_H
#define DPDM_TRAIN_DP_CLASSIFIER_H

#include "dpdm/dp_classifier.h"
#include "ledger/ledger_payment.h"

struct dpdm_dp_classifier {
    dpdm_train_config config;
    dpdm_network *network;
    int threads;                 /* of predictions */
    dpdm_weights *weights;       /* of one image each; these are NULL until needed: */
    dpdm_workspace **workspaces; /* [threads] */
    float *params;               /* what is released */
    char *config_json, *statement;
    dpdm_train_plan plan; /* of one that was trained here, as is */
    dpdm_ledger_payment payment;
};

/* The public config that a release holds, around the public options; as task.h wants it. */
dpdm_status dpdm_dp_classifier_describe(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                        const char *training, char **json, dpdm_error *err);
/* Writes a release. */
dpdm_status dpdm_dp_classifier_put(const dpdm_network *network, const float *params, const char *config_json,
                                   const char *statement, const char *path, int overwrite, dpdm_error *err);

#endif
