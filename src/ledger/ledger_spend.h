/* ledger_spend.h - what a data set has spent, and whether a request still fits. */
#ifndef DPDM_PRIVACY_LEDGER_SPEND_H
#define DPDM_PRIVACY_LEDGER_SPEND_H

#include "ledger/ledger_book.h"

/* The bound on all reservations of `set` that count, followed by extra[0..count), by the data set's accountant, or at
 * its one order where it has one; with an order, the only run may be bounded by itself instead (pld). */
dpdm_status dpdm_ledger_spend_bound(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                    const dpdm_event *extra, size_t count, dpdm_bound *bound, dpdm_error *err);

/* dpdm_ledger_proven_adaptively, with extra[0..count) as one more run. */
int dpdm_ledger_spend_adaptive(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                               const dpdm_event *extra, size_t count);

/* DPDM_EBUDGET unless bound is within the budget. */
dpdm_status dpdm_ledger_spend_check(const dpdm_ledger_data_set *set, const dpdm_bound *bound, dpdm_error *err);

/* The refusal of a request whose bound, all spending included, is *bound: figures and the way out. Slow: it looks for a
 * noise multiplier that would fit. Returns DPDM_EBUDGET. */
dpdm_status dpdm_ledger_spend_refuse(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *set,
                                     const dpdm_event *extra, size_t count, const dpdm_bound *bound, dpdm_error *err);

#endif
