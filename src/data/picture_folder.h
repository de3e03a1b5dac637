/* picture_folder.h - the pictures of a tree decoded, by several threads, into the pixels of a data set. */
#ifndef DPDM_DATA_PICTURE_FOLDER_H
#define DPDM_DATA_PICTURE_FOLDER_H

#include "data/rule.h"
#include "data/tree.h"

/* What the pictures become: from facts where all are stated, else from the first picture. The tree holds one at least, or all
 * facts are stated. */
dpdm_status dpdm_pictures_shape(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_shape *shape, dpdm_error *err);

/* Fills data->pixels, of tree->count images of the shape. Which thread decodes which picture changes nothing: each has a place
 * of its own, and of several that are refused the first one is named. DPDM_ECANCELLED if the watch wants it. */
dpdm_status dpdm_pictures_decode(const dpdm_tree *tree, const dpdm_shape *shape, const dpdm_reading *reading,
                                 dpdm_dataset *data, dpdm_error *err);

#endif
