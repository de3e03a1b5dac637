/* bench_ranks.c - time of the messages of a step between ranks: the sums out, the weights back.
 *
 * usage: mpirun -n R bench_ranks [PARAMETERS...]     (default: 1 1000 100000 1753345)
 *
 * For each number of parameters P rank 0 prints "P: sum S ms, gather G ms": the shortest of some repetitions of
 * dpdm_transport_sum over P int64 and of dpdm_transport_gather of P fp32, as training cuts them. The times include what
 * MPI computes; with more ranks than cores they also hold waiting for a core. bench/scaling.py runs it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ranks/transport.h"

enum { REPEATS = 30, RANKS_MOST = 4096 };

typedef struct {
    int64_t *sums;
    float *weights;
    size_t first[RANKS_MOST + 1];
} messages;

static dpdm_status measure(dpdm_transport *transport, size_t n, messages *m, dpdm_error *err)
{
    double sum = 1e9, gather = 1e9;
    dpdm_status status = DPDM_OK;
    dpdm_transport_cut(transport, n, 1, m->first);
    for (int r = 0; r < REPEATS && !status; r++) {
        status = dpdm_transport_settle(transport, DPDM_OK, err); /* all begin together */
        const double start = dpdm_clock_seconds();
        if (!status)
            status = dpdm_transport_sum(transport, m->sums, m->first, err);
        const double middle = dpdm_clock_seconds();
        if (!status)
            status = dpdm_transport_gather(transport, m->weights, sizeof *m->weights, m->first, err);
        const double end = dpdm_clock_seconds();
        sum = middle - start < sum ? middle - start : sum;
        gather = end - middle < gather ? end - middle : gather;
    }
    if (!status && dpdm_transport_rank(transport) == 0)
        printf("%zu: sum %.4f ms, gather %.4f ms\n", n, 1e3 * sum, 1e3 * gather);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const usual[] = {"1", "1000", "100000", "1753345"};
    const int count = argc > 1 ? argc - 1 : (int)(sizeof usual / sizeof *usual);
    dpdm_transport *transport = NULL;
    dpdm_error err;
    dpdm_status status = dpdm_transport_open("mpi", &transport, &err);
    if (!status && dpdm_transport_size(transport) > RANKS_MOST)
        status = dpdm_error_set(&err, DPDM_EUSAGE, "at most %d ranks", RANKS_MOST);
    for (int i = 0; i < count && !status; i++) {
        const size_t n = strtoull(argc > 1 ? argv[1 + i] : usual[i], NULL, 10);
        messages m = {.sums = calloc(n + 1, sizeof *m.sums), .weights = calloc(n + 1, sizeof *m.weights)};
        status = n && m.sums && m.weights
                     ? measure(transport, n, &m, &err)
                     : dpdm_error_set(&err, DPDM_EUSAGE, "a number of parameters, and memory for them");
        free(m.sums);
        free(m.weights);
    }
    if (status)
        fprintf(stderr, "bench_ranks: %s\n", err.message); /* mpirun ends the other ranks */
    else
        dpdm_transport_close(transport);
    return status ? 1 : 0;
}
