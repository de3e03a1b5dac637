/* kinds.c - see kinds.h. */
#include "data/kinds.h"
#include "data/tree.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define KINDS_NAMES 400 /* bytes of names in a message */

/* What a folder holds, and one name of each kind as an example. */
typedef struct {
    const char *folder;
    dpdm_folder_list files, folders;
    char idx[DPDM_FOLDER_PATH], cifar[DPDM_FOLDER_PATH], npz[DPDM_FOLDER_PATH], image[DPDM_FOLDER_PATH];
    size_t npz_count;
    int splits; /* some folder is one */
} kinds_view;

static dpdm_status kinds_view_read(const char *folder, kinds_view *view, dpdm_error *err);
static void kinds_view_free(kinds_view *view);
static dpdm_status kinds_choose(const kinds_view *view, dpdm_kind *kind, dpdm_error *err);
static dpdm_status kinds_find_npz(const kinds_view *view, dpdm_split split, char path[DPDM_FOLDER_PATH],
                                  dpdm_error *err);
static dpdm_status kinds_find_split(const kinds_view *view, dpdm_split split, char path[DPDM_FOLDER_PATH],
                                    dpdm_error *err);
static int kinds_has_folders(const char *folder, const char *name);
static int kinds_ends_npz(const char *name);

dpdm_status dpdm_kinds_look(const char *folder, dpdm_split split, dpdm_kind *kind, char path[DPDM_FOLDER_PATH],
                            dpdm_error *err)
{
    kinds_view view;
    path[0] = '\0';
    dpdm_status status = kinds_view_read(folder, &view, err);
    if (!status)
        status = kinds_choose(&view, kind, err);
    if (!status && *kind == DPDM_KIND_NPZ)
        status = kinds_find_npz(&view, split, path, err);
    if (!status && *kind == DPDM_KIND_SPLITS)
        status = kinds_find_split(&view, split, path, err);
    kinds_view_free(&view);
    return status;
}

static dpdm_status kinds_view_read(const char *folder, kinds_view *view, dpdm_error *err)
{
    memset(view, 0, sizeof *view);
    view->folder = folder;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FILES, &view->files, err);
    if (!status)
        status = dpdm_folder_read(folder, DPDM_FOLDER_FOLDERS, &view->folders, err);
    if (status)
        return status;
    int idx = dpdm_idx_in_folder(folder);
    for (size_t i = 0; i < view->files.count; i++) {
        const char *name = view->files.names[i];
        if (idx && !view->idx[0] && strstr(name, "-ubyte"))
            snprintf(view->idx, sizeof view->idx, "%s", name);
        if (!view->cifar[0] && dpdm_cifar_is_name(name))
            snprintf(view->cifar, sizeof view->cifar, "%s", name);
        if (kinds_ends_npz(name) && !view->npz_count++)
            snprintf(view->npz, sizeof view->npz, "%s", name);
    }
    for (size_t i = 0; i < view->folders.count; i++) {
        char path[DPDM_FOLDER_PATH], found[DPDM_FOLDER_PATH];
        const char *name = view->folders.names[i];
        view->splits |= dpdm_split_named(name) >= 0 && kinds_has_folders(folder, name);
        if (!view->image[0] && !dpdm_folder_join(folder, name, path, NULL) && dpdm_tree_find_image(path, found) &&
            dpdm_folder_join(name, found, view->image, NULL))
            view->image[0] = '\0';
    }
    return DPDM_OK;
}

static void kinds_view_free(kinds_view *view)
{
    dpdm_folder_list_free(&view->files);
    dpdm_folder_list_free(&view->folders);
}

