/* ledger_payment.c - what a run tells the ledger that pays for it. */
#include "ledger/ledger_payment.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"

enum { PAYMENT_REASON = 100 };

static dpdm_status payment_enter(dpdm_ledger_payment *payment, dpdm_ledger **ledger, dpdm_ledger_receipt *receipt,
                                 dpdm_error *err);

static int payment_missing(const dpdm_ledger_payment *payment)
{
    return !payment->ledger || !payment->ledger[0];
}

/* What a request points to in its own payment; set anew at each use, as payments may be copied. */
static void payment_bind(dpdm_ledger_payment *payment)
{
    payment->request.config = payment->config;
    payment->request.unit = payment->unit;
}

dpdm_ledger_payment dpdm_ledger_payment_plan(const char *ledger, const char *data_set, const uint8_t *config,
                                             const dpdm_owner_rule *owner, const dpdm_event *events, size_t count)
{
    dpdm_ledger_payment payment = {
        .ledger = ledger,
        .request = {.data_set = data_set, .group = dpdm_owner_group(owner), .events = events, .event_count = count}};
    dpdm_owner_unit(owner, payment.unit);
    memcpy(payment.config, config, sizeof payment.config);
    return payment;
}

void dpdm_ledger_payment_name(dpdm_ledger_payment *payment, const dpdm_key *key)
{
    dpdm_key name;
    dpdm_key_derive(&name, key, "name of the run in a ledger");
    memcpy(payment->request.run, name.bytes, sizeof payment->request.run);
    dpdm_key_wipe(&name);
}

dpdm_status dpdm_ledger_payment_ask(dpdm_ledger_payment *payment, dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_key key;
    *receipt = (dpdm_ledger_receipt){.state = DPDM_LEDGER_RESERVED};
    if (payment_missing(payment))
        return dpdm_error_set(err, DPDM_EUSAGE, "no ledger is named");
    dpdm_status status = dpdm_key_generate(&key, err);
    if (!status)
        status = dpdm_ledger_open(payment->ledger, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (status)
        return status;
    dpdm_ledger_payment_name(payment, &key);
    payment_bind(payment);
    status = dpdm_ledger_ask(ledger, &payment->request, receipt, err);
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_ledger_payment_reserve(dpdm_ledger_payment *payment, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    dpdm_status status = payment_enter(payment, &ledger, &receipt, err);
    payment->cancellable = !status && receipt.fresh;
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_ledger_payment_match(dpdm_ledger_payment *payment, const uint8_t digest[32], dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    dpdm_status status = payment_enter(payment, &ledger, &receipt, err);
    if (!status && ledger)
        status = dpdm_ledger_match(ledger, receipt.id, digest, err);
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_ledger_payment_begin(dpdm_ledger_payment *payment, const uint8_t digest[32], dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    payment->cancellable = 0;
    dpdm_status status = payment_enter(payment, &ledger, &receipt, err);
    if (!status && ledger)
        status = dpdm_ledger_run(ledger, receipt.id, digest, err);
    payment->begun = !status;
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_ledger_payment_finish_bytes(dpdm_ledger_payment *payment, const void *bytes, size_t size,
                                             dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    uint8_t digest[32];
    dpdm_status status = payment_enter(payment, &ledger, &receipt, err);
    if (!status && ledger) {
        crypto_generichash(digest, sizeof digest, bytes, size, NULL, 0);
        /* again, in case the ledger is an older copy of the one the run began with */
        status = dpdm_ledger_run(ledger, receipt.id, NULL, err);
        if (!status)
            status = dpdm_ledger_finish(ledger, receipt.id, digest, err);
    }
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_ledger_payment_finish(dpdm_ledger_payment *payment, const char *path, dpdm_error *err)
{
    uint8_t *bytes;
    size_t size;
    if (payment_missing(payment))
        return DPDM_OK;
    dpdm_status status = dpdm_file_read(path, (size_t)1 << 34, &bytes, &size, err);
    if (status)
        return status;
    status = dpdm_ledger_payment_finish_bytes(payment, bytes, size, err);
    free(bytes);
    return status;
}

void dpdm_ledger_payment_cancel(dpdm_ledger_payment *payment, dpdm_status cause)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    char reason[PAYMENT_REASON];
    if (!payment->cancellable)
        return;
    payment->cancellable = 0;
    snprintf(reason, sizeof reason, "failed before its first step (%s)", dpdm_status_name(cause));
    if (!payment_enter(payment, &ledger, &receipt, NULL) && ledger)
        dpdm_ledger_cancel(ledger, receipt.id, reason, NULL);
    dpdm_ledger_close(ledger);
}

void dpdm_ledger_payment_abandon(dpdm_ledger_payment *payment, dpdm_status cause)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    char reason[PAYMENT_REASON];
    dpdm_ledger_payment_cancel(payment, cause);
    if (!payment->begun)
        return;
    snprintf(reason, sizeof reason, "ended without a release (%s)", dpdm_status_name(cause));
    if (!payment_enter(payment, &ledger, &receipt, NULL) && ledger)
        dpdm_ledger_abandon(ledger, receipt.id, reason, NULL);
    dpdm_ledger_close(ledger);
}

/* Opens the ledger with the run's reservation, which is made where there is none; *ledger is NULL without one. */
static dpdm_status payment_enter(dpdm_ledger_payment *payment, dpdm_ledger **ledger, dpdm_ledger_receipt *receipt,
                                 dpdm_error *err)
{
    *ledger = NULL;
    *receipt = (dpdm_ledger_receipt){.state = DPDM_LEDGER_RESERVED};
    if (payment_missing(payment))
        return DPDM_OK;
    dpdm_status status = dpdm_ledger_open(payment->ledger, DPDM_LEDGER_WRITE, NULL, ledger, err);
    payment_bind(payment);
    return status ? status : dpdm_ledger_reserve(*ledger, &payment->request, receipt, err);
}
