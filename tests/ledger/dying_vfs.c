/* dying_vfs.c - see dying_vfs.h. */
#include "ledger/dying_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a file held before a change that is not synced. */
typedef struct undo {
    struct undo *next;
    sqlite3_int64 offset, size; /* size: of the whole file */
    int count;
    unsigned char bytes[];
} undo;

typedef struct dying_file {
    sqlite3_file base;
    struct dying_file *next;
    undo *changes; /* newest first */
    sqlite3_file *real;
} dying_file;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs dying_vfs;
static dying_file *open_files;
static long countdown;
static dying_way way;

void dying_vfs_arm(long calls, dying_way how)
{
    countdown = calls;
    way = how;
}

static void lose_power(void)
{
    for (dying_file *file = open_files; file; file = file->next)
        for (undo *change = file->changes; change; change = change->next) {
            if (change->count)
                file->real->pMethods->xWrite(file->real, change->bytes, change->count, change->offset);
            file->real->pMethods->xTruncate(file->real, change->size);
        }
}

static int ends(void)
{
    return countdown > 0 && --countdown == 0;
}

static void die(void)
{
    if (way == DYING_POWER)
        lose_power();
    raise(SIGKILL);
}

static void perhaps_die(void)
{
    if (ends())
        die();
}

void dying_vfs_count(void)
{
    perhaps_die();
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((dying_file *)file)->real;
}

/* Remembers [offset, offset + count) before it changes. */
static void remember(dying_file *file, sqlite3_int64 offset, int count)
{
    sqlite3_int64 size = 0;
    if (countdown == 0 || way != DYING_POWER)
        return;
    file->real->pMethods->xFileSize(file->real, &size);
    int there = offset >= size ? 0 : size - offset < count ? (int)(size - offset) : count;
    undo *change = malloc(sizeof *change + (size_t)there);
    if (!change)
        abort();
    *change = (undo){.next = file->changes, .offset = offset, .size = size, .count = there};
    if (there)
        file->real->pMethods->xRead(file->real, change->bytes, there, offset);
    file->changes = change;
}

static void forget(dying_file *file)
{
    while (file->changes) {
        undo *change = file->changes;
        file->changes = change->next;
        free(change);
    }
}

static int file_close(sqlite3_file *file)
{
    dying_file *closing = (dying_file *)file;
    dying_file **at = &open_files;
    while (*at && *at != closing)
        at = &(*at)->next;
    if (*at)
        *at = closing->next;
    forget(closing);
    return closing->real->pMethods->xClose(closing->real);
}

static int file_read(sqlite3_file *file, void *data, int count, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), data, count, offset);
}

static int file_write(sqlite3_file *file, const void *data, int count, sqlite3_int64 offset)
{
    sqlite3_file *real = real_of(file);
    if (ends()) {
        if (way == DYING_HALF)
            real->pMethods->xWrite(real, data, count / 2, offset);
        die();
    }
    remember((dying_file *)file, offset, count);
    return real->pMethods->xWrite(real, data, count, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    sqlite3_int64 before = 0;
    perhaps_die();
    real_of(file)->pMethods->xFileSize(real_of(file), &before);
    remember((dying_file *)file, size, before > size ? (int)(before - size) : 0);
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

/* Nothing here outlives the machine, so the real sync would only take time. */
static int file_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    perhaps_die();
    forget((dying_file *)file);
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    perhaps_die();
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), locked);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0; /* no promises: a write may be torn */
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    perhaps_die();
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, memory);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    perhaps_die();
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    perhaps_die();
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *flags_out)
{
    dying_file *opening = (dying_file *)file;
    (void)vfs;
    perhaps_die();
    memset(opening, 0, sizeof *opening);
    opening->real = (sqlite3_file *)(opening + 1);
    int code = real_vfs->xOpen(real_vfs, name, opening->real, flags, flags_out);
    if (opening->real->pMethods) {
        opening->base.pMethods = &file_methods;
        opening->next = open_files;
        open_files = opening;
    }
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    perhaps_die();
    return real_vfs->xDelete(real_vfs, name, sync);
}

void dying_vfs_install(void)
{
    if (real_vfs)
        return;
    real_vfs = sqlite3_vfs_find(NULL);
    dying_vfs = *real_vfs;
    dying_vfs.zName = "dying";
    dying_vfs.szOsFile = (int)sizeof(dying_file) + real_vfs->szOsFile;
    dying_vfs.xOpen = vfs_open;
    dying_vfs.xDelete = vfs_delete;
    if (sqlite3_vfs_register(&dying_vfs, 1) != SQLITE_OK)
        abort();
}
