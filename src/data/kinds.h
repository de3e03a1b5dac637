/* kinds.h - which kind of data a folder holds. Two kinds in one place are refused: nothing says which one is meant. */
#ifndef DPDM_DATA_KINDS_H
#define DPDM_DATA_KINDS_H

#include "data/folder.h"
#include "data/readers.h"

typedef enum {
    DPDM_KIND_NONE,
    DPDM_KIND_IDX,    /* an images file with a usual name */
    DPDM_KIND_CIFAR,  /* .bin files */
    DPDM_KIND_NPZ,    /* one .npz, or one a split, named as the splits are */
    DPDM_KIND_SPLITS, /* folders named train, test, val, each with folders inside */
    DPDM_KIND_CLASSES /* images in folders */
} dpdm_kind;

/* path: the file (DPDM_KIND_NPZ) or folder (DPDM_KIND_SPLITS) of the split. DPDM_EFORMAT where two kinds lie in one
 * place, both named; DPDM_ENOENT where the folder lacks the split. */
dpdm_status dpdm_kinds_look(const char *folder, dpdm_split split, dpdm_kind *kind, char path[DPDM_FOLDER_PATH],
                            dpdm_error *err);

#endif
