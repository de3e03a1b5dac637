/* file.c - whole-file reading and atomic writing. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dpdm_status file_fail(dpdm_error *err, const char *action, const char *path)
{
    int number = errno;
    return dpdm_error_set(err, number == ENOENT ? DPDM_ENOENT : DPDM_EIO, "cannot %s '%s': %s", action, path,
                          strerror(number));
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

dpdm_status dpdm_file_begin(dpdm_file_writer *writer, const char *path, int overwrite, unsigned mode, dpdm_error *err)
{
    memset(writer, 0, sizeof *writer);
    if (strlen(path) >= sizeof writer->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "the path '%.60s...' is too long", path);
    if (!overwrite && access(path, F_OK) == 0)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists already; choose another name or pass --overwrite", path);
    strcpy(writer->path, path);
    snprintf(writer->temporary, sizeof writer->temporary, "%s.tmp-XXXXXX", path);
    int descriptor = mkstemp(writer->temporary);
    if (descriptor < 0) {
        writer->temporary[0] = '\0';
        return file_fail(err, "write", path);
    }
    if (fchmod(descriptor, mode) != 0 || !(writer->stream = fdopen(descriptor, "wb"))) {
        dpdm_status status = file_fail(err, "write", path);
        close(descriptor);
        unlink(writer->temporary);
        writer->temporary[0] = '\0';
        return status;
    }
    return DPDM_OK;
}

/* Makes the rename itself durable; a file system that cannot sync folders is not an error. */
static void file_sync_folder(const char *path)
{
    char folder[1024];
    const char *slash = strrchr(path, '/');
    if (!slash)
        strcpy(folder, ".");
    else if (slash == path)
        strcpy(folder, "/");
    else
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    int descriptor = open(folder, O_RDONLY);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

dpdm_status dpdm_file_commit(dpdm_file_writer *writer, dpdm_error *err)
{
    FILE *stream = writer->stream;
    int good = !ferror(stream) && fflush(stream) == 0 && fsync(fileno(stream)) == 0;
    int number = errno;
    writer->stream = NULL;
    if (fclose(stream) != 0 && good) {
        good = 0;
        number = errno;
    }
    if (good && rename(writer->temporary, writer->path) == 0) {
        file_sync_folder(writer->path);
        writer->temporary[0] = '\0';
        return DPDM_OK;
    }
    if (!good)
        errno = number;
    file_fail(err, "write", writer->path);
    dpdm_file_abandon(writer);
    return DPDM_EIO;
}

void dpdm_file_abandon(dpdm_file_writer *writer)
{
    if (writer->stream)
        fclose(writer->stream);
    writer->stream = NULL;
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
    char partial[1024];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof partial)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s' is not a usable folder name", path);
    memcpy(partial, path, length + 1);
    for (size_t i = 1; i <= length; i++) {
        if (partial[i] != '/' && partial[i] != '\0')
            continue;
        char kept = partial[i];
        partial[i] = '\0';
        if (mkdir(partial, 0777) != 0 && errno != EEXIST)
            return file_fail(err, "create folder", path);
        partial[i] = kept;
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return dpdm_error_set(err, DPDM_EIO, "cannot create folder '%s': a file of that name exists", path);
    return DPDM_OK;
}
