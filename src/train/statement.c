/* statement.c - the privacy statement of a training, from its plan. */
#include "dpdm/statement.h"

#include <stdlib.h>
#include "train/config.h"

dpdm_status dpdm_train_statement(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                 dpdm_error *err)
{
    char *public_json;
    *json = NULL;
    dpdm_status status = dpdm_train_public_json(config, plan, &public_json, err);
    if (status)
        return status;
    dpdm_statement statement = {.events = plan->events,
                                .names = plan->event_names,
                                .count = plan->event_count,
                                .delta = config->delta,
                                .accountant = config->accountant,
                                .grid = {config->clip, config->grid_bits},
                                .batch = plan->batch,
                                .coordinates = plan->trained,
                                .height = config->height,
                                .width = config->width,
                                .channels = config->channels,
                                .classes = config->classes,
                                .class_names = config->class_names,
                                .records = config->records,
                                .owner = config->owner,
                                .seeded = config->has_seed,
                                .config = public_json,
                                .start = &plan->start};
    status = dpdm_statement_write(&statement, json, err);
    free(public_json);
    return status;
}
