/* cifar_files.c - finds the files of a CIFAR-10 data set: data_batch_1.bin, 2, ... (train) and test_batch.bin, or any
 * .bin files; each may be packed (.gz, .xz). */
#include "data/readers.h"
#include "data/folder.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CIFAR_STEM 256

static int cifar_stem(const char *name, char stem[CIFAR_STEM]);
static const char *cifar_find(const dpdm_folder_list *list, const char *want);
static dpdm_status cifar_choose(const char *folder, const dpdm_folder_list *list, dpdm_split split, const char **chosen,
                                size_t *n, dpdm_error *err);
static dpdm_status cifar_choose_train(const char *folder, const dpdm_folder_list *list, size_t batches,
                                      const char **chosen, size_t *n, dpdm_error *err);
static dpdm_status cifar_open(const char *folder, const char *const *names, size_t n, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err);

int dpdm_cifar_is_name(const char *path)
{
    char stem[CIFAR_STEM];
    const char *slash = strrchr(path, '/');
    return cifar_stem(slash ? slash + 1 : path, stem);
}

int dpdm_cifar_in_folder(const char *folder)
{
    dpdm_folder_list list;
    int found = 0;
    if (dpdm_folder_read(folder, DPDM_FOLDER_FILES, &list, NULL))
        return 0;
    for (size_t i = 0; i < list.count && !found; i++)
        found = dpdm_cifar_is_name(list.names[i]);
    dpdm_folder_list_free(&list);
    return found;
}

dpdm_status dpdm_cifar_open_folder(const char *folder, dpdm_split split, const dpdm_facts *facts, dpdm_dataset *data,
                                   dpdm_error *err)
{
    dpdm_folder_list list;
    const char *chosen[DPDM_CIFAR_FILES];
    size_t n = 0;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FILES, &list, err);
    if (status)
        return status;
    status = cifar_choose(folder, &list, split, chosen, &n, err);
    if (!status)
        status = cifar_open(folder, chosen, n, facts, data, err);
    dpdm_folder_list_free(&list);
    return status;
}

dpdm_status dpdm_cifar_open_file(const char *path, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    return cifar_open(NULL, &path, 1, facts, data, err);
}

/* The name without .bin and a packing; 0 if it has no .bin. */
static int cifar_stem(const char *name, char stem[CIFAR_STEM])
{
    const char *end = strstr(name, ".bin");
    if (!end || end == name || (size_t)(end - name) >= CIFAR_STEM)
        return 0;
    if (strcmp(end, ".bin") != 0 && strcmp(end, ".bin.gz") != 0 && strcmp(end, ".bin.xz") != 0)
        return 0;
    memcpy(stem, name, (size_t)(end - name));
    stem[end - name] = '\0';
    return 1;
}

static const char *cifar_find(const dpdm_folder_list *list, const char *want)
{
    char stem[CIFAR_STEM];
    for (size_t i = 0; i < list->count; i++)
        if (cifar_stem(list->names[i], stem) && !strcmp(stem, want))
            return list->names[i];
    return NULL;
}

/* Train is all of data_batch_*, test is test_batch; a folder with neither is one set, whatever the split. */
static dpdm_status cifar_choose(const char *folder, const dpdm_folder_list *list, dpdm_split split, const char **chosen,
                                size_t *n, dpdm_error *err)
{
    char stem[CIFAR_STEM], want[32];
    size_t batches = 0, others = 0;
    for (size_t i = 0; i < list->count; i++)
        if (cifar_stem(list->names[i], stem)) {
            batches += !strncmp(stem, "data_batch_", 11);
            if (others < DPDM_CIFAR_FILES)
                chosen[others++] = list->names[i];
        }
    snprintf(want, sizeof want, "%s_batch", dpdm_split_name(split));
    if (batches && split == DPDM_SPLIT_TRAIN)
        return cifar_choose_train(folder, list, batches, chosen, n, err);
    const char *name = cifar_find(list, want);
    if (name) {
        chosen[(*n)++] = name;
    } else if (!batches && !cifar_find(list, "test_batch")) {
        *n = others;
    } else {
        return dpdm_error_set(err, DPDM_ENOENT, "%s: holds no %s split (%s.bin)", folder, dpdm_split_name(split),
                              split == DPDM_SPLIT_TRAIN ? "data_batch_1" : want);
    }
    return DPDM_OK;
}

static dpdm_status cifar_choose_train(const char *folder, const dpdm_folder_list *list, size_t batches,
                                      const char **chosen, size_t *n, dpdm_error *err)
{
    char want[32];
    for (size_t batch = 1; batch <= batches && batch <= DPDM_CIFAR_FILES; batch++) {
        snprintf(want, sizeof want, "data_batch_%zu", batch);
        const char *name = cifar_find(list, want);
        if (!name)
            return dpdm_error_set(err, DPDM_ENOENT, "%s: %s.bin is missing among %zu data_batch files", folder, want,
                                  batches);
        chosen[(*n)++] = name;
    }
    return DPDM_OK;
}

static dpdm_status cifar_open(const char *folder, const char *const *names, size_t n, const dpdm_facts *facts,
                              dpdm_dataset *data, dpdm_error *err)
{
    char paths[DPDM_CIFAR_FILES][DPDM_FOLDER_PATH];
    dpdm_blob files[DPDM_CIFAR_FILES] = {{NULL, NULL, 0}};
    uint8_t *bytes[DPDM_CIFAR_FILES] = {NULL};
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < n; i++) {
        if (folder)
            status = dpdm_folder_join(folder, names[i], paths[i], err);
        files[i].name = folder ? paths[i] : names[i];
        if (!status)
            status = dpdm_file_read(files[i].name, DPDM_FILE_LIMIT, &bytes[i], &files[i].size, err);
        files[i].bytes = bytes[i];
    }
    if (!status)
        status = dpdm_cifar_parse(files, n, facts, data, err);
    for (size_t i = 0; i < n; i++)
        free(bytes[i]);
    return status;
}
