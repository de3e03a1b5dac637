/* owner.h - the unit that a config protects, applied to data that are open. */
#ifndef DPDM_TRAIN_OWNER_H
#define DPDM_TRAIN_OWNER_H

#include "dpdm/dataset.h"
#include "dpdm/owner.h"

/* Leaves out what is beyond the cap of its owner. spec: the data, for messages. DPDM_EUSAGE where the data list owners and
 * the rule does not say whether images or people are protected (or have folders that may be people), or asserts what the data could tell; DPDM_EFORMAT where
 * it needs owners that are not there. The messages say nothing about the owners but whether there are any. */
dpdm_status dpdm_owner_apply(const dpdm_owner_rule *rule, const char *spec, dpdm_dataset *data, dpdm_error *err);

#endif
