/* payment.h - a training's plan as a ledger sees it. */
#ifndef DPDM_TRAIN_PAYMENT_H
#define DPDM_TRAIN_PAYMENT_H

#include "dpdm/train.h"
#include "ledger/ledger_payment.h"

/* Points into config and plan, which must outlive it; the run still wants a name. */
dpdm_status dpdm_train_payment(const dpdm_train_config *config, const dpdm_train_plan *plan,
                               dpdm_ledger_payment *payment, dpdm_error *err);

#endif
