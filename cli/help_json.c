/* help_json.c - verbs and options for programs that wrap this one. */
#include "help.h"

#include <stdlib.h>
#include "find.h"

static const char *type_name(dpdm_option_type type)
{
    static const char *const names[] = {
        [DPDM_OPTION_FLAG] = "flag",
        [DPDM_OPTION_INT] = "integer",
        [DPDM_OPTION_U64] = "integer",
        [DPDM_OPTION_DOUBLE] = "number",
        [DPDM_OPTION_STRING] = "text",
        [DPDM_OPTION_CHOICE] = "choice",
        [DPDM_OPTION_INT_LIST] = "list of integers",
    };
    return names[type];
}

static void option_add(cJSON *list, const dpdm_option *option, const void *object)
{
    char value[1100];
    cli_option_default(option, object, value, sizeof value);
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "name", option->name);
    cJSON_AddStringToObject(item, "type", type_name(option->type));
    cJSON_AddStringToObject(item, "help", option->help ? option->help : "");
    cJSON_AddStringToObject(item, "default", value);
    if (option->flags & DPDM_OPTION_OUTPUT)
        cJSON_AddTrueToObject(item, "output");
    cJSON *choices = option->choices ? cJSON_AddArrayToObject(item, "choices") : NULL;
    for (int i = 0; choices && option->choices[i]; i++)
        cJSON_AddItemToArray(choices, cJSON_CreateString(option->choices[i]));
    cJSON_AddItemToArray(list, item);
}

static cJSON *verb_to_json(const cli_verb *verb)
{
    cli_options tables[CLI_TABLES + 1];
    int count = cli_verb_tables(verb, tables);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", verb->name);
    cJSON_AddStringToObject(json, "summary", verb->summary);
    cJSON_AddStringToObject(json, "arguments", verb->arguments ? verb->arguments : "");
    cJSON *list = cJSON_AddArrayToObject(json, "options");
    for (int i = 0; i < count; i++) {
        void *object = cli_options_create(&tables[i]);
        for (size_t k = 0; object && k < tables[i].table->count; k++)
            option_add(list, &tables[i].table->rows[k], object);
        free(object);
    }
    return json;
}

cJSON *cli_help_json(void)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(json, "verbs");
    for (size_t i = 0; cli_verbs[i]; i++)
        cJSON_AddItemToArray(list, verb_to_json(cli_verbs[i]));
    return json;
}
