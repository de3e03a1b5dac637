/* picture_folder.c - folders of PNG and JPEG files, one sub-folder a class, read. */
#include "data/picture_folder.h"
#include "data/class_names.h"
#include "data/image_store.h"
#include "data/owners.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <sys/stat.h>

/* Of what the decoded pictures are: the shape, the rule, and of each file name, size and times. */
static dpdm_status pictures_key(const dpdm_tree *tree, const dpdm_shape *shape, uint8_t key[32], dpdm_error *err)
{
    int sides[2];
    dpdm_rule_size(shape->rule, &sides[0], &sides[1]);
    const dpdm_image_rule *rule = shape->rule;
    const int figures[] = {DPDM_IMAGE_STORE_FORMAT,
                           shape->height,
                           shape->width,
                           shape->channels,
                           sides[0],
                           sides[1],
                           rule->filter,
                           rule->crop,
                           rule->grey,
                           rule->colour,
                           rule->orientation};
    crypto_generichash_state state;
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium could not be started");
    crypto_generichash_init(&state, NULL, 0, 32);
    crypto_generichash_update(&state, (const uint8_t *)figures, sizeof figures);
    for (uint64_t i = 0; i < tree->count; i++) {
        char path[DPDM_FOLDER_PATH];
        struct stat st;
        dpdm_status status = dpdm_folder_join(tree->folder, tree->files[i].name, path, err);
        if (status)
            return status;
        if (stat(path, &st) != 0)
            return dpdm_error_set(err, DPDM_EIO, "cannot read '%s'", path);
        const int64_t times[] = {st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec, st.st_ctim.tv_sec,
                                 st.st_ctim.tv_nsec};
        crypto_generichash_update(&state, (const uint8_t *)path, strlen(path) + 1);
        crypto_generichash_update(&state, (const uint8_t *)times, sizeof times);
    }
    crypto_generichash_final(&state, key, 32);
    return DPDM_OK;
}

/* In a file that is mapped: *data has no room yet. */
static dpdm_status pictures_mapped(const dpdm_tree *tree, const dpdm_shape *shape, const dpdm_reading *reading,
                                   dpdm_dataset *data, dpdm_error *err)
{
    dpdm_image_store store;
    uint8_t key[32];
    int filled;
    dpdm_status status = dpdm_dataset_create(0, shape->height, shape->width, shape->channels, 1, data, err);
    if (!status)
        status = pictures_key(tree, shape, key, err);
    if (status)
        return status;
    free(data->labels);
    data->count = tree->count;
    data->labels = calloc((size_t)tree->count, sizeof *data->labels);
    if (!data->labels)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for its labels", tree->folder);
    status = dpdm_image_store_open(&store, reading, key, data, &filled, err);
    if (!status && !filled) {
        status = dpdm_pictures_decode(tree, shape, reading, data, err);
        if (!status)
            return dpdm_image_store_finish(&store, reading, data, err);
    }
    dpdm_image_store_abandon(&store);
    return status;
}

static dpdm_status pictures_read_all(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data,
                                     dpdm_error *err)
{
    dpdm_shape shape;
    dpdm_status status = dpdm_pictures_shape(tree, facts, &shape, err);
    if (status)
        return status;
    if (tree->count && facts->reading && facts->reading->cache && facts->reading->cache[0])
        status = pictures_mapped(tree, &shape, facts->reading, data, err);
    else {
        status = dpdm_dataset_create(tree->count, shape.height, shape.width, shape.channels, 1, data, err);
        if (!status)
            status = dpdm_pictures_decode(tree, &shape, facts->reading, data, err);
    }
    for (uint64_t i = 0; !status && i < tree->count; i++)
        data->labels[i] = tree->files[i].label;
    return status;
}

/* The images as owners.csv names them, or as their folders do, in the order in which they were read. */
static dpdm_status pictures_read_owners(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_dataset *data,
                                        dpdm_error *err)
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

dpdm_status dpdm_picture_open_folder(const char *folder, const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
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
    if (!status && !tree.count && !dpdm_facts_complete(facts))
        status =
            dpdm_error_set(err, DPDM_EFORMAT,
                           "%s: holds no images: PNG and JPEG files are expected in one sub-folder a class", folder);
    if (!status)
        status = pictures_read_all(&tree, facts, data, err);
    if (!status)
        status = pictures_read_owners(&tree, facts, data, err);
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
