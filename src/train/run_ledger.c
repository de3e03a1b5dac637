/* run_ledger.c - what a run tells the ledger that pays for it. */
#include "train/run_ledger.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "train/config.h"

static dpdm_ledger_request ledger_request(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                          const uint8_t digest[32]);
static dpdm_status ledger_enter(dpdm_run *run, dpdm_ledger **ledger, dpdm_ledger_receipt *receipt, dpdm_error *err);
static dpdm_status ledger_file_digest(const char *path, uint8_t digest[32], dpdm_error *err);

dpdm_status dpdm_train_budget(const dpdm_train_config *config, const dpdm_train_plan *plan,
                              dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_key run;
    uint8_t digest[32];
    *receipt = (dpdm_ledger_receipt){.state = DPDM_LEDGER_RESERVED};
    if (!config->ledger[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "the config names no ledger");
    dpdm_status status = dpdm_train_digest(config, plan, digest, err);
    if (!status)
        status = dpdm_key_generate(&run, err);
    if (!status)
        status = dpdm_ledger_open(config->ledger, DPDM_LEDGER_READ, NULL, &ledger, err);
    if (status)
        return status;
    dpdm_ledger_request request = ledger_request(config, plan, digest);
    memcpy(request.run, run.bytes, sizeof request.run);
    status = dpdm_ledger_ask(ledger, &request, receipt, err);
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_run_ledger_reserve(dpdm_run *run, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    dpdm_status status = ledger_enter(run, &ledger, &receipt, err);
    run->cancellable = !status && receipt.fresh && !run->config->resume;
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_run_ledger_match(dpdm_run *run, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    dpdm_status status = ledger_enter(run, &ledger, &receipt, err);
    if (!status && ledger)
        status = dpdm_ledger_match(ledger, receipt.id, run->data.digest, err);
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_run_ledger_begin(dpdm_run *run, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    run->cancellable = 0; /* from here on it can be resumed */
    dpdm_status status = ledger_enter(run, &ledger, &receipt, err);
    if (!status && ledger)
        status = dpdm_ledger_run(ledger, receipt.id, run->data.digest, err);
    dpdm_ledger_close(ledger);
    return status;
}

dpdm_status dpdm_run_ledger_finish(dpdm_run *run, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    uint8_t digest[32];
    dpdm_status status = ledger_enter(run, &ledger, &receipt, err);
    if (!status && ledger) {
        status = ledger_file_digest(run->folder.model, digest, err);
        if (!status) /* again, in case the ledger is an older copy of the one the run began with */
            status = dpdm_ledger_run(ledger, receipt.id, run->data.digest, err);
        if (!status)
            status = dpdm_ledger_finish(ledger, receipt.id, digest, err);
    }
    dpdm_ledger_close(ledger);
    return status;
}

/* If this fails too, the reservation stays, and 'dpdm ledger mark' can cancel it. */
void dpdm_run_ledger_cancel(dpdm_run *run, dpdm_status cause)
{
    dpdm_ledger *ledger;
    dpdm_ledger_receipt receipt;
    char reason[100];
    if (!run->cancellable)
        return;
    snprintf(reason, sizeof reason, "failed before its first step (%s)", dpdm_status_name(cause));
    if (ledger_enter(run, &ledger, &receipt, NULL) == DPDM_OK && ledger)
        dpdm_ledger_cancel(ledger, receipt.id, reason, NULL);
    dpdm_ledger_close(ledger);
    run->cancellable = 0;
}

static dpdm_ledger_request ledger_request(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                          const uint8_t digest[32])
{
    return (dpdm_ledger_request){.data_set = config->data_set[0] ? config->data_set : config->data,
                                 .config = digest,
                                 .events = plan->events,
                                 .event_count = plan->event_count};
}

/* Opens the ledger with the run's reservation, which is made where there is none; *ledger is NULL without one. */
static dpdm_status ledger_enter(dpdm_run *run, dpdm_ledger **ledger, dpdm_ledger_receipt *receipt, dpdm_error *err)
{
    dpdm_key name;
    uint8_t digest[32];
    *ledger = NULL;
    *receipt = (dpdm_ledger_receipt){.state = DPDM_LEDGER_RESERVED};
    if (!run->config->ledger[0])
        return DPDM_OK;
    dpdm_status status = dpdm_train_digest(run->config, &run->plan, digest, err);
    if (!status)
        status = dpdm_ledger_open(run->config->ledger, DPDM_LEDGER_WRITE, NULL, ledger, err);
    if (status)
        return status;
    dpdm_ledger_request request = ledger_request(run->config, &run->plan, digest);
    dpdm_key_derive(&name, &run->state->key, "name of the run in a ledger");
    memcpy(request.run, name.bytes, sizeof request.run);
    dpdm_key_wipe(&name);
    return dpdm_ledger_reserve(*ledger, &request, receipt, err);
}

static dpdm_status ledger_file_digest(const char *path, uint8_t digest[32], dpdm_error *err)
{
    uint8_t *bytes;
    size_t size;
    dpdm_status status = dpdm_file_read(path, (size_t)1 << 34, &bytes, &size, err);
    if (status)
        return status;
    crypto_generichash(digest, 32, bytes, size, NULL, 0);
    free(bytes);
    return DPDM_OK;
}
