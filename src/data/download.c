/* download.c - downloads, their checksums, and folders of them. */
#include "data/download.h"
#include "data/folder.h"
#include "base/file.h"
#include "base/system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sodium.h>

static dpdm_status download_one(const dpdm_download_set *set, const dpdm_download *file, const char *folder,
                                dpdm_fetch_fn progress, void *context, dpdm_error *err);
static dpdm_status download_unpack(const char *path, const char *folder, dpdm_error *err);
static dpdm_status download_from(const char *url, const char *path, dpdm_error *err);
static dpdm_status download_check(const dpdm_download *download, const char *path, dpdm_error *err);
static dpdm_status download_sha256(const char *path, char hex[65], dpdm_error *err);

dpdm_status dpdm_download_folder(const dpdm_download_set *set, const char *data_dir, dpdm_fetch_fn progress,
                                 void *context, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_folder_writer writer;
    int made = !dpdm_folder_exists(data_dir);
    dpdm_status status = dpdm_folder_create(data_dir, err);
    if (!status)
        status = dpdm_folder_join(data_dir, set->name, path, err);
    if (!status && dpdm_folder_exists(path))
        status =
            dpdm_error_set(err, DPDM_EEXIST, "%s is there already, but it is not %s as dpdm knows it: remove it first",
                           path, set->name);
    if (!status)
        status = dpdm_folder_begin(&writer, path, 0, err);
    if (status)
        return status;
    for (size_t i = 0; !status && i < DPDM_DOWNLOAD_FILES && set->files[i].name; i++)
        status = download_one(set, &set->files[i], writer.temporary, progress, context, err);
    if (!status)
        return dpdm_folder_commit(&writer, err);
    dpdm_folder_abandon(&writer);
    if (made)
        rmdir(data_dir);
    return status;
}

static dpdm_status download_one(const dpdm_download_set *set, const dpdm_download *file, const char *folder,
                                dpdm_fetch_fn progress, void *context, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_status status = dpdm_folder_join(folder, file->name, path, err), tried = DPDM_EIO;
    for (size_t i = 0; !status && tried && i < DPDM_DOWNLOAD_PLACES && set->places[i]; i++) {
        char url[300];
        snprintf(url, sizeof url, "%s%s", set->places[i], file->name);
        if (progress && progress(context, url, file->bytes))
            return dpdm_error_set(err, DPDM_ECANCELLED, "the download of %s was stopped", set->name);
        tried = download_from(url, path, err);
        if (!tried)
            tried = download_check(file, path, err);
        if (tried)
            dpdm_error_prefix(err, tried, "%s", url);
    }
    status = status ? status : tried;
    return status || !set->unpack ? status : download_unpack(path, folder, err);
}

static dpdm_status download_unpack(const char *path, const char *folder, dpdm_error *err)
{
    const char *const tar[] = {"tar", "-xzf", path, "-C", folder, "--strip-components=1", "--no-same-owner", NULL};
    dpdm_status status = dpdm_program_run(tar, err);
    unlink(path);
    return status ? dpdm_error_prefix(err, DPDM_EIO, "%s could not be unpacked", path) : DPDM_OK;
}

static dpdm_status download_from(const char *url, const char *path, dpdm_error *err)
{
    const char *const curl[] = {"curl",       "--fail",
                                "--silent",   "--show-error",
                                "--location", "--proto-redir",
                                "=https",     "--retry",
                                "2",          "--connect-timeout",
                                "30",         "--output",
                                path,         "--",
                                url,          NULL};
    const char *const wget[] = {
        "wget", "--no-verbose", "--tries=3", "--timeout=30", "--output-document", path, "--", url, NULL};
    dpdm_status status = dpdm_program_run(curl, err);
    if (status == DPDM_ENOENT)
        status = dpdm_program_run(wget, err);
    if (status == DPDM_ENOENT)
        status = dpdm_error_set(err, DPDM_ENOENT,
                                "neither curl nor wget is installed: install one, or download the file yourself");
    return status;
}

static dpdm_status download_check(const dpdm_download *download, const char *path, dpdm_error *err)
{
    char hex[65];
    struct stat st;
    if (stat(path, &st) != 0)
        return dpdm_error_set(err, DPDM_EIO, "nothing was downloaded");
    if ((uint64_t)st.st_size != download->bytes)
        return dpdm_error_set(err, DPDM_EFORMAT, "%llu bytes came, but the file has %llu",
                              (unsigned long long)st.st_size, (unsigned long long)download->bytes);
    dpdm_status status = download_sha256(path, hex, err);
    if (!status && strcmp(hex, download->sha256) != 0)
        status = dpdm_error_set(err, DPDM_EFORMAT, "what came has SHA-256 %s, but the file has %s: it is not used", hex,
                                download->sha256);
    return status;
}

static dpdm_status download_sha256(const char *path, char hex[65], dpdm_error *err)
{
    enum { CHUNK = 1 << 16 };
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_state state;
    uint8_t *chunk = malloc(CHUNK);
    if (!chunk)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to check %s", path);
    FILE *stream = fopen(path, "rb");
    size_t got = 0;
    int number = stream ? 0 : errno;
    crypto_hash_sha256_init(&state);
    while (stream && (got = fread(chunk, 1, CHUNK, stream)) > 0)
        crypto_hash_sha256_update(&state, chunk, got);
    if (stream && ferror(stream))
        number = errno;
    crypto_hash_sha256_final(&state, digest);
    sodium_bin2hex(hex, 65, digest, sizeof digest);
    if (stream)
        fclose(stream);
    free(chunk);
    return number ? dpdm_error_system(err, number, "cannot read %s", path) : DPDM_OK;
}
