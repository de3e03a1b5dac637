/* ledger_payment.h - what a run tells the ledger that pays for it, from its plan to its release.
 *
 * In this order: name, reserve (before the data are opened), match (the data are those of the budget), begin (what can be
 * resumed is saved, and the first private step is next), finish (the release is written). The ledger is opened for each
 * of these and closed again: a training may take days, and whoever replaces the file meanwhile is noticed. Each of them
 * asks for the reservation anew, which costs nothing where it is there. */
#ifndef DPDM_PRIVACY_LEDGER_PAYMENT_H
#define DPDM_PRIVACY_LEDGER_PAYMENT_H

#include "dpdm/ledger.h"
#include "dpdm/owner.h"
#include "dpdm/rng.h"

typedef struct {
    const char *ledger; /* path; NULL or "": nobody pays, and all of the below do nothing */
    dpdm_ledger_request request;
    uint8_t config[32]; /* digest of all that decides the run */
    char unit[DPDM_UNIT_TEXT];
    int cancellable; /* reserved by this process, and the run has not begun */
    int begun;       /* by this process */
} dpdm_ledger_payment;

/* data_set: its name in the ledger. config: 32 bytes. owner: the unit. Other pointers must outlive the payment. */
dpdm_ledger_payment dpdm_ledger_payment_plan(const char *ledger, const char *data_set, const uint8_t *config,
                                             const dpdm_owner_rule *owner, const dpdm_event *events, size_t count);
/* The name of a run is derived from its key: a resumed run finds its reservation, a run with a new key pays anew. */
void dpdm_ledger_payment_name(dpdm_ledger_payment *payment, const dpdm_key *key);

/* Would a new run of this plan be paid for? DPDM_EUSAGE without a ledger. */
dpdm_status dpdm_ledger_payment_ask(dpdm_ledger_payment *payment, dpdm_ledger_receipt *receipt, dpdm_error *err);

dpdm_status dpdm_ledger_payment_reserve(dpdm_ledger_payment *payment, dpdm_error *err);
dpdm_status dpdm_ledger_payment_match(dpdm_ledger_payment *payment, const uint8_t digest[32], dpdm_error *err);
dpdm_status dpdm_ledger_payment_begin(dpdm_ledger_payment *payment, const uint8_t digest[32], dpdm_error *err);
/* The digest (BLAKE2b, 32 bytes) of what is released, the file at `path` or `bytes`, goes into the ledger. */
dpdm_status dpdm_ledger_payment_finish(dpdm_ledger_payment *payment, const char *path, dpdm_error *err);
dpdm_status dpdm_ledger_payment_finish_bytes(dpdm_ledger_payment *payment, const void *bytes, size_t size,
                                             dpdm_error *err);

/* A run that failed with `cause`: cancels what this process reserved for a run that has not begun. If that fails too, the
 * reservation stays, and 'dpdm ledger mark' can cancel it. */
void dpdm_ledger_payment_cancel(dpdm_ledger_payment *payment, dpdm_status cause);
/* The same for a run that cannot be resumed: one that has begun is abandoned, and counts. */
void dpdm_ledger_payment_abandon(dpdm_ledger_payment *payment, dpdm_status cause);

#endif
