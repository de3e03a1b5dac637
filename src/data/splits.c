/* splits.c - the splits of a data set and their names. */
#include <strings.h>
#include "data/readers.h"

const char *dpdm_split_name(dpdm_split split)
{
    static const char *const names[] = {"train", "test", "val"};
    return (unsigned)split < 3 ? names[split] : "unknown";
}

int dpdm_split_named(const char *name)
{
    static const char *const names[][5] = {
        {"train", "training", NULL}, {"test", "testing", NULL}, {"val", "valid", "validation", "dev", NULL}};
    for (int split = DPDM_SPLIT_TRAIN; split <= DPDM_SPLIT_VAL; split++)
        for (int i = 0; names[split][i]; i++)
            if (!strcasecmp(name, names[split][i]))
                return split;
    return -1;
}
