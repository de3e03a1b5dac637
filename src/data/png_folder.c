/* png_folder.c - folders of PNG files, one sub-folder a class, read and written. */
#include "data/png.h"
#include "data/class_names.h"
#include "data/owners.h"
#include "data/tree.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PNG_FILE_LIMIT ((size_t)64 << 20)
#define PNG_NAME 320 /* a class name (class_names.c) and a number */

static dpdm_status png_read_all(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
static dpdm_status png_read_one(const char *path, const dpdm_facts *facts, uint64_t count, uint64_t record, int label,
                                dpdm_dataset *data, dpdm_error *err);
static dpdm_status png_place(const dpdm_png *png, const char *path, const dpdm_facts *facts, uint64_t count,
                             uint64_t record, dpdm_dataset *data, dpdm_error *err);
static dpdm_status png_read_owners(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
static dpdm_status png_write_all(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_write_watch watch,
                                 dpdm_error *err);
static dpdm_status png_write_owners(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err);
static int png_digits(uint64_t largest);

dpdm_status dpdm_png_open_folder(const char *folder, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    memset(data, 0, sizeof *data);
    dpdm_tree tree;
    dpdm_facts full = *facts;
    dpdm_status status = dpdm_tree_read(folder, &tree, err);
    int named = facts->class_names && *facts->class_names; /* names settle which folder is which class */
    if (!status && !named && facts->classes && (size_t)facts->classes != tree.classes.count)
        status =
            dpdm_error_set(err, DPDM_EFORMAT,
                           "%s: has %zu sub-folders, one a class, but %d classes were stated: state the right number "
                           "(a class without images keeps an empty folder)",
                           folder, tree.classes.count, facts->classes);
    if (!status && !tree.count)
        status = dpdm_facts_complete(facts)
                     ? dpdm_dataset_create(0, facts->height, facts->width, facts->channels, facts->classes, data, err)
                     : dpdm_error_set(err, DPDM_EFORMAT,
                                      "%s: holds no images: PNG files are expected in one sub-folder a class", folder);
    if (!status)
        status = png_read_all(&tree, facts, data, err);
    if (!status)
        status = png_read_owners(&tree, facts, data, err);
    full.classes = (int)tree.classes.count;
    if (!status)
        status =
            dpdm_class_names_copy((const char *const *)tree.classes.names, tree.classes.count, &data->class_names, err);
    data->classes = full.classes;
    data->labels_by_folder = 1;
    data->deep = tree.deep;
    dpdm_tree_free(&tree);
    if (status) {
        dpdm_dataset_destroy(data);
        return status;
    }
    return dpdm_facts_seal(&full, folder, data, err);
}

dpdm_status dpdm_png_write_folder(const dpdm_dataset *data, const char *path, unsigned flags, dpdm_write_watch watch,
                                  dpdm_error *err)
{
    dpdm_folder_writer writer;
    dpdm_status status = dpdm_folder_begin(&writer, path, flags, err);
    if (status)
        return status;
    status = png_write_all(data, &writer, watch, err);
    if (!status && data->owners)
        status = png_write_owners(data, &writer, err);
    if (!status)
        return dpdm_folder_commit(&writer, err);
    dpdm_folder_abandon(&writer);
    return status;
}

static dpdm_status png_read_all(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (uint64_t i = 0; !status && i < tree->count; i++) {
        char path[DPDM_FOLDER_PATH];
        status = dpdm_folder_join(tree->folder, tree->files[i].name, path, err);
        if (!status)
            status = png_read_one(path, facts, tree->count, i, tree->files[i].label, data, err);
    }
    return status;
}

static dpdm_status png_read_one(const char *path, const dpdm_facts *facts, uint64_t count, uint64_t record, int label,
                                dpdm_dataset *data, dpdm_error *err)
{
    uint8_t *bytes;
    dpdm_blob file = {path, NULL, 0};
    dpdm_png png;
    dpdm_status status = dpdm_file_read(path, PNG_FILE_LIMIT, &bytes, &file.size, err);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_png_decode(&file, &png, err);
    free(bytes);
    if (status)
        return status;
    status = png_place(&png, path, facts, count, record, data, err);
    dpdm_png_destroy(&png);
    if (!status)
        data->labels[record] = label;
    return status;
}

/* The first image settles what was not stated: its size, and whether the set is grey or coloured. */
static dpdm_status png_place(const dpdm_png *png, const char *path, const dpdm_facts *facts, uint64_t count,
                             uint64_t record, dpdm_dataset *data, dpdm_error *err)
{
    int channels = facts->channels ? facts->channels : png->channels < 3 ? 1 : 3;
    if (!data->pixels) {
        dpdm_status status = dpdm_facts_check(facts, path, count, png->height, png->width, (uint64_t)channels, err);
        if (!status)
            status = dpdm_dataset_create(count, (int)png->height, (int)png->width, channels, 1, data, err);
        if (status)
            return status;
    }
    if ((int)png->height != data->height || (int)png->width != data->width)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: is %u x %u pixels, but the images before it are %d x %d: all must be of one size",
                              path, png->height, png->width, data->height, data->width);
    return dpdm_png_convert(png, path, data->channels, data->pixels + record * dpdm_dataset_image_bytes(data), err);
}

/* The images as owners.csv names them, or as their folders do, in the order in which they were read. */
static dpdm_status png_read_owners(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    int listed = dpdm_owners_in_folder(tree->folder), folders = facts->owners == DPDM_OWNERS_FOLDER;
    if (facts->owners == DPDM_OWNERS_NOT_NEEDED || (!listed && !folders))
        return DPDM_OK;
    if (listed && folders)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "%s: has " DPDM_OWNERS_FILE
                              ", and its folders were said to be the owners: leave out 'owners folder', or move the "
                              "table elsewhere",
                              tree->folder);
    const char **names = calloc((size_t)data->count + 1, sizeof *names);
    uint64_t *owners = malloc(((size_t)data->count + 1) * sizeof *owners);
    dpdm_status status =
        names && owners ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read its owners", tree->folder);
    for (uint64_t i = 0; !status && i < data->count; i++)
        names[i] = tree->files[i].name;
    if (!status)
        status = folders ? dpdm_owners_from_folders(tree->folder, names, data->count, owners, err)
                         : dpdm_owners_read(tree->folder, names, data->count, owners, err);
    if (!status)
        status = dpdm_dataset_set_owners(data, owners, err);
    free(names);
    free(owners);
    return status;
}

