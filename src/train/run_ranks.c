/* run_ranks.c - what the ranks of one run do together outside its steps. */
#include "train/run_ranks.h"

#include <stdlib.h>
#include <string.h>
#include "base/build.h"
#include "train/config.h"

dpdm_status dpdm_run_ranks_settle(dpdm_run *run, dpdm_status mine, dpdm_error *err)
{
    dpdm_status status = dpdm_transport_settle(run->training.transport, mine, err);
    run->settled = status ? 1 : 0;
    return status;
}

static dpdm_status ranks_agree(dpdm_run *run, const char *what, const void *bytes, size_t count, const char *advice,
                               dpdm_error *err)
{
    dpdm_status status = dpdm_transport_agree(run->training.transport, what, bytes, count, advice, err);
    run->settled = status == DPDM_ESTATE; /* all of them know */
    return status;
}

dpdm_status dpdm_run_ranks_open(dpdm_run *run, dpdm_error *err)
{
    uint8_t build[32], digest[32];
    dpdm_status status = dpdm_transport_open(run->config.ranks, &run->training.transport, err);
    if (status || !run->training.transport)
        return status;
    if (run->config.private_metrics)
        status =
            dpdm_error_set(err, DPDM_EUSAGE, "private-metrics cannot be had with ranks: each sees a part of a step");
    if (!status)
        status = dpdm_build_digest(build, err);
    if (!status)
        status = dpdm_train_digest(&run->config, &run->plan, digest, err);
    status = dpdm_run_ranks_settle(run, status, err);
    if (!status)
        status = ranks_agree(run, "program", build, sizeof build, "install the same build of dpdm everywhere", err);
    if (!status)
        status = ranks_agree(run, "kernel set", run->plan.kernels, strlen(run->plan.kernels),
                             "give all the same with --kernels, one that every machine has", err);
    if (!status)
        status = ranks_agree(run, "config", digest, sizeof digest, "give all ranks the same options", err);
    if (dpdm_transport_rank(run->training.transport) > 0) {
        run->kept = run->config.resume = run->config.overwrite = 0;
        run->config.ledger[0] = run->config.out[0] = '\0';
        run->loop.progress = NULL;
    }
    return status;
}

dpdm_status dpdm_run_ranks_follow(dpdm_run *run, int *flag, dpdm_error *err)
{
    return dpdm_transport_broadcast(run->training.transport, flag, sizeof *flag, err);
}

dpdm_status dpdm_run_ranks_agree(dpdm_run *run, dpdm_error *err)
{
    uint8_t arithmetic[32];
    if (!run->training.transport)
        return DPDM_OK;
    dpdm_status status = ranks_agree(run, "data", run->training.data.digest, sizeof run->training.data.digest,
                                     "every rank needs all of the same images", err);
    if (!status)
        status = dpdm_run_ranks_settle(run, dpdm_task_source_fingerprint(run->training.source, arithmetic, err), err);
    return status ? status
                  : ranks_agree(run, "roundings of its gradients", arithmetic, sizeof arithmetic,
                                "its processor or its libraries differ; choose a kernel set that rounds alike", err);
}

dpdm_status dpdm_run_ranks_share(dpdm_run *run, dpdm_error *err)
{
    dpdm_transport *transport = run->training.transport;
    dpdm_run_state *state = run->training.state;
    dpdm_status status = dpdm_transport_broadcast(transport, &state->key, sizeof state->key, err);
    if (!status)
        status = dpdm_transport_broadcast(transport, &state->step, sizeof state->step, err);
    if (!status)
        status = dpdm_transport_broadcast(transport, &state->released_before, sizeof state->released_before, err);
    /* One block holds weights, moments, their average and what was released before the steps. */
    size_t floats = 4 * state->parameters + state->released_floats;
    return status ? status : dpdm_transport_broadcast(transport, state->params, floats * sizeof *state->params, err);
}

void dpdm_run_ranks_close(dpdm_run *run, dpdm_status status)
{
    if (!status || run->settled)
        dpdm_transport_close(run->training.transport);
}

int dpdm_train_leads(const dpdm_train_config *config)
{
    return dpdm_transport_leads(config->ranks);
}
