/* payment.c - a training's plan as a ledger sees it. */
#include "train/payment.h"

#include "train/config.h"

dpdm_status dpdm_train_payment(const dpdm_train_config *config, const dpdm_train_plan *plan,
                               dpdm_ledger_payment *payment, dpdm_error *err)
{
    uint8_t digest[32];
    dpdm_status status = dpdm_train_digest(config, plan, digest, err);
    if (!status)
        *payment = dpdm_ledger_payment_plan(config->ledger, config->data_set[0] ? config->data_set : config->data,
                                            digest, &config->owner, plan->events, plan->event_count);
    return status;
}

dpdm_status dpdm_train_budget(const dpdm_train_config *config, const dpdm_train_plan *plan,
                              dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    dpdm_ledger_payment payment;
    dpdm_status status = dpdm_train_payment(config, plan, &payment, err);
    return status ? status : dpdm_ledger_payment_ask(&payment, receipt, err);
}
