/* folder_write.c - folders built beside their final name and renamed. */
#define _GNU_SOURCE /* syncfs */
#include "data/folder.h"
#include "base/file.h"
#include "base/output.h"
#include "base/system.h"
#include "data/owners.h"
#include "dpdm/dataset.h"

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
static dpdm_status folder_make_temporary(dpdm_folder_writer *writer, dpdm_error *err);
static dpdm_status folder_flush(const dpdm_folder_writer *writer, dpdm_error *err);
static dpdm_status folder_fail(const char *action, const char *path, int number, dpdm_error *err);
static int folder_walk(const char *path, int depth, folder_visit_fn visit);
static int folder_is_ours(const char *path, int is_folder);
static int folder_remove_entry(const char *path, int is_folder);
static void folder_remove(const char *path);
static int folder_is_empty(const char *path);
static dpdm_status folder_swap(dpdm_folder_writer *writer, dpdm_error *err);

dpdm_status dpdm_folder_check(const char *path, int overwrite, dpdm_error *err)
{
    dpdm_status status = dpdm_output_check(path, DPDM_OUTPUT_FOLDER, overwrite, err);
    return status ? status : folder_check_target(path, overwrite, err);
}

dpdm_status dpdm_folder_begin(dpdm_folder_writer *writer, const char *path, unsigned flags, dpdm_error *err)
{
    unsigned there;
    memset(writer, 0, sizeof *writer);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (!length || length >= sizeof writer->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s' is not a usable folder name", path);
    memcpy(writer->path, path, length);
    writer->mode = flags & DPDM_WRITE_PRIVATE ? DPDM_FOLDER_PRIVATE : DPDM_FOLDER_SHARED;
    int overwrite = (flags & DPDM_WRITE_OVERWRITE) != 0;
    dpdm_status status = dpdm_output_resolve(writer->path, writer->target, err);
    if (!status)
        status = dpdm_output_examine(writer->path, writer->target, DPDM_OUTPUT_FOLDER, overwrite, &there, err);
    if (!status)
        status = folder_check_target(writer->path, overwrite, err);
    if (status)
        return status;
    writer->mode &= there | 0700;
    return folder_make_temporary(writer, err);
}

dpdm_status dpdm_folder_add_folder(dpdm_folder_writer *writer, const char *name, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_status status = dpdm_folder_join(writer->temporary, name, path, err);
    if (!status && mkdir(path, writer->mode) != 0)
        status = folder_fail("write", writer->path, errno, err);
    return status;
}

dpdm_status dpdm_folder_add_file(dpdm_folder_writer *writer, const char *name, const void *bytes, size_t size,
                                 dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_status status = dpdm_folder_join(writer->temporary, name, path, err);
    if (status)
        return status;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, writer->mode & 0666), number = 0;
    if (descriptor < 0)
        return folder_fail("write", writer->path, errno, err);
    for (size_t done = 0; done < size && !number;) {
        ssize_t wrote = write(descriptor, (const char *)bytes + done, size - done);
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            number = errno;
    }
    if (close(descriptor) != 0 && !number)
        number = errno;
    return number ? folder_fail("write", writer->path, number, err) : DPDM_OK;
}

dpdm_status dpdm_folder_commit(dpdm_folder_writer *writer, dpdm_error *err)
{
    dpdm_status status = folder_flush(writer, err);
    /* Renaming over an empty folder, or to no folder, is one step; a full one is first moved aside. */
    if (!status && dpdm_folder_exists(writer->target) && !folder_is_empty(writer->target))
        status = folder_swap(writer, err);
    else if (!status && rename(writer->temporary, writer->target) != 0)
        status = folder_fail("write", writer->path, errno, err);
    if (status)
        dpdm_folder_abandon(writer);
    else
        dpdm_output_sync(writer->target);
    writer->temporary[0] = '\0';
    return status;
}

void dpdm_folder_abandon(dpdm_folder_writer *writer)
{
    if (writer->temporary[0])
        folder_remove(writer->temporary);
    writer->temporary[0] = '\0';
}

/* Nothing stands there, or an empty folder, or (to be replaced) one that dpdm wrote. */
static dpdm_status folder_check_target(const char *path, int overwrite, dpdm_error *err)
{
    if (!dpdm_folder_exists(path))
        return DPDM_OK;
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

static dpdm_status folder_make_temporary(dpdm_folder_writer *writer, dpdm_error *err)
{
    int descriptor = dpdm_output_temporary(writer->target, 0600, writer->temporary, sizeof writer->temporary);
    if (descriptor >= 0) {
        close(descriptor); /* a name that is nobody's: the folder takes the place of the file */
        unlink(writer->temporary);
        if (mkdir(writer->temporary, writer->mode) == 0)
            return DPDM_OK;
    }
    int number = errno;
    writer->temporary[0] = '\0';
    return folder_fail("write", writer->path, number, err);
}

/* Everything on the disk before the folder gets its name: one call for all of its files. */
static dpdm_status folder_flush(const dpdm_folder_writer *writer, dpdm_error *err)
{
    int descriptor = open(writer->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC), number = 0;
    if (descriptor < 0 || syncfs(descriptor) != 0)
        number = errno;
    if (descriptor >= 0)
        close(descriptor);
    return number ? folder_fail("write", writer->path, number, err) : DPDM_OK;
}

static dpdm_status folder_swap(dpdm_folder_writer *writer, dpdm_error *err)
{
    char aside[sizeof writer->temporary];
    snprintf(aside, sizeof aside, "%s.old-XXXXXX", writer->target);
    if (!mkdtemp(aside))
        return folder_fail("replace", writer->path, errno, err);
    if (rename(writer->target, aside) != 0) {
        dpdm_status status = folder_fail("replace", writer->path, errno, err);
        rmdir(aside);
        return status;
    }
    if (rename(writer->temporary, writer->target) != 0) {
        dpdm_status status = folder_fail("replace", writer->path, errno, err);
        rename(aside, writer->target);
        return status;
    }
    folder_remove(aside);
    return DPDM_OK;
}

static dpdm_status folder_fail(const char *action, const char *path, int number, dpdm_error *err)
{
    return dpdm_error_system(err, number, "cannot %s folder '%s'", action, path);
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
    static const char figures[] = "0123456789";
    const char *base = strrchr(path, '/') + 1, *parent = base - 1, *end = strrchr(base, '.');
    while (parent > path && parent[-1] != '/')
        parent--;
    if (is_folder)
        return 0; /* what is in it was asked about before */
    /* Images are numbered with six digits or more; below a class that is a number itself, any PNG file counts. */
    int png = end && end > base && !strcmp(end, ".png");
    int numbered = png && end - base >= 6 && strspn(base, figures) == (size_t)(end - base);
    int below_number = parent[strspn(parent, figures)] == '/';
    return !(png && (numbered || below_number)) && !strstr(base, "-ubyte") && strcmp(base, DPDM_OWNERS_FILE) != 0;
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
