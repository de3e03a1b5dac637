/* tree.c - see tree.h. */
#include "data/tree.h"
#include "data/class_names.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const tree_images[] = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", NULL};

static dpdm_status tree_walk(dpdm_tree *tree, const char *below, int depth, int32_t label, dpdm_error *err);
static dpdm_status tree_add_files(dpdm_tree *tree, const char *below, const dpdm_folder_list *files, int depth,
                                  int32_t label, dpdm_error *err);
static dpdm_status tree_walk_folders(dpdm_tree *tree, const char *below, const dpdm_folder_list *folders, int depth,
                                     int32_t label, dpdm_error *err);
static dpdm_status tree_append(dpdm_tree *tree, const char *name, int32_t label, dpdm_error *err);
static int tree_find(const char *folder, const char *below, int depth, char found[DPDM_FOLDER_PATH]);
static int tree_ends(const char *name, const char *const *ends);
static int tree_is_document(const char *name);

dpdm_status dpdm_tree_read(const char *folder, dpdm_tree *tree, dpdm_error *err)
{
    memset(tree, 0, sizeof *tree);
    tree->folder = folder;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FOLDERS, &tree->classes, err);
    if (!status)
        status = dpdm_tree_check_loose(folder, "images lie in one sub-folder a class", err);
    if (!status && tree->classes.count > DPDM_CLASSES)
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: has more than %d sub-folders", folder, DPDM_CLASSES);
    if (!status && dpdm_class_names_check_list(tree->classes.names, (int)tree->classes.count, err))
        status = dpdm_error_prefix(err, DPDM_EFORMAT, "%s", folder);
    for (size_t c = 0; !status && c < tree->classes.count; c++)
        status = tree_walk(tree, tree->classes.names[c], 1, (int32_t)c, err);
    if (status)
        dpdm_tree_free(tree);
    return status;
}

void dpdm_tree_free(dpdm_tree *tree)
{
    for (uint64_t i = 0; i < tree->count; i++)
        free(tree->files[i].name);
    free(tree->files);
    dpdm_folder_list_free(&tree->classes);
    tree->files = NULL;
    tree->count = 0;
}

int dpdm_tree_is_image(const char *name)
{
    return tree_ends(name, tree_images);
}

int dpdm_tree_find_image(const char *folder, char found[DPDM_FOLDER_PATH])
{
    return tree_find(folder, "", 0, found);
}

dpdm_status dpdm_tree_check_loose(const char *folder, const char *place, dpdm_error *err)
{
    dpdm_folder_list files;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FILES, &files, err);
    for (size_t i = 0; !status && i < files.count; i++)
        if (!tree_is_document(files.names[i]))
            status = dpdm_error_set(err, DPDM_EFORMAT,
                                    "%s/%s: would not be read: in this folder %s. Move the file where it belongs, or "
                                    "take it away",
                                    folder, files.names[i], place);
    dpdm_folder_list_free(&files);
    return status;
}

/* below: as seen from the tree's folder; depth: how many folders deep that is. */
static dpdm_status tree_walk(dpdm_tree *tree, const char *below, int depth, int32_t label, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_folder_list files = {0}, folders = {0};
    dpdm_status status = dpdm_folder_join(tree->folder, below, path, err);
    if (!status)
        status = dpdm_folder_read(path, DPDM_FOLDER_FILES, &files, err);
    if (!status)
        status = tree_add_files(tree, below, &files, depth, label, err);
    if (!status)
        status = dpdm_folder_read(path, DPDM_FOLDER_FOLDERS, &folders, err);
    if (!status && folders.count && depth == DPDM_TREE_DEPTH)
        status = dpdm_error_set(err, DPDM_EFORMAT,
                                "%s/%s: lies more than %d folders deep and would not be read: move its images up", path,
                                folders.names[0], DPDM_TREE_DEPTH);
    if (!status)
        status = tree_walk_folders(tree, below, &folders, depth, label, err);
    dpdm_folder_list_free(&files);
    dpdm_folder_list_free(&folders);
    return status;
}

