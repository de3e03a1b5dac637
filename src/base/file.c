/* file.c - whole-file reading and atomic writing. */
#define _GNU_SOURCE /* fopencookie, renameat2 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/output.h"
#include "base/system.h"

static dpdm_status file_fail(dpdm_error *err, const char *action, const char *path)
{
    return dpdm_error_system(err, errno, "cannot %s '%s'", action, path);
}

static dpdm_status file_read_stream(FILE *stream, const char *path, size_t limit, uint8_t **data, size_t *size,
                                    dpdm_error *err)
{
    struct stat info;
    if (fstat(fileno(stream), &info) != 0)
        return file_fail(err, "read", path);
    if (S_ISDIR(info.st_mode))
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is a folder, not a file", path);
    size_t room = S_ISREG(info.st_mode) && (uint64_t)info.st_size < limit ? (size_t)info.st_size : limit;
    uint8_t *bytes = malloc(room + 2);
    if (!bytes)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to read '%s' (%zu bytes)", path, room);
    size_t got = fread(bytes, 1, room + 1, stream); /* one more than allowed shows a file that is too long */
    if (ferror(stream)) {
        free(bytes);
        return file_fail(err, "read", path);
    }
    if (got > room) {
        free(bytes);
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is larger than the %zu bytes allowed here", path, limit);
    }
    bytes[got] = 0;
    *data = bytes;
    *size = got;
    return DPDM_OK;
}

dpdm_status dpdm_file_read(const char *path, size_t limit, uint8_t **data, size_t *size, dpdm_error *err)
{
    *data = NULL;
    *size = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return file_fail(err, "open", path);
    dpdm_status status = file_read_stream(stream, path, limit, data, size, err);
    fclose(stream);
    return status;
}

/* The stream's writes go through here, so that the reason of the first failure is kept: errno says nothing any more when
 * the file is committed. */
static ssize_t writer_put(void *cookie, const char *bytes, size_t size)
{
    dpdm_file_writer *writer = cookie;
    for (size_t done = 0; done < size && !writer->failure;) {
        ssize_t wrote = write(writer->descriptor, bytes + done, size - done);
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            writer->failure = errno;
    }
    return writer->failure ? 0 : (ssize_t)size;
}

dpdm_status dpdm_file_put_at(dpdm_file_writer *writer, const void *bytes, size_t size, uint64_t at)
{
    for (size_t done = 0; done < size && !writer->failure;) {
        ssize_t wrote = pwrite(writer->descriptor, (const char *)bytes + done, size - done, (off_t)(at + done));
        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            writer->failure = errno;
    }
    return writer->failure ? DPDM_EIO : DPDM_OK;
}

dpdm_status dpdm_file_begin(dpdm_file_writer *writer, const char *path, int overwrite, unsigned mode, dpdm_error *err)
{
    unsigned there;
    memset(writer, 0, sizeof *writer);
    writer->descriptor = -1;
    if (strlen(path) >= sizeof writer->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "the path '%.60s...' is too long", path);
    strcpy(writer->path, path);
    dpdm_status status = dpdm_output_resolve(path, writer->target, err);
    if (!status)
        status = dpdm_output_examine(path, writer->target, DPDM_OUTPUT_FILE, overwrite, &there, err);
    if (status)
        return status;
    writer->overwrite = overwrite;
    writer->descriptor =
        dpdm_output_temporary(writer->target, mode & (there | 0600), writer->temporary, sizeof writer->temporary);
    if (writer->descriptor < 0) {
        status = file_fail(err, "write", path);
        writer->temporary[0] = '\0';
        return status;
    }
    writer->stream = fopencookie(writer, "wb", (cookie_io_functions_t){.write = writer_put});
    if (!writer->stream) {
        dpdm_file_abandon(writer);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to write '%s'", path);
    }
    return DPDM_OK;
}

/* Puts the finished file in its place; without overwrite only where there is none, at this moment and not at an earlier
 * one. A file system without such a rename holds the place with an empty file first. */
static int writer_place(const dpdm_file_writer *writer)
{
    if (writer->overwrite)
        return rename(writer->temporary, writer->target);
    if (renameat2(AT_FDCWD, writer->temporary, AT_FDCWD, writer->target, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    int held = open(writer->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (held < 0)
        return -1;
    close(held);
    if (rename(writer->temporary, writer->target) == 0)
        return 0;
    int number = errno;
    unlink(writer->target);
    errno = number;
    return -1;
}

static int writer_close(dpdm_file_writer *writer)
{
    if (fclose(writer->stream) != 0 && !writer->failure)
        writer->failure = errno; /* flushing what was left */
    writer->stream = NULL;
    if (!writer->failure && fsync(writer->descriptor) != 0)
        writer->failure = errno;
    if (close(writer->descriptor) != 0 && !writer->failure)
        writer->failure = errno;
    writer->descriptor = -1;
    return writer->failure;
}

dpdm_status dpdm_file_commit(dpdm_file_writer *writer, dpdm_error *err)
{
    int number = writer_close(writer);
    if (!number && writer_place(writer) != 0)
        number = errno;
    if (!number) {
        writer->temporary[0] = '\0';
        dpdm_output_sync(writer->target);
        return DPDM_OK;
    }
    dpdm_file_abandon(writer);
    return number == EEXIST
               ? dpdm_error_set(err, DPDM_EEXIST, "'%s' came into being while it was being written; it is not replaced",
                                writer->path)
               : dpdm_error_system(err, number, "cannot write '%s'", writer->path);
}

void dpdm_file_abandon(dpdm_file_writer *writer)
{
    if (writer->stream)
        fclose(writer->stream);
    writer->stream = NULL;
    if (writer->descriptor >= 0)
        close(writer->descriptor);
    writer->descriptor = -1;
    if (writer->temporary[0])
        unlink(writer->temporary);
    writer->temporary[0] = '\0';
}

dpdm_status dpdm_file_write(const char *path, const void *data, size_t size, int overwrite, unsigned mode,
                            dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, mode, err);
    if (status)
        return status;
    fwrite(data, 1, size, writer.stream); /* commit sees a failure through ferror */
    return dpdm_file_commit(&writer, err);
}

dpdm_status dpdm_folder_create(const char *path, dpdm_error *err)
{
    size_t made;
    return dpdm_folder_make(path, &made, err);
}

dpdm_status dpdm_folder_make(const char *path, size_t *made, dpdm_error *err)
{
    char partial[1024];
    size_t length = strlen(path);
    *made = 0;
    if (length == 0 || length >= sizeof partial)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s' is not a usable folder name", path);
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, DPDM_FOLDER_SHARED) == 0) {
            *made = *made ? *made : i;
            dpdm_output_sync(partial);
        } else if (errno != EEXIST) {
            dpdm_status status = file_fail(err, "create folder", path);
            dpdm_folder_unmake(path, *made);
            return status;
        }
        partial[i] = kept;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return dpdm_error_set(err, DPDM_EIO, "cannot create folder '%s': a file of that name exists", path);
    return DPDM_OK;
}

void dpdm_folder_unmake(const char *path, size_t made)
{
    char partial[1024];
    size_t length = strlen(path);
    if (!made || length >= sizeof partial)
        return;
    memcpy(partial, path, length + 1);
    for (size_t i = length; i >= made; i--) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        partial[i] = '\0';
        if (rmdir(partial) != 0 && errno != ENOENT)
            return;
    }
}
