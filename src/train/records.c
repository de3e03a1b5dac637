/* records.c - see records.h. */
#include "train/records.h"

#include "train/owner.h"

dpdm_status dpdm_train_records(const dpdm_train_config *config, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_facts facts = {config->height, config->width, config->channels, config->classes};
    dpdm_status status = dpdm_dataset_open(config->data, config->data_dir[0] ? config->data_dir : NULL,
                                           DPDM_SPLIT_TRAIN, &facts, data, err);
    if (!status && config->records && data->count != config->records)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "records was stated as %llu, but '%s' holds another number of images; state the true "
                              "number if it may be public, else give sampling-rate instead",
                              (unsigned long long)config->records, config->data);
    return status ? status : dpdm_owner_apply(&config->owner, config->data, data, err);
}
