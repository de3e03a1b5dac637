/* image_store.c - see image_store.h. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "data/image_store.h"
#include "data/pixels.h"
#include "base/file.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { STORE_HEAD = DPDM_PIXELS_HEAD, STORE_TMPFS = 0x01021994, STORE_RAMFS = (int)0x858458f6 };
static const char store_tag[32] = "dpdm decoded images 2\n";

/* The first page of a file. */
typedef struct {
    char tag[32];
    uint8_t key[32], hash[32];
    uint64_t bytes;
    uint64_t wide_files, wide_highest; /* dpdm_wide */
} store_head;

static void store_hash(const dpdm_dataset *data, uint8_t hash[32])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, 32);
    dpdm_pixels_hash(data, &state);
    const uint64_t wide[] = {data->wide.files, (uint64_t)data->wide.highest};
    crypto_generichash_update(&state, (const uint8_t *)wide, sizeof wide);
    crypto_generichash_final(&state, hash, 32);
}

/* ---- the file ---- */

static dpdm_status store_check_folder(const char *folder, dpdm_error *err)
{
    struct statfs fs;
    dpdm_status status = dpdm_folder_create(folder, err);
    if (status)
        return status;
    if (statfs(folder, &fs) != 0)
        return dpdm_error_system(err, errno, "cannot look at the folder '%s' for decoded pictures", folder);
    if ((int)fs.f_type == STORE_TMPFS || (int)fs.f_type == STORE_RAMFS)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "cache '%s' lies in memory itself (tmpfs), so it would save none: name a folder on a disk, or "
            "leave cache out",
            folder);
    return DPDM_OK;
}

/* A file without a name where the system can make one; else one whose name goes at once, or, to be kept, at the end. */
static dpdm_status store_create(dpdm_image_store *store, const dpdm_reading *reading, dpdm_error *err)
{
    store->descriptor = open(reading->cache, O_TMPFILE | O_RDWR | O_CLOEXEC, DPDM_FILE_PRIVATE);
    if (store->descriptor >= 0)
        return DPDM_OK;
    snprintf(store->temporary, sizeof store->temporary, "%.*s/.dpdm-XXXXXX", DPDM_IMAGE_STORE_PATH - 16,
             reading->cache);
    store->descriptor = mkstemp(store->temporary); /* mode 0600 */
    if (store->descriptor < 0) {
        int number = errno;
        store->temporary[0] = '\0';
        return dpdm_error_system(err, number, "cannot make a file for decoded pictures in '%s'", reading->cache);
    }
    if (!reading->cache_keep) {
        unlink(store->temporary);
        store->temporary[0] = '\0';
    }
    return DPDM_OK;
}

static dpdm_status store_map(dpdm_image_store *store, int protection, dpdm_dataset *data, dpdm_error *err)
{
    void *map = mmap(NULL, store->bytes, protection, MAP_SHARED, store->descriptor, 0);
    if (map == MAP_FAILED)
        return dpdm_error_system(err, errno, "cannot map the file of %zu bytes for decoded pictures", store->bytes);
    dpdm_pixels_free(data);
    store->map = map;
    data->pixels = store->map + STORE_HEAD;
    data->mapped = store->bytes;
    return DPDM_OK;
}

/* A file of an earlier run. Nobody else's is believed, nor one that others could have read or written. */
static dpdm_status store_reuse(dpdm_image_store *store, dpdm_dataset *data, int *filled, dpdm_error *err)
{
    struct stat st;
    uint8_t hash[32];
    store->descriptor = open(store->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (store->descriptor < 0 && errno == ENOENT)
        return DPDM_OK;
    if (store->descriptor < 0 || fstat(store->descriptor, &st) != 0)
        return dpdm_error_system(err, errno, "cannot read the decoded pictures in '%s'", store->path);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "%s: is not a file of yours alone (mode 0600), so its pictures are not trusted: remove it", store->path);
    if ((uint64_t)st.st_size != store->bytes)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: has another size than its pictures need: remove it", store->path);
    dpdm_status status = store_map(store, PROT_READ, data, err);
    if (status)
        return status;
    store_head head;
    memcpy(&head, store->map, sizeof head);
    data->wide = (dpdm_wide){head.wide_files, (int)(head.wide_highest & UINT16_MAX)};
    store_hash(data, hash);
    if (memcmp(head.tag, store_tag, sizeof store_tag) || memcmp(head.key, store->key, sizeof head.key) ||
        head.bytes != store->bytes || memcmp(head.hash, hash, sizeof hash))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: is damaged: its pictures are not those it was made with; remove it", store->path);
    *filled = 1;
    return DPDM_OK;
}

