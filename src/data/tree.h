/* tree.h - images in class folders: which files there are, in which order, and what may not lie among them.
 *
 * The sub-folders of the folder are the classes, in the order of dpdm_folder_read. Images lie in a class folder or in
 * folders below it (a patient, a study), at most DPDM_TREE_DEPTH deep: first the files of a folder, then its folders.
 * Nothing is left out in silence: what is no image is litter (folder.h), or a document beside the class folders, or the
 * tree is refused with its name. */
#ifndef DPDM_DATA_TREE_H
#define DPDM_DATA_TREE_H

#include "data/folder.h"
#include "data/readers.h"

#define DPDM_TREE_DEPTH 6

typedef struct {
    char *name;    /* as seen from the folder: CLASS/NAME.png or CLASS/FOLDER/NAME.jpg */
    int32_t label; /* number of its class folder */
} dpdm_tree_file;

typedef struct {
    const char *folder; /* the caller's */
    dpdm_folder_list classes;
    dpdm_tree_file *files;
    uint64_t count;
    int deep; /* images lie in folders below their class folders */
} dpdm_tree;

/* DPDM_EFORMAT naming the file or folder that is not read, and the way out. */
dpdm_status dpdm_tree_read(const char *folder, dpdm_tree *tree, dpdm_error *err);
void dpdm_tree_free(dpdm_tree *tree);

/* Whether a file's name says that it is an image that can be read. */
int dpdm_tree_is_image(const char *name);
/* Finds an image in the folder or below it; `found` is its name as seen from the folder. */
int dpdm_tree_find_image(const char *folder, char found[DPDM_FOLDER_PATH]);
/* Refuses files that lie where no file is read, unless they are documents (README, .txt, .csv, ...). `place` says for
 * people what the folder holds instead. */
dpdm_status dpdm_tree_check_loose(const char *folder, const char *place, dpdm_error *err);

#endif
