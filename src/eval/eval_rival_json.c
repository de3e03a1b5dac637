/* eval_rival_json.c - what the DP-SGD rival reached, and what it spent. */
#include "base/json.h"
#include "eval/eval_rival.h"

static const char notice[] =
    "DP-SGD classifiers spend privacy of their own: each training composes with the others and with the release";

void eval_rival_json(const eval_rival *rival, const dpdm_watch *watch, cJSON *json, cJSON *warnings)
{
    if (!rival->wanted)
        return;
    cJSON *list = cJSON_AddObjectToObject(json, "classifiers_dp");
    for (int kind = 0; kind < EVAL_KINDS; kind++) {
        const eval_score *score = &rival->scores[kind];
        if (!score->trainings)
            continue;
        cJSON *one = eval_score_json(score, warnings);
        cJSON_AddItemToObject(one, "epsilon_upper", dpdm_json_double(rival->claims[kind].epsilon));
        cJSON_AddItemToObject(one, "delta", dpdm_json_double(rival->claims[kind].delta));
        cJSON_AddBoolToObject(one, "private", rival->claims[kind].private_claim);
        cJSON_AddItemToObject(list, score->name, one);
        dpdm_watch_found(watch, score->trained_on, score->name, one, warnings);
    }
    cJSON *cost = cJSON_AddObjectToObject(json, "rival");
    cJSON_AddNumberToObject(cost, "trained", rival->trained);
    if (rival->trained)
        cJSON_AddItemToObject(cost, "epsilon_together", dpdm_json_double(rival->together));
    if (rival->release_count)
        cJSON_AddItemToObject(cost, "epsilon_with_release", dpdm_json_double(rival->with_release));
    cJSON_AddStringToObject(cost, "notice", notice);
    dpdm_watch_found(watch, "rival", NULL, cost, warnings);
}
