/* ledger_place.c - where a ledger lies. */
#include "ledger/ledger_place.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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
    if (status != DPDM_OK && file >= 0)
        unlink(path);
    return status;
}
