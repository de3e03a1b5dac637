/* owner.c - the unit that is protected. */
#include "dpdm/owner.h"

#include <stdio.h>

dpdm_status dpdm_owner_check(const dpdm_owner_rule *rule, dpdm_error *err)
{
    if (rule->cap < 0 || rule->cap > DPDM_GROUP_MAX)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "owner-cap is %d: 1 to %d images of one person can be protected together", rule->cap,
                              DPDM_GROUP_MAX);
    if (rule->unit == DPDM_UNIT_IMAGE && rule->cap)
        return dpdm_error_set(err, DPDM_EUSAGE, "unit image and owner-cap contradict each other: leave one out");
    if (rule->unit == DPDM_UNIT_PERSON && !rule->cap)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "unit person needs owner-cap: the number of images of one person that may count");
    if (rule->asserted && !rule->cap)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "owner-cap-asserted needs owner-cap: the most images that anybody owns");
    return DPDM_OK;
}

unsigned dpdm_owner_group(const dpdm_owner_rule *rule)
{
    return rule->cap > 1 ? (unsigned)rule->cap : 1;
}

const char *dpdm_owner_unit(const dpdm_owner_rule *rule, char text[DPDM_UNIT_TEXT])
{
    if (rule->cap)
        snprintf(text, DPDM_UNIT_TEXT, "one person with at most %d image%s", rule->cap, rule->cap == 1 ? "" : "s");
    else
        snprintf(text, DPDM_UNIT_TEXT, "%s", DPDM_UNIT_ONE);
    return text;
}
