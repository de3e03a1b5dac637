/* data_options.h - what the verbs that read a data set share: which one, which part, and how pictures are brought to shape. */
#ifndef DPDM_CLI_DATA_OPTIONS_H
#define DPDM_CLI_DATA_OPTIONS_H

#include "dpdm/reading.h"
#include "verb.h"

typedef struct {
    dpdm_reading_options reading;
    char data_dir[1024];
    int split;  /* dpdm_split */
    int owners; /* dpdm_owners_where */
    char owners_key[DPDM_OWNERS_KEY];
} data_options;

extern const dpdm_option_table data_options_table;
extern const char *const data_splits[]; /* by dpdm_split; NULL at the end */

/* The folder to look in first, or NULL. */
const char *data_dir(const data_options *options);

/* Opens `spec` as the options say, with a progress bar while pictures are decoded; facts->rule holds where the options give
 * none. Ctrl-C stops it (DPDM_ECANCELLED) where the verb catches it. */
dpdm_status data_options_open(const cli_call *call, const char *spec, const data_options *options,
                              const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err);
/* The same for dpdm_dataset_propose. */
dpdm_status data_options_propose(const cli_call *call, const char *spec, const data_options *options,
                                 dpdm_proposal *proposal, dpdm_error *err);

#define DATA_SPEC_TEXT                                                                                                 \
    "DATA is a folder or file: IDX files (train-images-idx3-ubyte, plain, .gz or .xz), CIFAR-10 binary files, PNG "    \
    "and JPEG files in one sub-folder a class, or .npz with images and labels; or a name (fashion-mnist, mnist, "      \
    "cifar10, pneumoniamnist) found in --data-dir, $DPDM_DATA_DIR, ./data, ~/.local/share/dpdm, /usr/local/share or "  \
    "/usr/share. Who owns which image may stand in the key owners of .npz (or that of --owners-key), in owners.csv "   \
    "beside the class folders (a line file,owner, then one line an image), or be told by folders: --owners folder. "   \
    "Pictures of several sizes, colours or directions need a rule (--resize, --crop, --grey, --colour, "               \
    "--orientation); nothing is changed without one."

#endif
