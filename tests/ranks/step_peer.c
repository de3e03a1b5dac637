/* step_peer.c - private steps on made-up gradients, alone or as one rank: step_peer none|mpi THREADS [STOP-RANK]. Rank 0 prints a
 * hash of all that the steps release. With STOP-RANK that rank asks to stop in step 2: every rank must. */
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "train/dp_step_ranks.h"

enum { PARAMETERS = 5000, GIVEN = PARAMETERS + 77, RECORDS = 300, STEPS = 4 };

static float params[PARAMETERS];
static uint32_t place[PARAMETERS];
static int stopping;

/* A vector that depends on the weights, the record and its draws; some are long, one is not finite, one a range only. */
static void vectors(void *context, const dpdm_record_group *group)
{
    (void)context;
    static _Thread_local float values[GIVEN];
    for (int k = 0; k < group->count; k++) {
        uint64_t record = group->records[k];
        memset(values, 0, sizeof values);
        float draws[PARAMETERS];
        dpdm_stream_normals(&group->streams[k], draws, PARAMETERS);
        for (int i = 0; i < PARAMETERS; i++)
            values[place[i]] = (params[i] - draws[i]) * (float)(1 + record % 5) * 1e-2F;
        if (record == 17)
            values[place[3]] = NAN;
        if (record == 18)
            group->give(group->sink, k, 1000, 64, values + 1000);
        else
            group->give(group->sink, k, 0, GIVEN, values);
    }
}

static int stop(void *context)
{
    (void)context;
    return stopping;
}

static int run(dpdm_transport *transport, int threads, int stopper, dpdm_error *err)
{
    dpdm_dp_mechanism mechanism = {
        .grid = {.size = sizeof(dpdm_grid), .clip = 1, .bits = 40}, .noise_multiplier = 1.1, .batch = 60};
    dpdm_gradient_source source = {
        .parameters = PARAMETERS, .records = RECORDS, .group = 7, .given = GIVEN, .place = place, .vectors = vectors};
    dpdm_key key;
    dpdm_dp_step *step = NULL;
    static float out[PARAMETERS];
    unsigned char hash[32];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    dpdm_key_from_seed(&key, 5);
    dpdm_status status = dpdm_rate_from(0.2, &mechanism.rate, err);
    if (!status)
        status = dpdm_dp_step_create(&mechanism, &source, &key, threads, &step, err);
    if (!status)
        status = dpdm_dp_step_join(step, transport, err);
    for (uint64_t t = 0; t < STEPS && !status; t++) {
        stopping = t == 2 && dpdm_transport_rank(transport) == stopper;
        status = dpdm_dp_step_run(step, t, stop, NULL, out, NULL, err);
        for (int i = 0; i < PARAMETERS; i++)
            params[i] -= out[i] * 0.1F;
        crypto_generichash_update(&state, (const unsigned char *)out, sizeof out);
    }
    dpdm_dp_step_destroy(step);
    crypto_generichash_final(&state, hash, sizeof hash);
    if (stopper >= 0) {
        printf("rank %d: %s\n", dpdm_transport_rank(transport), err->message);
        return status != DPDM_ECANCELLED;
    }
    for (size_t i = 0; i < sizeof hash && dpdm_transport_rank(transport) == 0; i++)
        printf("%02x%s", hash[i], i + 1 < sizeof hash ? "" : "\n");
    return status ? 1 : 0;
}

int main(int argc, char **argv)
{
    dpdm_error err = {0};
    dpdm_transport *transport;
    if (argc < 3 || sodium_init() < 0 || dpdm_transport_open(argv[1], &transport, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    for (uint32_t i = 0; i < PARAMETERS; i++) {
        place[i] = (i * 1237) % PARAMETERS + 77; /* 1237 and 5000 have no common factor */
        params[i] = (float)i / PARAMETERS;
    }
    int failed = run(transport, atoi(argv[2]), argc > 3 ? atoi(argv[3]) : -1, &err);
    if (failed)
        fprintf(stderr, "%s\n", err.message);
    else
        dpdm_transport_close(transport);
    return failed;
}
