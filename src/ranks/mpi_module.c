/* mpi_module.c - messages over MPI. Built once for each MPI library that is there, as a module of its own. */
#include "ranks/module.h"

#include <limits.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    MPI_Comm comm;
    int rank, size;
    int *counts, *offsets; /* [size], in items of one call */
    char library[MPI_MAX_LIBRARY_VERSION_STRING];
} mpi_state;

static int mpi_failed(int code, const char *what, char *message)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    if (code == MPI_SUCCESS)
        return 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS)
        snprintf(text, sizeof text, "error %d", code);
    snprintf(message, DPDM_MODULE_MESSAGE, "%s over MPI: %.300s", what, text);
    return 1;
}

/* counts and offsets of the ranges, which MPI wants as int. */
static int mpi_ranges(mpi_state *mpi, const size_t *first, char *message)
{
    for (int r = 0; r < mpi->size; r++) {
        if (first[r + 1] > INT_MAX) {
            snprintf(message, DPDM_MODULE_MESSAGE, "a message of %zu items is more than MPI carries", first[r + 1]);
            return 1;
        }
        mpi->offsets[r] = (int)first[r];
        mpi->counts[r] = (int)(first[r + 1] - first[r]);
    }
    return 0;
}

static int mpi_sum(void *context, int64_t *values, const size_t *first, char *message)
{
    mpi_state *mpi = context;
    if (mpi_ranges(mpi, first, message))
        return 1;
    int code = MPI_Reduce_scatter(MPI_IN_PLACE, values, mpi->counts, MPI_INT64_T, MPI_SUM, mpi->comm);
    /* In place, MPI leaves the range of this rank at the start. */
    if (code == MPI_SUCCESS)
        memmove(values + first[mpi->rank], values, (size_t)mpi->counts[mpi->rank] * sizeof *values);
    return mpi_failed(code, "summing", message);
}

static int mpi_gather(void *context, void *items, size_t width, const size_t *first, char *message)
{
    mpi_state *mpi = context;
    if (mpi_ranges(mpi, first, message))
        return 1;
    MPI_Datatype item;
    int code = MPI_Type_contiguous((int)width, MPI_BYTE, &item);
    if (code != MPI_SUCCESS)
        return mpi_failed(code, "gathering", message);
    code = MPI_Type_commit(&item);
    if (code == MPI_SUCCESS)
        code = MPI_Allgatherv(MPI_IN_PLACE, 0, item, items, mpi->counts, mpi->offsets, item, mpi->comm);
    MPI_Type_free(&item);
    return mpi_failed(code, "gathering", message);
}

static int mpi_broadcast(void *context, void *bytes, size_t count, char *message)
{
    mpi_state *mpi = context;
    int code = MPI_SUCCESS;
    for (size_t done = 0; code == MPI_SUCCESS && done < count;) {
        int n = count - done > INT_MAX ? INT_MAX : (int)(count - done);
        code = MPI_Bcast((char *)bytes + done, n, MPI_BYTE, 0, mpi->comm);
        done += (size_t)n;
    }
    return mpi_failed(code, "broadcasting", message);
}

static int mpi_greatest(void *context, int64_t *value, char *message)
{
    mpi_state *mpi = context;
    return mpi_failed(MPI_Allreduce(MPI_IN_PLACE, value, 1, MPI_INT64_T, MPI_MAX, mpi->comm), "agreeing", message);
}

static void mpi_close(void *context)
{
    mpi_state *mpi = context;
    MPI_Comm_free(&mpi->comm);
    MPI_Finalize();
    free(mpi->counts);
    free(mpi->offsets);
    free(mpi);
}

static int mpi_start(mpi_state *mpi, char *message)
{
    int thread, length = 0;
    if (mpi_failed(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &thread), "starting", message))
        return 1;
    /* A communicator of our own: its errors come back as codes, and nobody else's messages get into it. */
    if (mpi_failed(MPI_Comm_dup(MPI_COMM_WORLD, &mpi->comm), "starting", message) ||
        mpi_failed(MPI_Comm_set_errhandler(mpi->comm, MPI_ERRORS_RETURN), "starting", message) ||
        mpi_failed(MPI_Comm_rank(mpi->comm, &mpi->rank), "starting", message) ||
        mpi_failed(MPI_Comm_size(mpi->comm, &mpi->size), "starting", message) ||
        mpi_failed(MPI_Get_library_version(mpi->library, &length), "starting", message))
        return 1;
    mpi->library[strcspn(mpi->library, ",\n")] = '\0';
    mpi->counts = malloc((size_t)mpi->size * sizeof *mpi->counts);
    mpi->offsets = malloc((size_t)mpi->size * sizeof *mpi->offsets);
    if (mpi->counts && mpi->offsets)
        return 0;
    snprintf(message, DPDM_MODULE_MESSAGE, "no memory for %d ranks", mpi->size);
    return 1;
}

__attribute__((visibility("default"))) int dpdm_module_open(int version, dpdm_module *module, char *message);

int dpdm_module_open(int version, dpdm_module *module, char *message)
{
    int running = 0, over = 0;
    if (version != DPDM_MODULE_VERSION) {
        snprintf(message, DPDM_MODULE_MESSAGE, "this module is of another version of dpdm (%d, not %d)",
                 DPDM_MODULE_VERSION, version);
        return 1;
    }
    if (MPI_Initialized(&running) != MPI_SUCCESS || MPI_Finalized(&over) != MPI_SUCCESS || running || over) {
        snprintf(message, DPDM_MODULE_MESSAGE, "MPI has been started before in this process, and can be only once");
        return 1;
    }
    mpi_state *mpi = calloc(1, sizeof *mpi);
    if (!mpi) {
        snprintf(message, DPDM_MODULE_MESSAGE, "no memory for MPI");
        return 1;
    }
    if (mpi_start(mpi, message)) {
        free(mpi->counts);
        free(mpi->offsets);
        free(mpi);
        return 1;
    }
    *module = (dpdm_module){mpi->rank,  mpi->size,     mpi->library, mpi,      mpi_sum,
                            mpi_gather, mpi_broadcast, mpi_greatest, mpi_close};
    return 0;
}
