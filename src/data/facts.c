/* facts.c - what the caller states about the data, checked against the data. */
#include "data/readers.h"

static dpdm_status facts_check_one(const char *name, const char *fact, int stated, uint64_t found, dpdm_error *err);

dpdm_status dpdm_facts_check(const dpdm_facts *facts, const char *name, uint64_t count, uint64_t height, uint64_t width,
                             uint64_t channels, dpdm_error *err)
{
    /* Where everything is stated, nothing has to be read off the images: then none is a number of them like any other,
     * and whether there are any is not told by a refusal. */
    if (!count && !dpdm_facts_complete(facts))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: holds no images", name);
    if (height < 1 || width < 1 || height > DPDM_IMAGE_SIDE || width > DPDM_IMAGE_SIDE || channels < 1 ||
        channels > DPDM_IMAGE_CHANNELS)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: images of %llu x %llu x %llu; sides of 1 to %d and 1 to %d channels are supported",
                              name, (unsigned long long)height, (unsigned long long)width, (unsigned long long)channels,
                              DPDM_IMAGE_SIDE, DPDM_IMAGE_CHANNELS);
    dpdm_status status = facts_check_one(name, "height", facts->height, height, err);
    if (!status)
        status = facts_check_one(name, "width", facts->width, width, err);
    if (!status)
        status = facts_check_one(name, "channels", facts->channels, channels, err);
    return status;
}

int dpdm_facts_complete(const dpdm_facts *facts)
{
    const int size = (facts->height && facts->width) || facts->rule.resize[0];
    return size && (facts->channels || facts->rule.grey || facts->rule.colour) && facts->classes;
}

dpdm_status dpdm_facts_seal(const dpdm_facts *facts, const char *name, dpdm_dataset *data, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    int32_t largest = 0;
    for (uint64_t i = 0; i < data->count; i++)
        if (data->labels[i] > largest)
            largest = data->labels[i];
    data->classes = facts->classes ? facts->classes : largest < DPDM_CLASSES ? largest + 1 : DPDM_CLASSES;
    if (data->classes < 1 || data->classes > DPDM_CLASSES)
        status = dpdm_error_set(err, DPDM_EUSAGE, "classes is %d: 1 to %d are supported", facts->classes, DPDM_CLASSES);
    if (!status)
        status = dpdm_dataset_seal(data, err);
    if (status) {
        dpdm_dataset_destroy(data);
        return dpdm_error_prefix(err, status, "%s", name);
    }
    return DPDM_OK;
}

static dpdm_status facts_check_one(const char *name, const char *fact, int stated, uint64_t found, dpdm_error *err)
{
    if (stated && (uint64_t)stated != found)
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: %s is %llu, but %d was stated: state the right %s or give other data", name, fact,
                              (unsigned long long)found, stated, fact);
    return DPDM_OK;
}
