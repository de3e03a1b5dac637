/* folder.c - listing folders. */
#include "data/folder.h"
#include "base/system.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static dpdm_status folder_collect(DIR *stream, const char *path, dpdm_folder_kind kind, dpdm_folder_list *list,
                                  dpdm_error *err);
static int folder_append(dpdm_folder_list *list, const char *name);
static int folder_compare_bytes(const void *a, const void *b);
static int folder_compare_numbers(const void *a, const void *b);
static int folder_all_numbers(const dpdm_folder_list *list);

dpdm_status dpdm_folder_read(const char *path, dpdm_folder_kind kind, dpdm_folder_list *list, dpdm_error *err)
{
    list->names = NULL;
    list->count = 0;
    DIR *stream = opendir(path);
    if (!stream)
        return dpdm_error_system(err, errno, "cannot list folder '%s'", path);
    dpdm_status status = folder_collect(stream, path, kind, list, err);
    closedir(stream);
    if (status) {
        dpdm_folder_list_free(list);
        return status;
    }
    if (list->count)
        qsort(list->names, list->count, sizeof *list->names,
              folder_all_numbers(list) ? folder_compare_numbers : folder_compare_bytes);
    return DPDM_OK;
}

void dpdm_folder_list_free(dpdm_folder_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    list->names = NULL;
    list->count = 0;
}

dpdm_status dpdm_folder_join(const char *folder, const char *name, char path[DPDM_FOLDER_PATH], dpdm_error *err)
{
    int n = snprintf(path, DPDM_FOLDER_PATH, "%s/%s", folder, name);
    if (n < 0 || n >= DPDM_FOLDER_PATH)
        return dpdm_error_set(err, DPDM_EIO, "%.200s...: the path is too long", folder);
    return DPDM_OK;
}

int dpdm_folder_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static dpdm_status folder_collect(DIR *stream, const char *path, dpdm_folder_kind kind, dpdm_folder_list *list,
                                  dpdm_error *err)
{
    char full[DPDM_FOLDER_PATH];
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry && errno)
            return dpdm_error_system(err, errno, "cannot list folder '%s'", path);
        if (!entry)
            return DPDM_OK;
        if (dpdm_folder_is_litter(entry->d_name))
            continue;
        struct stat st;
        dpdm_status status = dpdm_folder_join(path, entry->d_name, full, err);
        if (status)
            return status;
        if (stat(full, &st) != 0)
            return dpdm_error_system(err, errno, "cannot read '%s'", full);
        if (!!S_ISDIR(st.st_mode) == (kind == DPDM_FOLDER_FOLDERS) && folder_append(list, entry->d_name))
            return dpdm_error_set(err, DPDM_ENOMEM, "no memory to list folder '%s'", path);
    }
}

static int folder_append(dpdm_folder_list *list, const char *name)
{
    if ((list->count & (list->count - 1)) == 0) { /* full at every power of two */
        char **names = realloc(list->names, (list->count ? 2 * list->count : 1) * sizeof *names);
        if (!names)
            return -1;
        list->names = names;
    }
    size_t length = strlen(name) + 1;
    char *copy = malloc(length);
    if (!copy)
        return -1;
    memcpy(copy, name, length);
    list->names[list->count++] = copy;
    return 0;
}

static int folder_all_numbers(const dpdm_folder_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!list->names[i][0] || list->names[i][strspn(list->names[i], "0123456789")])
            return 0;
    return 1;
}

static int folder_compare_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Numbers of any length: without leading zeros the longer is the larger; equal numbers fall back to their bytes. */
static int folder_compare_numbers(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    const char *p = x + strspn(x, "0"), *q = y + strspn(y, "0");
    size_t m = strlen(p), n = strlen(q);
    if (m != n)
        return m < n ? -1 : 1;
    int order = strcmp(p, q);
    return order ? order : strcmp(x, y);
}
