/* plan_json.h - what a training would be, as JSON. */
#ifndef DPDM_TRAIN_PLAN_JSON_H
#define DPDM_TRAIN_PLAN_JSON_H

#include <cjson/cJSON.h>
#include "dpdm/train.h"

/* draw: seconds of a noise draw in one thread while all work (dpdm_train_time_draw). */
double dpdm_train_plan_seconds(const dpdm_train_config *config, const dpdm_train_plan *plan, double draw);
/* The object of `dpdm train --dry-run --json`; NULL when out of memory. */
cJSON *dpdm_train_plan_to_json(const dpdm_train_config *config, const dpdm_train_plan *plan, double draw);

#endif
