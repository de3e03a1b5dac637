/* transport_peer.c - one rank of the test of transports: every operation against what it must give, then a failure told to
 * all. Run by prop_transport.py under mpirun; exits 0 if everything held. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ranks/transport.h"

enum { ITEMS = 1403 * 64, BLOCK = 64 };

/* Small, and large enough for what MPI libraries do with long messages; numbers of blocks that 2, 3 and 4 do not divide. */
static const size_t sizes[] = {10007, 1401 * BLOCK, ITEMS};

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, err.message);                                  \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

/* What rank r holds at item i: large, of both signs. */
static int64_t value(int r, size_t i)
{
    return (int64_t)(i * 2654435761U) * 65536 * (r % 2 ? -1 : 1) + r * 7 + 1;
}

static void exchange(dpdm_transport *transport, size_t *first, size_t n)
{
    dpdm_error err = {0};
    static int64_t values[ITEMS];
    static float floats[ITEMS];
    int rank = dpdm_transport_rank(transport), size = dpdm_transport_size(transport);
    dpdm_transport_cut(transport, n, BLOCK, first);
    CHECK(first[0] == 0 && first[size] == n);
    for (int r = 0; r < size; r++)
        CHECK(first[r] <= first[r + 1] && first[r] % BLOCK == 0 &&
              (!r || first[r + 1] - first[r] <= first[r] - first[r - 1]));
    for (size_t i = 0; i < n; i++)
        values[i] = value(rank, i);
    CHECK(!dpdm_transport_sum(transport, values, first, &err));
    for (size_t i = first[rank]; i < first[rank + 1]; i++) {
        int64_t sum = 0;
        for (int r = 0; r < size; r++)
            sum += value(r, i);
        CHECK(values[i] == sum);
        floats[i] = (float)i + 0.5F;
    }
    CHECK(!dpdm_transport_gather(transport, floats, sizeof *floats, first, &err));
    for (size_t i = 0; i < n; i++)
        CHECK(floats[i] == (float)i + 0.5F);
    char word[16] = "other";
    if (rank == 0)
        memcpy(word, "said by rank 0", 15);
    CHECK(!dpdm_transport_broadcast(transport, word, sizeof word, &err) && strcmp(word, "said by rank 0") == 0);
}

int main(int argc, char **argv)
{
    dpdm_error err = {0};
    dpdm_transport *transport;
    CHECK(!dpdm_transport_open("mpi", &transport, &err));
    int rank = dpdm_transport_rank(transport), size = dpdm_transport_size(transport);
    CHECK(argc == 2 && size == atoi(argv[1]));
    size_t *first = malloc(((size_t)size + 1) * sizeof *first);
    CHECK(first);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        exchange(transport, first, sizes[i]);

    CHECK(!dpdm_transport_agree(transport, "data", "same", 4, "give all the same", &err));
    CHECK(!dpdm_transport_settle(transport, DPDM_OK, &err));
    if (size > 1) {
        int last = rank == size - 1;
        CHECK(dpdm_transport_agree(transport, "data", last ? "diff" : "same", 4, "give all the same", &err) ==
              DPDM_ESTATE);
        CHECK(strstr(err.message, "has other data than rank 0: give all the same"));
        dpdm_status mine = last ? dpdm_error_set(&err, DPDM_EIO, "disk full") : DPDM_OK;
        CHECK(dpdm_transport_settle(transport, mine, &err) == DPDM_EIO);
        CHECK(strstr(err.message, last ? "disk full" : "ended: DPDM_EIO"));
    }
    if (rank == 0)
        printf("%s: %d ranks\n", dpdm_transport_library(transport), size);
    dpdm_transport_close(transport);
    free(first);
    return 0;
}
