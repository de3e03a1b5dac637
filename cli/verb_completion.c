/* verb_completion.c - dpdm completion SHELL. */
#include <stdlib.h>
#include <string.h>
#include "completion.h"
#include "verbs.h"

static const struct {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {{"bash", cli_completion_bash}, {"zsh", cli_completion_zsh}};

static dpdm_status print_json(cli_call *call, size_t shell, dpdm_error *err)
{
    char *script = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&script, &size);
    if (!stream)
        return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    shells[shell].print(stream);
    cJSON *json = fclose(stream) == 0 ? cJSON_CreateObject() : NULL;
    cJSON_AddStringToObject(json, "shell", shells[shell].name);
    cJSON_AddStringToObject(json, "script", script);
    free(script);
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(call->arguments[0], shells[i].name) != 0)
            continue;
        if (call->json)
            return print_json(call, i, err);
        shells[i].print(stdout);
        return DPDM_OK;
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "no completion for '%.60s'; there is one for bash and one for zsh",
                          call->arguments[0]);
}

const cli_verb cli_verb_completion = {
    .name = "completion",
    .group = "Program",
    .summary = "Print the completion script of a shell",
    .arguments = "bash|zsh",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Prints a script that completes verbs, options and their choices. 'make install' puts both scripts where "
        "the shells look for them; without installing, source the one for bash from ~/.bashrc.",
    .examples = "source <(dpdm completion bash)",
    .run = run,
};
