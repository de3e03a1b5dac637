/* data_options.h - what the verbs that read a data set share: which one, and which part. */
#ifndef DPDM_CLI_DATA_OPTIONS_H
#define DPDM_CLI_DATA_OPTIONS_H

#include "base/options.h"
#include "dpdm/dataset.h"

typedef struct {
    char data_dir[1024];
    int split;  /* dpdm_split */
    int owners; /* dpdm_owners_where */
    char owners_key[DPDM_OWNERS_KEY];
} data_options;

extern const dpdm_option_table data_options_table;
extern const char *const data_splits[]; /* by dpdm_split; NULL at the end */

/* The folder to look in first, or NULL. */
const char *data_dir(const data_options *options);
/* The facts, with where to look for owners. */
dpdm_facts data_facts(const data_options *options, dpdm_facts facts);

#define DATA_SPEC_TEXT                                                                                                 \
    "DATA is a folder or file: IDX files (train-images-idx3-ubyte, plain, .gz or .xz), CIFAR-10 binary files, PNG "    \
    "files in one sub-folder a class, or .npz with images and labels; or a name (fashion-mnist, mnist, cifar10, "      \
    "pneumoniamnist) found in --data-dir, $DPDM_DATA_DIR, ./data, ~/.local/share/dpdm, /usr/local/share or "           \
    "/usr/share. Who owns which image may stand in the key owners of .npz (or that of --owners-key), in owners.csv "   \
    "beside the class folders (a line file,owner, then one line an image), or be told by folders: --owners folder."

#endif