/* Leaving out what is no image would quietly change the data. */
static dpdm_status tree_add_files(dpdm_tree *tree, const char *below, const dpdm_folder_list *files, int depth,
                                  int32_t label, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < files->count; i++) {
        char name[DPDM_FOLDER_PATH];
        status = dpdm_folder_join(below, files->names[i], name, err);
        if (!status && !dpdm_tree_is_image(files->names[i]))
            status = dpdm_error_set(err, DPDM_EFORMAT, "%s/%s: is not a .png or .jpg file: convert it, or take it away",
                                    tree->folder, name);
        if (!status)
            status = tree_append(tree, name, label, err);
        tree->deep |= depth > 1;
    }
    return status;
}

static dpdm_status tree_walk_folders(dpdm_tree *tree, const char *below, const dpdm_folder_list *folders, int depth,
                                     int32_t label, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < folders->count; i++) {
        char name[DPDM_FOLDER_PATH];
        status = dpdm_folder_join(below, folders->names[i], name, err);
        if (!status && dpdm_split_named(folders->names[i]) >= 0)
            status = dpdm_error_set(err, DPDM_EFORMAT,
                                    "%s/%s: looks like the split of a data set inside a class folder: name the folder "
                                    "that holds the splits ('%s/%s'?), or rename this one",
                                    tree->folder, name, tree->folder, below);
        if (!status)
            status = tree_walk(tree, name, depth + 1, label, err);
    }
    return status;
}

static dpdm_status tree_append(dpdm_tree *tree, const char *name, int32_t label, dpdm_error *err)
{
    if ((tree->count & (tree->count - 1)) == 0) { /* full at every power of two */
        dpdm_tree_file *files = realloc(tree->files, (size_t)(tree->count ? 2 * tree->count : 1) * sizeof *tree->files);
        if (!files)
            return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to list it", tree->folder);
        tree->files = files;
    }
    char *copy = strdup(name);
    if (!copy)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to list it", tree->folder);
    tree->files[tree->count].name = copy;
    tree->files[tree->count++].label = label;
    return DPDM_OK;
}

static int tree_find(const char *folder, const char *below, int depth, char found[DPDM_FOLDER_PATH])
{
    char path[DPDM_FOLDER_PATH];
    dpdm_folder_list list;
    int seen = 0;
    if (dpdm_folder_join(folder, below, path, NULL) || dpdm_folder_read(path, DPDM_FOLDER_FILES, &list, NULL))
        return 0;
    for (size_t i = 0; !seen && i < list.count; i++)
        if (dpdm_tree_is_image(list.names[i]))
            seen = !dpdm_folder_join(below, list.names[i], path, NULL);
    dpdm_folder_list_free(&list);
    if (seen) {
        strcpy(found, path + (below[0] == '\0')); /* without the slash where `below` is empty */
        return 1;
    }
    if (depth == DPDM_TREE_DEPTH || dpdm_folder_join(folder, below, path, NULL) ||
        dpdm_folder_read(path, DPDM_FOLDER_FOLDERS, &list, NULL))
        return 0;
    for (size_t i = 0; !seen && i < list.count; i++)
        seen = !dpdm_folder_join(below, list.names[i], path, NULL) &&
               tree_find(folder, path + (below[0] == '\0'), depth + 1, found);
    dpdm_folder_list_free(&list);
    return seen;
}

static int tree_ends(const char *name, const char *const *ends)
{
    size_t length = strlen(name);
    for (; *ends; ends++) {
        size_t end = strlen(*ends);
        if (length > end && !strcasecmp(name + length - end, *ends))
            return 1;
    }
    return 0;
}

/* What people lay beside data and nobody takes for data. */
static int tree_is_document(const char *name)
{
    static const char *const ends[] = {".txt", ".md",   ".rst", ".pdf",   ".html", ".htm",  ".doc",    ".docx",
                                       ".odt", ".csv",  ".tsv", ".xlsx",  ".xls",  ".ods",  ".json",   ".yaml",
                                       ".yml", ".toml", ".xml", ".log",   ".md5",  ".sha1", ".sha256", ".sig",
                                       ".py",  ".r",    ".sh",  ".ipynb", ".bib",  ".url",  NULL};
    static const char *const whole[] = {"readme", "license", "licence", "copying", "citation", "changelog", "makefile"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (!strcasecmp(name, whole[i]))
            return 1;
    return tree_ends(name, ends);
}
