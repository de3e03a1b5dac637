/* statement.c - the privacy statement of a training, from its plan. */
#include "dpdm/statement.h"

#include <stdlib.h>
#include "base/print.h"
#include "train/config.h"

enum { EVENT_NAME = 80 };

dpdm_status dpdm_train_statement(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                 dpdm_error *err)
{
    char *public_json;
    *json = NULL;
    dpdm_status status = dpdm_train_public_json(config, plan, &public_json, err);
    if (status)
        return status;
    char texts[DPDM_TRAIN_EVENTS][EVENT_NAME];
    const char *names[DPDM_TRAIN_EVENTS];
    for (size_t i = 0; i < plan->event_count; i++) {
        names[i] = texts[i];
        dpdm_print_text(texts[i], EVENT_NAME, "%s, clipped to L2 norm %.6g", plan->event_names[i],
                        plan->event_clips[i]);
    }
    dpdm_statement statement = {.events = plan->events,
                                .names = names,
                                .count = plan->event_count,
                                .delta = config->delta,
                                .accountant = config->accountant,
                                .grid = {sizeof(dpdm_grid), config->clip, config->grid_bits},
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
