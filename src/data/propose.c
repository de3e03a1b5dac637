/* propose.c - what a data set holds, read off it. */
#include "data/owners.h"

#include <stdlib.h>
#include <string.h>

dpdm_status dpdm_dataset_propose(const char *spec, const char *data_dir, dpdm_split split, dpdm_proposal *proposal,
                                 dpdm_error *err)
{
    dpdm_dataset data;
    memset(proposal, 0, sizeof *proposal);
    dpdm_status status = dpdm_dataset_open(spec, data_dir, split, NULL, &data, err);
    if (status)
        return status;
    proposal->per_class = calloc((size_t)data.classes, sizeof *proposal->per_class);
    if (!proposal->per_class) {
        dpdm_dataset_destroy(&data);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to count %d classes", data.classes);
    }
    proposal->facts = (dpdm_facts){data.height, data.width, data.channels, data.classes};
    proposal->count = data.count;
    for (uint64_t i = 0; i < data.count; i++)
        proposal->per_class[data.labels[i]]++;
    if (data.owners)
        status = dpdm_owners_count(&data, &proposal->owners, &proposal->owned, err);
    dpdm_dataset_destroy(&data);
    if (status)
        dpdm_proposal_destroy(proposal);
    return status;
}

void dpdm_proposal_destroy(dpdm_proposal *proposal)
{
    free(proposal->per_class);
    memset(proposal, 0, sizeof *proposal);
}
