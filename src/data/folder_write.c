/* folder_write.c - folders built beside their final name and renamed. */
#include "data/folder.h"
#include "data/owners.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_DEPTH 2 /* of what dpdm writes: class folders in a folder */

typedef int (*folder_visit_fn)(const char *path, int is_folder);

static dpdm_status folder_check_target(const char *path, int overwrite, dpdm_error *err);
static dpdm_status folder_fail(const char *action, const char *path, dpdm_error *err);
static int folder_walk(const char *path, int depth, folder_visit_fn visit);
static int folder_is_ours(const char *path, int is_folder);
static int folder_remove_entry(const char *path, int is_folder);
static void folder_remove(const char *path);
static int folder_is_empty(const char *path);
static dpdm_status folder_swap(dpdm_folder_writer *writer, dpdm_error *err);

dpdm_status dpdm_folder_begin(dpdm_folder_writer *writer, const char *path, int overwrite, dpdm_error *err)
{
    memset(writer, 0, sizeof *writer);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (!length || length >= sizeof writer->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s' is not a usable folder name", path);
    memcpy(writer->path, path, length);
    dpdm_status status = folder_check_target(writer->path, overwrite, err);
    if (status)
        return status;
    snprintf(writer->temporary, sizeof writer->temporary, "%s.tmp-XXXXXX", writer->path);
    if (!mkdtemp(writer->temporary)) {
        writer->temporary[0] = '\0';
        return folder_fail("write", writer->path, err);
    }
    if (chmod(writer->temporary, 0755) != 0) {
        status = folder_fail("write", writer->path, err);
        dpdm_folder_abandon(writer);
    }
    return status;
}

dpdm_status dpdm_folder_add_folder(dpdm_folder_writer *writer, const char *name, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_status status = dpdm_folder_join(writer->temporary, name, path, err);
    if (!status && mkdir(path, 0755) != 0)
        status = folder_fail("write", writer->path, err);
    return status;
}

dpdm_status dpdm_folder_add_file(dpdm_folder_writer *writer, const char *name, const void *bytes, size_t size,
                                 dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_status status = dpdm_folder_join(writer->temporary, name, path, err);
    if (status)
        return status;
    FILE *stream = fopen(path, "wb");
    if (!stream)
        return folder_fail("write", writer->path, err);
    int good = fwrite(bytes, 1, size, stream) == size, number = errno;
    if (fclose(stream) != 0 && good) {
        good = 0;
        number = errno;
    }
    errno = number;
    return good ? DPDM_OK : folder_fail("write", writer->path, err);
}

dpdm_status dpdm_folder_commit(dpdm_folder_writer *writer, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    /* Renaming over an empty folder, or to no folder, is one step; a full one is first moved aside. */
    if (dpdm_folder_exists(writer->path) && !folder_is_empty(writer->path))
        status = folder_swap(writer, err);
    else if (rename(writer->temporary, writer->path) != 0)
        status = folder_fail("write", writer->path, err);
    if (status)
        dpdm_folder_abandon(writer);
    writer->temporary[0] = '\0';
    return status;
}

void dpdm_folder_abandon(dpdm_folder_writer *writer)
{
    if (writer->temporary[0])
        folder_remove(writer->temporary);
    writer->temporary[0] = '\0';
}

static dpdm_status folder_check_target(const char *path, int overwrite, dpdm_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return DPDM_OK;
    if (!S_ISDIR(st.st_mode))
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists and is not a folder; choose another name", path);
    if (folder_is_empty(path))
        return DPDM_OK;
    if (!overwrite)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists already; choose another name or pass --overwrite", path);
    if (folder_walk(path, FOLDER_DEPTH, folder_is_ours) != 0)
        return dpdm_error_set(
            err, DPDM_EEXIST,
            "'%s' holds other things than images that dpdm wrote, so it is not replaced; choose another "
            "name or remove it yourself",
            path);
    return DPDM_OK;
}

static dpdm_status folder_swap(dpdm_folder_writer *writer, dpdm_error *err)
{
    char aside[sizeof writer->temporary];
    snprintf(aside, sizeof aside, "%s.old-XXXXXX", writer->path);
    if (!mkdtemp(aside))
        return folder_fail("replace", writer->path, err);
    if (rename(writer->path, aside) != 0) {
        dpdm_status status = folder_fail("replace", writer->path, err);
        rmdir(aside);
        return status;
    }
    if (rename(writer->temporary, writer->path) != 0) {
        dpdm_status status = folder_fail("replace", writer->path, err);
        rename(aside, writer->path);
        return status;
    }
    folder_remove(aside);
    return DPDM_OK;
}

static dpdm_status folder_fail(const char *action, const char *path, dpdm_error *err)
{
    return dpdm_error_set(err, DPDM_EIO, "cannot %s folder '%s': %s", action, path, strerror(errno));
}

static int folder_is_empty(const char *path)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    int empty = stream != NULL;
    while (stream && empty && (entry = readdir(stream)))
        empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
    if (stream)
        closedir(stream);
    return empty;
}

/* Visits what lies below path, children before their folder; stops at the first non-zero answer. Links are not
 * followed, and what lies deeper than `depth` is an error. */
static int folder_walk(const char *path, int depth, folder_visit_fn visit)
{
    DIR *stream = opendir(path);
    const struct dirent *entry;
    int result = stream ? 0 : -1;
    while (stream && !result && (entry = readdir(stream))) {
        char full[DPDM_FOLDER_PATH];
        struct stat st;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (dpdm_folder_join(path, entry->d_name, full, NULL) || lstat(full, &st) != 0) {
            result = -1;
            break;
        }
        if (S_ISDIR(st.st_mode))
            result = depth > 1 ? folder_walk(full, depth - 1, visit) : -1;
        if (!result)
            result = visit(full, S_ISDIR(st.st_mode));
    }
    if (stream)
        closedir(stream);
    return result;
}

static int folder_is_ours(const char *path, int is_folder)
{
    const char *base = strrchr(path, '/') + 1;
    size_t length = strlen(base);
    if (is_folder)
        return base[strspn(base, "0123456789")] != '\0'; /* class folders are numbers */
    return !(length > 4 && !strcmp(base + length - 4, ".png")) && !strstr(base, "-ubyte") &&
           strcmp(base, DPDM_OWNERS_FILE) != 0;
}

static int folder_remove_entry(const char *path, int is_folder)
{
    return is_folder ? rmdir(path) : unlink(path);
}

static void folder_remove(const char *path)
{
    folder_walk(path, FOLDER_DEPTH, folder_remove_entry);
    rmdir(path);
}
