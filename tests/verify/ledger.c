/* ledger.c - the contract of the ledger's decision (src/ledger/ledger_spend.c); the source is included below it. */
#include "ledger/ledger_spend.h"

/*@ requires \valid(err);
  @ assigns *err;
  @ ensures \result == status; */
dpdm_status dpdm_error_set(dpdm_error *err, dpdm_status status, const char *format, ...);

/* Allowed is what was bounded, and bounded by no more than the budget. */
/*@ requires \valid_read(set) && \valid_read(bound) && \valid(err) && \separated(set, bound, err);
  @ assigns *err;
  @ ensures \result == DPDM_OK ==> bound->epsilon_upper <= set->epsilon;
  @ ensures bound->epsilon_upper > set->epsilon ==> \result == DPDM_EBUDGET; */
dpdm_status dpdm_ledger_spend_check(const dpdm_ledger_data_set *set, const dpdm_bound *bound, dpdm_error *err);

/*@ assigns \nothing; */
static double spend_round_up(double value);

#include "ledger/ledger_spend.c"
