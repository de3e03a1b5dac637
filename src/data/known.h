/* known.h - data sets that may be asked for by name: their public facts and where they may lie. */
#ifndef DPDM_DATA_KNOWN_H
#define DPDM_DATA_KNOWN_H

#include "data/readers.h"

#define DPDM_KNOWN_PATH 4096

typedef struct {
    const char *name;
    int height, width, channels, classes;
    uint64_t counts[3]; /* by dpdm_split; 0: has no such split */
    const char *get;    /* how to get it */
    const char *also;   /* another name of its folder or file, as other programs lay it out */
} dpdm_known;

/* The row of a name, or NULL. */
const dpdm_known *dpdm_known_find(const char *name);
/* All names, for messages. */
const char *dpdm_known_list(void);
/* Finds the folder or file, by its name or the other one, below data_dir, $DPDM_DATA_DIR, ./data, $XDG_DATA_HOME/dpdm
 * (or
 * ~/.local/share/dpdm), /usr/local/share/dpdm, /usr/share/dpdm, /usr/local/share/datasets, /usr/share/datasets.
 * DPDM_ENOENT says how to get it. */
dpdm_status dpdm_known_locate(const dpdm_known *known, const char *data_dir, char path[DPDM_KNOWN_PATH],
                              dpdm_error *err);
/* DPDM_EUSAGE where a stated fact contradicts the data set's own. */
dpdm_status dpdm_known_facts(const dpdm_known *known, const dpdm_facts *facts, dpdm_error *err);

#endif
