/* identity.c - see identity.h. */
#include "train/identity.h"

#include <stdio.h>
#include <string.h>
#include "base/build.h"
#include "dpdm/version.h"

dpdm_status dpdm_identity_set(dpdm_run_state *state, dpdm_task_source *source, const dpdm_dataset *data,
                              const char *kernels, dpdm_error *err)
{
    dpdm_status status = dpdm_task_source_fingerprint(source, state->arithmetic, err);
    if (!status)
        status = dpdm_build_digest(state->build, err);
    memcpy(state->data_digest, data->digest, sizeof state->data_digest);
    state->scheme = DPDM_RUN_SCHEME;
    snprintf(state->kernels, sizeof state->kernels, "%s", kernels);
    snprintf(state->version, sizeof state->version, "%s", dpdm_version());
    return status;
}

const char *dpdm_identity_differs(const dpdm_run_state *saved, const dpdm_run_state *identity)
{
    if (saved->scheme != identity->scheme || memcmp(saved->build, identity->build, 32) != 0)
        return "another build of dpdm started it";
    if (strcmp(saved->kernels, identity->kernels) != 0)
        return "it was started with another kernel set (see --kernels)";
    if (memcmp(saved->config_digest, identity->config_digest, 32) != 0)
        return "the config differs from the one it was started with";
    if (memcmp(saved->data_digest, identity->data_digest, 32) != 0)
        return "the data differ from those it was started with";
    if (memcmp(saved->arithmetic, identity->arithmetic, 32) != 0)
        return "this machine or its libraries compute gradients with other roundings";
    return NULL;
}
