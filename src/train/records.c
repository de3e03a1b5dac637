/* records.c - see records.h. */
#include "train/records.h"

#include "train/owner.h"

/* A copy of the data in memory, which must hold the facts as a file must. */
static dpdm_status records_copy(const dpdm_dataset *images, const dpdm_facts *facts, dpdm_dataset *data,
                                dpdm_error *err)
{
    if (images->height != facts->height || images->width != facts->width || images->channels != facts->channels ||
        images->classes != facts->classes)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "the images are %d x %d with %d channels and %d classes, but %d x %d with %d and %d were "
                              "stated",
                              images->height, images->width, images->channels, images->classes, facts->height,
                              facts->width, facts->channels, facts->classes);
    return dpdm_dataset_slice(images, 0, images->count, data, err);
}

dpdm_status dpdm_train_records(const dpdm_train_config *config, const dpdm_reading *reading, dpdm_dataset *data,
                               dpdm_error *err)
{
    dpdm_reading read = reading ? *reading : (dpdm_reading){0};
    read.threads = config->threads;
    read.cache = config->cache;
    read.cache_keep = config->cache_keep;
    dpdm_facts facts = dpdm_train_facts(config);
    facts.reading = &read;
    dpdm_status status = config->images ? records_copy(config->images, &facts, data, err)
                                        : dpdm_dataset_open(config->data, config->data_dir[0] ? config->data_dir : NULL,
                                                            DPDM_SPLIT_TRAIN, &facts, data, err);
    if (!status && config->records && data->count != config->records)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "records was stated as %llu, but '%s' holds another number of images; state the true "
                              "number if it may be public, else give sampling-rate instead",
                              (unsigned long long)config->records, config->data);
    if (!status &&
        config->task == DPDM_TASK_CLASSIFIER) /* its predictions are of numbers: whoever reads them needs names */
        status = dpdm_dataset_expect_names(data, config->data, config->class_names, "the config", err);
    return status ? status : dpdm_owner_apply(&config->owner, config->data, data, err);
}
