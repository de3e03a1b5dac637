/* output.c - names that are going to be written. */
#define _GNU_SOURCE /* the permission bits and O_CLOEXEC of Linux, realpath */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/system.h"

enum { OUTPUT_LINKS = 40, OUTPUT_TRIES = 100, OUTPUT_LETTERS = 6 };

static const char *kind_of(mode_t mode);
static void folder_of(const char *target, char folder[DPDM_OUTPUT_PATH]);

dpdm_status dpdm_output_resolve(const char *path, char target[DPDM_OUTPUT_PATH], dpdm_error *err)
{
    if (!path[0] || strlen(path) >= DPDM_OUTPUT_PATH)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s%s' is not a usable name: it is %s", path, path[0] ? "..." : "",
                              path[0] ? "too long" : "empty");
    strcpy(target, path);
    for (int links = 0;; links++) {
        char link[DPDM_OUTPUT_PATH];
        ssize_t length = readlink(target, link, sizeof link);
        if (length < 0)
            return DPDM_OK; /* no link: or nothing there, or nothing to be seen, which writing will tell */
        char *slash = strrchr(target, '/');
        size_t kept = link[0] != '/' && slash ? (size_t)(slash - target) + 1 : 0;
        if (links == OUTPUT_LINKS)
            return dpdm_error_system(err, ELOOP, "cannot write '%s'", path);
        if (kept + (size_t)length >= DPDM_OUTPUT_PATH)
            return dpdm_error_system(err, ENAMETOOLONG, "cannot write '%s'", path);
        memcpy(target + kept, link, (size_t)length);
        target[kept + (size_t)length] = '\0';
    }
}

dpdm_status dpdm_output_examine(const char *path, const char *target, dpdm_output_kind kind, int overwrite,
                                unsigned *mode, dpdm_error *err)
{
    struct stat st;
    if (mode)
        *mode = 0777;
    if (stat(target, &st) != 0)
        return errno == ENOENT ? DPDM_OK : dpdm_error_system(err, errno, "cannot write '%s'", path);
    if (mode)
        *mode = st.st_mode & 0777;
    int file = S_ISREG(st.st_mode) != 0, folder = S_ISDIR(st.st_mode) != 0;
    if (!file && !folder)
        return dpdm_error_set(err, DPDM_EEXIST,
                              "'%s' is %s, and only files and folders are ever replaced; choose another name", path,
                              kind_of(st.st_mode));
    if (file && kind == DPDM_OUTPUT_FOLDER)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists and is not a folder; choose another name", path);
    if (folder && kind == DPDM_OUTPUT_FILE)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' is a folder, and a file never replaces one; choose another name",
                              path);
    if (!overwrite && file)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists already; choose another name or pass --overwrite", path);
    return DPDM_OK;
}

dpdm_status dpdm_output_check(const char *path, dpdm_output_kind kind, int overwrite, dpdm_error *err)
{
    char target[DPDM_OUTPUT_PATH], name[DPDM_OUTPUT_PATH + 16];
    dpdm_status status = dpdm_output_resolve(path, target, err);
    for (size_t n = strlen(target); !status && n > 1 && target[n - 1] == '/'; n--)
        target[n - 1] = '\0';
    if (!status)
        status = dpdm_output_examine(path, target, kind, overwrite, NULL, err);
    if (status)
        return status;
    int descriptor = dpdm_output_temporary(target, 0600, name, sizeof name), number = errno;
    if (descriptor >= 0) {
        close(descriptor);
        unlink(name);
        return DPDM_OK;
    }
    char folder[DPDM_OUTPUT_PATH];
    folder_of(target, folder);
    if (number == ENOENT && access(folder, F_OK) != 0)
        return dpdm_error_set(err, DPDM_ENOENT, "cannot write '%s': the folder '%s' is missing; create it first", path,
                              folder);
    return dpdm_error_system(err, number, "cannot write '%s'", path);
}

int dpdm_output_same(const char *a, const char *b)
{
    const char *const paths[] = {a, b};
    char place[2][DPDM_OUTPUT_PATH], folder[DPDM_OUTPUT_PATH], real[DPDM_OUTPUT_PATH];
    for (int i = 0; i < 2; i++) {
        if (dpdm_output_resolve(paths[i], place[i], NULL))
            return 0;
        for (size_t n = strlen(place[i]); n > 1 && place[i][n - 1] == '/'; n--)
            place[i][n - 1] = '\0';
        folder_of(place[i], folder);
        char *found = realpath(folder, NULL);
        if (!found)
            continue; /* the names as they are */
        const char *slash = strrchr(place[i], '/'), *base = slash ? slash + 1 : place[i];
        int length = snprintf(real, sizeof real, "%s/%s", found, base);
        free(found);
        if (length > 0 && (size_t)length < sizeof real)
            strcpy(place[i], real);
    }
    return strcmp(place[0], place[1]) == 0;
}

int dpdm_output_temporary(const char *target, unsigned mode, char *name, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    for (int tries = 0; tries < OUTPUT_TRIES; tries++) {
        unsigned char bytes[OUTPUT_LETTERS];
        char ending[OUTPUT_LETTERS + 1];
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
            return -1;
        for (int i = 0; i < OUTPUT_LETTERS; i++)
            ending[i] = letters[bytes[i] % 32];
        ending[OUTPUT_LETTERS] = '\0';
        if ((size_t)snprintf(name, size, "%s.tmp-%s", target, ending) >= size) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
    }
    return -1;
}

void dpdm_output_sync(const char *target)
{
    char folder[DPDM_OUTPUT_PATH];
    folder_of(target, folder);
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

static const char *kind_of(mode_t mode)
{
    return S_ISCHR(mode) || S_ISBLK(mode) ? "a device"
           : S_ISFIFO(mode)               ? "a pipe"
           : S_ISSOCK(mode)               ? "a socket"
                                          : "no file";
}

static void folder_of(const char *target, char folder[DPDM_OUTPUT_PATH])
{
    const char *slash = strrchr(target, '/');
    if (!slash)
        strcpy(folder, ".");
    else if (slash == target)
        strcpy(folder, "/");
    else
        snprintf(folder, DPDM_OUTPUT_PATH, "%.*s", (int)(slash - target), target);
}
