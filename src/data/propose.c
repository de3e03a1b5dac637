/* propose.c - what a data set holds, read off it. */
#include "data/class_names.h"
#include "data/owners.h"
#include "data/values.h"

#include <stdlib.h>
#include <string.h>

dpdm_status dpdm_dataset_propose(const char *spec, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                                 dpdm_proposal *proposal, dpdm_error *err)
{
    dpdm_dataset data;
    memset(proposal, 0, sizeof *proposal);
    dpdm_status status = dpdm_dataset_open(spec, data_dir, split, facts, &data, err);
    if (status)
        return status;
    proposal->per_class = calloc((size_t)data.classes, sizeof *proposal->per_class);
    if (!proposal->per_class) {
        dpdm_dataset_destroy(&data);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to count %d classes", data.classes);
    }
    proposal->facts =
        (dpdm_facts){.height = data.height, .width = data.width, .channels = data.channels, .classes = data.classes};
    proposal->count = data.count;
    proposal->deep = data.deep;
    for (uint64_t i = 0; i < data.count; i++)
        proposal->per_class[data.labels[i]]++;
    status = dpdm_values_measure(&data, &proposal->values, err);
    if (!status)
        status = dpdm_dataset_class_names(&data, &proposal->class_names_text, err);
    if (!status && data.class_names)
        status = dpdm_class_names_copy((const char *const *)data.class_names, (size_t)data.classes,
                                       &proposal->class_names, err);
    if (!status && data.owners)
        status = dpdm_owners_count(&data, &proposal->owners, &proposal->owned, err);
    dpdm_dataset_destroy(&data);
    if (status)
        dpdm_proposal_destroy(proposal);
    return status;
}

void dpdm_proposal_destroy(dpdm_proposal *proposal)
{
    free(proposal->per_class);
    dpdm_class_names_free(proposal->class_names, proposal->facts.classes);
    free(proposal->class_names_text);
    memset(proposal, 0, sizeof *proposal);
}