static void png_class(const dpdm_dataset *data, int label, char name[PNG_NAME])
{
    if (data->class_names)
        snprintf(name, PNG_NAME, "%.*s", PNG_NAME - 40, data->class_names[label]);
    else
        snprintf(name, PNG_NAME, "%0*d", png_digits((uint64_t)data->classes - 1), label);
}

static void png_name(const dpdm_dataset *data, uint64_t record, char name[PNG_NAME])
{
    int digits = png_digits(data->count - 1);
    png_class(data, (int)data->labels[record], name);
    size_t length = strlen(name);
    snprintf(name + length, PNG_NAME - length, "/%0*llu.png", digits < 6 ? 6 : digits, (unsigned long long)record);
}

static dpdm_status png_write_all(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_write_watch watch,
                                 dpdm_error *err)
{
    char name[PNG_NAME];
    dpdm_status status = DPDM_OK;
    for (int c = 0; !status && c < data->classes; c++) {
        png_class(data, c, name);
        status = dpdm_folder_add_folder(writer, name, err);
    }
    for (uint64_t i = 0; !status && i < data->count; i++) {
        uint8_t *bytes;
        size_t size = 0;
        status = dpdm_write_watched(watch, writer->path, i, data->count, err);
        if (status)
            break;
        png_name(data, i, name);
        status = dpdm_png_encode(data->pixels + i * dpdm_dataset_image_bytes(data), (uint32_t)data->height,
                                 (uint32_t)data->width, data->channels, &bytes, &size, err);
        if (!status)
            status = dpdm_folder_add_file(writer, name, bytes, size, err);
        free(bytes);
    }
    return status;
}

static dpdm_status png_write_owners(const dpdm_dataset *data, dpdm_folder_writer *writer, dpdm_error *err)
{
    char *text = NULL, name[PNG_NAME];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out) {
        fprintf(out, "%s\n", DPDM_OWNERS_HEAD);
        for (uint64_t i = 0; i < data->count; i++) {
            png_name(data, i, name);
            fprintf(out, "%s,%llu\n", name, (unsigned long long)data->owners[i]);
        }
    }
    int good = out && !ferror(out);
    good = out && fclose(out) == 0 && good;
    dpdm_status status = good ? dpdm_folder_add_file(writer, DPDM_OWNERS_FILE, text, size, err)
                              : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for its owners", writer->path);
    free(text);
    return status;
}

static int png_digits(uint64_t largest)
{
    int digits = 1;
    for (; largest >= 10 && digits < 20; largest /= 10)
        digits++;
    return digits;
}