dpdm_status dpdm_image_store_open(dpdm_image_store *store, const dpdm_reading *reading, const uint8_t key[32],
                                  dpdm_dataset *data, int *filled, dpdm_error *err)
{
    char name[2 * 16 + 1];
    *store = (dpdm_image_store){.descriptor = -1};
    *filled = 0;
    memcpy(store->key, key, sizeof store->key);
    store->bytes = STORE_HEAD + (size_t)data->count * dpdm_dataset_image_bytes(data);
    sodium_bin2hex(name, sizeof name, key, 16);
    int length = snprintf(store->path, sizeof store->path, "%s/%s.dpdm-images", reading->cache, name);
    if (length < 0 || (size_t)length >= sizeof store->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "%.200s...: the path of the cache is too long", reading->cache);
    dpdm_status status = store_check_folder(reading->cache, err);
    if (!status && reading->cache_keep)
        status = store_reuse(store, data, filled, err);
    if (status || *filled)
        return status;
    status = store_create(store, reading, err);
    int number = status ? 0 : posix_fallocate(store->descriptor, 0, (off_t)store->bytes); /* a full disk shows here */
    if (number)
        status = dpdm_error_system(err, number, "no room for %zu bytes of decoded pictures in '%s'", store->bytes,
                                   reading->cache);
    return status ? status : store_map(store, PROT_READ | PROT_WRITE, data, err);
}

static dpdm_status store_name(dpdm_image_store *store, dpdm_error *err)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", store->descriptor);
    int result = store->temporary[0] ? rename(store->temporary, store->path)
                                     : linkat(AT_FDCWD, self, AT_FDCWD, store->path, AT_SYMLINK_FOLLOW);
    if (result != 0 && errno != EEXIST) /* another process was first, with the same pictures */
        return dpdm_error_system(err, errno, "cannot keep the decoded pictures as '%s'", store->path);
    store->temporary[0] = '\0';
    return DPDM_OK;
}

dpdm_status dpdm_image_store_finish(dpdm_image_store *store, const dpdm_reading *reading, const dpdm_dataset *data,
                                    dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    if (reading->cache_keep) {
        store_head head = {
            .bytes = store->bytes, .wide_files = data->wide.files, .wide_highest = (uint64_t)data->wide.highest};
        memcpy(head.tag, store_tag, sizeof store_tag);
        memcpy(head.key, store->key, sizeof head.key);
        store_hash(data, head.hash);
        memcpy(store->map, &head, sizeof head);
        if (msync(store->map, store->bytes, MS_SYNC) != 0 || fsync(store->descriptor) != 0)
            status = dpdm_error_system(err, errno, "cannot write the decoded pictures to '%s'", reading->cache);
        if (!status)
            status = store_name(store, err);
    }
    if (!status && mprotect(store->map, store->bytes, PROT_READ) != 0)
        status = dpdm_error_system(err, errno, "cannot protect the decoded pictures from being written");
    dpdm_image_store_abandon(store);
    return status;
}

void dpdm_image_store_abandon(dpdm_image_store *store)
{
    if (store->temporary[0])
        unlink(store->temporary);
    if (store->descriptor >= 0)
        close(store->descriptor);
    store->descriptor = -1;
    store->temporary[0] = '\0';
}
