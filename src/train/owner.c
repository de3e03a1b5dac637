/* owner.c - the unit that a config protects, applied to data. */
#include "train/owner.h"

dpdm_status dpdm_owner_apply(const dpdm_owner_rule *rule, const char *spec, dpdm_dataset *data, dpdm_error *err)
{
    if (data->owners && rule->asserted)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "'%.300s' says who owns its images, so nothing needs to be asserted: leave out "
                              "owner-cap-asserted, and owner-cap is applied to the owners",
                              spec);
    if (data->owners && !rule->cap && rule->unit != DPDM_UNIT_IMAGE)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "'%.300s' says who owns its images, and one person may own several: give owner-cap, the "
            "number of images of one person that may count, to protect people, or unit image to protect "
            "single images only",
            spec);
    if (!data->owners && data->deep && !rule->cap && rule->unit != DPDM_UNIT_IMAGE)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "'%.300s' has folders below its class folders, which may be people with several images: "
                              "say 'owners folder', "
                              "or list owners in owners.csv, and give owner-cap to protect people; or unit image to "
                              "protect single images "
                              "only",
                              spec);
    if (!data->owners && rule->cap && !rule->asserted)
        return dpdm_error_set(
            err, DPDM_EFORMAT,
            "'%.300s' does not say who owns its images, so owner-cap cannot be applied: add owners (a key "
            "of .npz, owners.csv, or folders with 'owners folder'), or state with owner-cap-asserted that nobody owns "
            "more",
            spec);
    return rule->cap && data->owners ? dpdm_dataset_cap(data, (uint64_t)rule->cap, err) : DPDM_OK;
}
