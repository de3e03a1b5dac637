/* verb_presets.c - dpdm presets [NAME]: the recipes that come with the program. */
#include <stdio.h>
#include <string.h>
#include "train/presets.h"
#include "verbs.h"

/* The first line of a preset is a comment that says what it is. */
static int summary_find(const dpdm_preset *preset, const char **summary)
{
    *summary = preset->text + strspn(preset->text, "# ");
    return (int)strcspn(*summary, "\n");
}

static dpdm_status list_print(cli_call *call, dpdm_error *err)
{
    cJSON *json = call->json ? cJSON_CreateObject() : NULL, *list = cJSON_AddArrayToObject(json, "presets");
    for (const dpdm_preset *preset = dpdm_presets; preset->name; preset++) {
        const char *summary;
        int length = summary_find(preset, &summary);
        if (!call->json) {
            printf("%-22s %.*s\n", preset->name, length, summary);
            continue;
        }
        char text[300];
        snprintf(text, sizeof text, "%.*s", length, summary);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", preset->name);
        cJSON_AddStringToObject(item, "summary", text);
        cJSON_AddItemToArray(list, item);
    }
    return call->json ? cli_print_json(call, json, err) : DPDM_OK;
}

static dpdm_status preset_print(cli_call *call, const dpdm_preset *preset, dpdm_error *err)
{
    if (!call->json) {
        fputs(preset->text, stdout);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", preset->name);
    cJSON_AddStringToObject(json, "yaml", preset->text);
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    if (call->argument_count == 0)
        return list_print(call, err);
    const dpdm_preset *preset = dpdm_preset_find(call->arguments[0], err);
    return preset ? preset_print(call, preset, err) : DPDM_EUSAGE;
}

const cli_verb cli_verb_presets = {
    .name = "presets",
    .group = "Train and sample",
    .summary = "List the training recipes that come with dpdm, or print one",
    .arguments = "[NAME]",
    .arguments_max = 1,
    .description = "Without NAME, lists the recipes; with one, prints it as YAML: a config to start your own from.",
    .examples = "dpdm presets\ndpdm presets dpdm-mnist-eps10 > mine.yaml",
    .run = run,
};
