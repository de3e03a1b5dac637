/* ledger_place.c - where a ledger lies. */
#include "ledger/ledger_place.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static dpdm_status place_create(const char *path, dpdm_error *err);

const char *dpdm_ledger_place_network(unsigned long type)
{
    switch (type & 0xffffffffUL) { /* the type is signed on some machines */
    case 0x6969:
        return "NFS";
    case 0x517b:
    case 0xff534d42:
    case 0xfe534d42:
        return "SMB";
    case 0x5346414f:
    case 0x6b414653:
        return "AFS";
    case 0x00c36400:
        return "Ceph";
    case 0x0bd00bd0:
        return "Lustre";
    case 0x47504653:
        return "GPFS";
    case 0x01161970:
        return "GFS2";
    case 0x7461636f:
        return "OCFS2";
    default:
        return NULL;
    }
}

dpdm_status dpdm_ledger_place_prepare(const char *path, int create, dpdm_error *err)
{
    struct stat file;
    struct statfs place;
    if (!path[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "the name of the ledger is empty");
    if (stat(path, &file) != 0) {
        int cause = errno;
        if (cause == ENOENT && create)
            return place_create(path, err);
        if (cause == ENOENT)
            return dpdm_error_set(err, DPDM_ENOENT, "there is no ledger '%s'; 'dpdm ledger init' makes one", path);
        return dpdm_error_system(err, cause, "cannot open the ledger '%s'", path);
    }
    if (!S_ISREG(file.st_mode))
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is not a ledger: it is not a file", path);
    const char *network = statfs(path, &place) == 0 ? dpdm_ledger_place_network((unsigned long)place.f_type) : NULL;
    if (network)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "the ledger '%s' lies on a network file system (%s), where two machines could spend the "
                              "same budget; keep it on a disk of the one machine that trains",
                              path, network);
    return DPDM_OK;
}

/* stat of the file beside `path` with this ending; 0 as the size where there is none. */
static int place_beside(const char *path, const char *ending, off_t *size)
{
    struct stat file;
    char *name = malloc(strlen(path) + strlen(ending) + 1);
    *size = 0;
    if (!name)
        return 0;
    strcpy(name, path);
    strcat(name, ending);
    int there = stat(name, &file) == 0;
    if (there)
        *size = file.st_size;
    free(name);
    return there;
}

dpdm_status dpdm_ledger_place_fixed(const char *path, int *fixed, dpdm_error *err)
{
    off_t log, shared;
    char *folder = strdup(path);
    *fixed = 0;
    if (!folder)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to open the ledger '%s'", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int writable = access(slash ? folder : ".", W_OK) == 0 && access(path, W_OK) == 0;
    free(folder);
    place_beside(path, "-wal", &log);
    if (writable || place_beside(path, "-shm", &shared)) /* somebody may be at work */
        return DPDM_OK;
    if (log > 0)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED,
                              "the last entries of the ledger '%s' are still in '%s-wal', and nothing can be written "
                              "here: copy both to a folder where it can",
                              path, path);
    *fixed = 1;
    return DPDM_OK;
}

/* Readable by its owner only: it says who worked on which data. Exclusive, as closing a descriptor of a file that SQLite
 * has open in this process would give up its locks. */
static dpdm_status place_create(const char *path, dpdm_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno != EEXIST)
        return dpdm_error_system(err, errno, "cannot create the ledger '%s'", path);
    if (file >= 0)
        close(file);
    dpdm_status status = dpdm_ledger_place_prepare(path, 0, err);
    if (status && file >= 0)
        unlink(path);
    return status;
}
