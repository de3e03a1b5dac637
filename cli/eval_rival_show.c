/* eval_rival_show.c - what the DP-SGD rival reached, and what it spent. */
#include <math.h>
#include <stdio.h>
#include "base/json.h"
#include "eval_rival.h"
#include "privacy_options.h"

static const char notice[] =
    "DP-SGD classifiers spend privacy of their own: each training composes with the others and with the release";

void eval_rival_json(const eval_rival *rival, cJSON *json, cJSON *warnings)
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
    }
    cJSON *cost = cJSON_AddObjectToObject(json, "rival");
    cJSON_AddNumberToObject(cost, "trained", rival->trained);
    if (rival->trained)
        cJSON_AddItemToObject(cost, "epsilon_together", dpdm_json_double(rival->together));
    if (rival->release_count)
        cJSON_AddItemToObject(cost, "epsilon_with_release", dpdm_json_double(rival->with_release));
    cJSON_AddStringToObject(cost, "notice", notice);
}

void eval_rival_print(const eval_rival *rival)
{
    if (!rival->wanted)
        return;
    for (int kind = 0; kind < EVAL_KINDS; kind++) {
        const eval_score *score = &rival->scores[kind];
        const eval_rival_claim *claim = &rival->claims[kind];
        if (!score->trainings)
            continue;
        eval_score_print(score);
        printf("  epsilon <= %.5g at delta %g%s\n", cli_digits_round(claim->epsilon, 1), claim->delta,
               claim->private_claim ? "" : "; NO privacy claim: it was trained with a given seed");
    }
    if (rival->trained)
        printf("%d classifier%s trained with DP-SGD here, on top of the release: that spends epsilon <= %.5g",
               rival->trained, rival->trained > 1 ? "s" : "", cli_digits_round(rival->together, 1));
    if (rival->trained && isfinite(rival->with_release))
        printf(", with the release %.5g", cli_digits_round(rival->with_release, 1));
    if (rival->trained)
        printf("\n");
}