static dpdm_status kinds_choose(const kinds_view *view, dpdm_kind *kind, dpdm_error *err)
{
    const struct {
        dpdm_kind kind;
        const char *name, *what;
    } kinds[] = {{DPDM_KIND_IDX, view->idx, "an IDX file"},
                 {DPDM_KIND_CIFAR, view->cifar, "a CIFAR-10 file"},
                 {DPDM_KIND_NPZ, view->npz, "an .npz file"},
                 {view->splits ? DPDM_KIND_SPLITS : DPDM_KIND_CLASSES, view->image, "an image in folders"}};
    const size_t n = sizeof kinds / sizeof *kinds;
    size_t first = n;
    for (size_t i = 0; i < n; i++) {
        if (!kinds[i].name[0])
            continue;
        if (first < n)
            return dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: holds two kinds of data, %s (%s) and %s (%s), and nothing says which is meant: "
                                  "move one of them to a place of its own, or name the file itself",
                                  view->folder, kinds[first].what, kinds[first].name, kinds[i].what, kinds[i].name);
        first = i;
    }
    *kind = first < n             ? kinds[first].kind
            : view->splits        ? DPDM_KIND_SPLITS
            : view->folders.count ? DPDM_KIND_CLASSES
                                  : DPDM_KIND_NONE;
    return DPDM_OK;
}

/* The only .npz of the folder, or the one that is named as the split where all are named as splits. */
static dpdm_status kinds_find_npz(const kinds_view *view, dpdm_split split, char path[DPDM_FOLDER_PATH],
                                  dpdm_error *err)
{
    char names[KINDS_NAMES] = "";
    size_t used = 0;
    const char *chosen = view->npz_count == 1 ? view->npz : NULL;
    int all_splits = 1;
    for (size_t i = 0; i < view->files.count; i++) {
        const char *name = view->files.names[i];
        char stem[16];
        size_t length = strlen(name) - 4;
        if (!kinds_ends_npz(name))
            continue;
        if (used < sizeof names)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", name);
        snprintf(stem, sizeof stem, "%.*s", (int)(length < sizeof stem ? length : sizeof stem), name);
        int named = length < sizeof stem ? dpdm_split_named(stem) : -1;
        all_splits &= named >= 0;
        if (named == (int)split && view->npz_count > 1) {
            all_splits &= chosen == NULL;
            chosen = name;
        }
    }
    if (view->npz_count > 1 && !all_splits)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: holds %zu .npz files (%s), and nothing says which is meant: name the file itself",
                              view->folder, view->npz_count, names);
    if (!chosen)
        return dpdm_error_set(err, DPDM_ENOENT, "%s: holds no %s split: there are %s", view->folder,
                              dpdm_split_name(split), names);
    return dpdm_folder_join(view->folder, chosen, path, err);
}

static dpdm_status kinds_find_split(const kinds_view *view, dpdm_split split, char path[DPDM_FOLDER_PATH],
                                    dpdm_error *err)
{
    const char *chosen = NULL;
    for (size_t i = 0; i < view->folders.count; i++) {
        char other[DPDM_FOLDER_PATH], found[DPDM_FOLDER_PATH];
        const char *name = view->folders.names[i];
        int named = dpdm_split_named(name);
        if (named < 0 && !dpdm_folder_join(view->folder, name, other, NULL) && dpdm_tree_find_image(other, found))
            return dpdm_error_set(err, DPDM_EFORMAT,
                                  "%s: holds images (%s) beside the folders of splits (train, test, val) and would not "
                                  "be read: move it into one of them, or take it away",
                                  other, found);
        if (named != (int)split)
            continue;
        if (chosen)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: '%s' and '%s' both name the %s split: keep one", view->folder,
                                  chosen, name, dpdm_split_name(split));
        chosen = name;
    }
    if (!chosen)
        return dpdm_error_set(err, DPDM_ENOENT, "%s: holds no %s split (a sub-folder of that name)", view->folder,
                              dpdm_split_name(split));
    dpdm_status status = dpdm_tree_check_loose(view->folder, "there is one sub-folder a split", err);
    return status ? status : dpdm_folder_join(view->folder, chosen, path, err);
}

/* A split holds folders itself, so it is not a class that happens to be called "train". */
static int kinds_has_folders(const char *folder, const char *name)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_folder_list list;
    if (dpdm_folder_join(folder, name, path, NULL) || dpdm_folder_read(path, DPDM_FOLDER_FOLDERS, &list, NULL))
        return 0;
    int found = list.count > 0;
    dpdm_folder_list_free(&list);
    return found;
}

static int kinds_ends_npz(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && !strcasecmp(name + length - 4, ".npz");
}
