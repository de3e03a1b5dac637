/* audit_canaries.c - see audit_canaries.h. */
#include "audit/audit_canaries.h"

#include <stdlib.h>
#include <string.h>

/* The first `count` of a random order of all coordinates. */
static dpdm_status canaries_place(audit_canaries *canaries, size_t parameters, dpdm_stream *stream, dpdm_error *err)
{
    uint64_t *all = malloc(parameters * sizeof *all);
    if (!all)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to place the canaries");
    for (size_t i = 0; i < parameters; i++)
        all[i] = i;
    for (size_t i = 0; i < canaries->count; i++) {
        size_t other = i + (size_t)dpdm_stream_below(stream, parameters - i);
        canaries->coordinates[i] = all[other];
        all[other] = all[i];
    }
    free(all);
    return DPDM_OK;
}

dpdm_status audit_canaries_create(size_t count, size_t parameters, int null, const dpdm_key *key,
                                  audit_canaries *canaries, dpdm_error *err)
{
    memset(canaries, 0, sizeof *canaries);
    canaries->coordinates = malloc(count * sizeof *canaries->coordinates);
    canaries->inserted = malloc(count * sizeof *canaries->inserted);
    canaries->in = malloc(count);
    canaries->scores = calloc(count, sizeof *canaries->scores);
    canaries->count = count;
    if (!canaries->coordinates || !canaries->inserted || !canaries->in || !canaries->scores)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu canaries", count);
    dpdm_stream stream;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_status status = canaries_place(canaries, parameters, &stream, err);
    for (size_t i = 0; i < count; i++) {
        canaries->in[i] = (uint8_t)dpdm_stream_below(&stream, 2);
        if (canaries->in[i] && !null)
            canaries->inserted[canaries->inserted_count++] = i;
    }
    dpdm_stream_wipe(&stream);
    return status;
}

void audit_canaries_destroy(audit_canaries *canaries)
{
    free(canaries->coordinates);
    free(canaries->inserted);
    free(canaries->in);
    free(canaries->scores);
    memset(canaries, 0, sizeof *canaries);
}
