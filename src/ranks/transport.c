/* transport.c - ranks over a loaded module, or one rank alone. */
#define _GNU_SOURCE /* dladdr */
#include "ranks/transport.h"

#include <dlfcn.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ranks/module.h"

enum { HASH = 32, PATH_ROOM = 4096 };

struct dpdm_transport {
    dpdm_module module;
    char message[DPDM_MODULE_MESSAGE];
};

/* The MPI libraries we have modules for, and what each leaves in the environment of the processes it starts. */
typedef struct {
    const char *name, *variable, *rank, *package;
} transport_kind;
static const transport_kind transport_kinds[] = {
    {"openmpi", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "openmpi-bin and libopenmpi-dev"},
    {"mpich", "PMI_SIZE", "PMI_RANK", "mpich and libmpich-dev"},
    {"openmpi", "PMIX_RANK", "PMIX_RANK", "openmpi-bin and libopenmpi-dev"}};

static const transport_kind *transport_started_by(void);
static dpdm_status transport_load(const transport_kind *kind, dpdm_transport *transport, dpdm_error *err);

dpdm_status dpdm_transport_open(const char *name, dpdm_transport **transport, dpdm_error *err)
{
    *transport = NULL;
    if (!*name || strcmp(name, "none") == 0)
        return DPDM_OK;
    if (strcmp(name, "mpi") != 0)
        return dpdm_error_set(err, DPDM_EUSAGE, "ranks '%s': give none or mpi", name);
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium cannot start");
    const transport_kind *kind = transport_started_by();
    if (!kind)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--ranks mpi: this process was not started by MPI; start it with 'mpirun -n R dpdm ...'");
    dpdm_transport *made = calloc(1, sizeof *made);
    if (!made)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for ranks");
    dpdm_status status = transport_load(kind, made, err);
    if (status) {
        free(made);
        return status;
    }
    *transport = made;
    return DPDM_OK;
}

/* What started this process, by what it left in the environment; NULL: no MPI did. */
static const transport_kind *transport_started_by(void)
{
    for (size_t i = 0; i < sizeof transport_kinds / sizeof *transport_kinds; i++)
        if (getenv(transport_kinds[i].variable))
            return &transport_kinds[i];
    return NULL;
}

int dpdm_transport_leads(const char *name)
{
    const transport_kind *kind = strcmp(name, "mpi") == 0 ? transport_started_by() : NULL;
    const char *rank = kind ? getenv(kind->rank) : NULL;
    return !rank || strtol(rank, NULL, 10) == 0;
}

/* The folder of the program (or of the shared library) that this code is in, with a slash; "" if it cannot be told. */
static void transport_home(char *home, size_t room)
{
    Dl_info info;
    /* A function pointer cannot be cast to an object pointer in ISO C; its bytes can be copied. */
    void (*here)(const dpdm_transport *, size_t, size_t, size_t *) = dpdm_transport_cut;
    void *address;
    memcpy(&address, &here, sizeof address);
    home[0] = '\0';
    char path[PATH_ROOM];
    if (!dladdr(address, &info) || !info.dli_fname ||
        !realpath(strchr(info.dli_fname, '/') ? info.dli_fname : "/proc/self/exe", path))
        return;
    *(strrchr(path, '/') + 1) = '\0';
    snprintf(home, room, "%s", path);
}

/* Modules lie in $DPDM_MODULES where that is set, else beside the program (a build folder), or in the library folder
 * below the same prefix. */
static void *transport_find(const char *name)
{
    static const char *const places[] = {"", DPDM_MODULES_FROM_PROGRAM "/", "dpdm/"};
    char home[PATH_ROOM], path[PATH_ROOM + 256];
    const char *chosen = getenv("DPDM_MODULES");
    transport_home(home, sizeof home);
    size_t count = chosen ? 1 : sizeof places / sizeof *places;
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s%sdpdm-%s.so", chosen ? chosen : home, chosen ? "/" : places[i], name);
        /* Global: Open MPI loads parts of its own that look for its symbols. */
        void *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
        if (handle)
            return handle;
    }
    return NULL;
}

static dpdm_status transport_load(const transport_kind *kind, dpdm_transport *transport, dpdm_error *err)
{
    void *handle = transport_find(kind->name);
    if (!handle) {
        const char *reason = dlerror();
        return dpdm_error_set(
            err, DPDM_ENOENT,
            "--ranks mpi: the module dpdm-%s.so cannot be loaded (%.300s); build dpdm with the packages %s installed",
            kind->name, reason ? reason : "no reason given", kind->package);
    }
    void *symbol = dlsym(handle, DPDM_MODULE_SYMBOL);
    dpdm_module_open_fn open;
    memcpy(&open, &symbol, sizeof open);
    if (!symbol || open(DPDM_MODULE_VERSION, &transport->module, transport->message))
        return dpdm_error_set(err, DPDM_EUNSUPPORTED, "--ranks mpi: %s",
                              symbol ? transport->message : "the module is not one of dpdm's");
    return DPDM_OK; /* the handle stays: MPI cannot be unloaded */
}

void dpdm_transport_close(dpdm_transport *transport)
{
    if (!transport)
        return;
    transport->module.close(transport->module.context);
    free(transport);
}

int dpdm_transport_rank(const dpdm_transport *transport)
{
    return transport ? transport->module.rank : 0;
}

int dpdm_transport_size(const dpdm_transport *transport)
{
    return transport ? transport->module.size : 1;
}

const char *dpdm_transport_library(const dpdm_transport *transport)
{
    return transport ? transport->module.library : "none";
}

void dpdm_transport_cut(const dpdm_transport *transport, size_t n, size_t block, size_t *first)
{
    size_t size = (size_t)dpdm_transport_size(transport), blocks = (n + block - 1) / block;
    for (size_t r = 0; r <= size; r++) {
        /* What is left over goes to the first ranks: MPICH 4.0 aborts where a later range is longer than an earlier one. */
        size_t at = (blocks / size * r + (r < blocks % size ? r : blocks % size)) * block;
        first[r] = at < n ? at : n;
    }
}

static dpdm_status transport_status(const dpdm_transport *transport, int failed, dpdm_error *err)
{
    return failed ? dpdm_error_set(err, DPDM_EIO, "rank %d of %d: %s", transport->module.rank, transport->module.size,
                                   transport->message)
                  : DPDM_OK;
}

dpdm_status dpdm_transport_sum(dpdm_transport *transport, int64_t *values, const size_t *first, dpdm_error *err)
{
    return transport
               ? transport_status(transport,
                                  transport->module.sum(transport->module.context, values, first, transport->message),
                                  err)
               : DPDM_OK;
}

dpdm_status dpdm_transport_gather(dpdm_transport *transport, void *items, size_t width, const size_t *first,
                                  dpdm_error *err)
{
    return transport
               ? transport_status(
                     transport,
                     transport->module.gather(transport->module.context, items, width, first, transport->message), err)
               : DPDM_OK;
}

dpdm_status dpdm_transport_broadcast(dpdm_transport *transport, void *bytes, size_t count, dpdm_error *err)
{
    return transport
               ? transport_status(
                     transport,
                     transport->module.broadcast(transport->module.context, bytes, count, transport->message), err)
               : DPDM_OK;
}

dpdm_status dpdm_transport_settle(dpdm_transport *transport, dpdm_status mine, dpdm_error *err)
{
    if (!transport)
        return mine;
    /* One number says both which status and whose; of several failures that of the lowest rank wins. */
    int64_t size = transport->module.size, rank = transport->module.rank;
    int64_t worst = mine ? (int64_t)mine + (size - rank) * 1000 : 0;
    dpdm_status status =
        transport_status(transport, transport->module.greatest(transport->module.context, &worst, transport->message),
                         mine ? NULL : err);
    if (mine || status)
        return mine ? mine : status;
    if (worst == 0)
        return DPDM_OK;
    dpdm_status theirs = (dpdm_status)(worst % 1000);
    return dpdm_error_set(err, theirs, "rank %lld of %lld ended: %s; its own message says why",
                          (long long)(size - worst / 1000), (long long)size, dpdm_status_name(theirs));
}

dpdm_status dpdm_transport_agree(dpdm_transport *transport, const char *what, const void *bytes, size_t count,
                                 const char *advice, dpdm_error *err)
{
    int size = dpdm_transport_size(transport);
    if (!transport)
        return DPDM_OK;
    unsigned char *hashes = malloc((size_t)size * HASH);
    size_t *first = malloc(((size_t)size + 1) * sizeof *first);
    dpdm_status status = DPDM_OK;
    if (hashes && first) {
        for (int r = 0; r <= size; r++)
            first[r] = (size_t)r;
        crypto_generichash(hashes + (size_t)transport->module.rank * HASH, HASH, bytes, count, NULL, 0);
        status = dpdm_transport_gather(transport, hashes, HASH, first, err);
        for (int r = 1; r < size && !status; r++)
            if (memcmp(hashes, hashes + (size_t)r * HASH, HASH) != 0)
                status = dpdm_error_set(err, DPDM_ESTATE, "rank %d has other %s than rank 0: %s", r, what, advice);
    } else {
        /* The others wait in the gathering: only the end of this process lets them go on. */
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to compare %d ranks", size);
    }
    free(first);
    free(hashes);
    return status;
}
