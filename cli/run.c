/* run.c - finds the verb, reads its options, runs it and turns the outcome into messages and an exit code. */
#include "verb.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/system.h"
#include "base/text.h"
#include "find.h"
#include "help.h"
#include "interrupt.h"
#include "outputs.h"
#include "terminal.h"

static const dpdm_option common_rows[] = {
    {.name = "json",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(cli_call, json),
     .group = "General",
     .help = "print the result as one JSON object",
     .flags = DPDM_OPTION_NO_FILE},
    {.name = "quiet",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(cli_call, quiet),
     .group = "General",
     .help = "print no progress and no notes",
     .flags = DPDM_OPTION_NO_FILE},
    {.name = "help",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(cli_call, help),
     .group = "General",
     .help = "explain the verb and stop",
     .flags = DPDM_OPTION_NO_FILE},
};

const dpdm_option_table cli_common_options = {common_rows, sizeof common_rows / sizeof *common_rows};

static void say(FILE *stream, const char *format, va_list args)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory)
        vfprintf(memory, format, args);
    if (memory && fclose(memory) == 0) {
        dpdm_text_clean(text);
        fputs(text, stream);
    }
    free(text);
}

void cli_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(stdout, format, args);
    va_end(args);
}

void cli_note(const cli_call *call, const char *format, ...)
{
    if (call->quiet)
        return;
    va_list args;
    va_start(args, format);
    say(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

dpdm_status cli_print_json(cli_call *call, cJSON *json, dpdm_error *err)
{
    char *text = json ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    dpdm_text_clean(text);
    puts(text);
    cJSON_free(text);
    call->printed = 1;
    return DPDM_OK;
}

static dpdm_status call_parse(cli_call *call, int *help, dpdm_error *err)
{
    dpdm_option_binding bindings[CLI_TABLES + 1];
    size_t count = 0;
    for (int i = 0; i < CLI_TABLES && call->verb->options[i].table; i++)
        bindings[count++] = (dpdm_option_binding){call->verb->options[i].table, call->options[i]};
    bindings[count++] = (dpdm_option_binding){&cli_common_options, call};
    return dpdm_options_parse_all(bindings, count, call->argc, call->argv, call->arguments, call->verb->arguments_max,
                                  &call->argument_count, help, err);
}

dpdm_status cli_call_reparse(cli_call *call, dpdm_error *err)
{
    int help;
    return call_parse(call, &help, err);
}

static dpdm_status call_begin(cli_call *call, const cli_verb *verb, int argc, char *const *argv, dpdm_error *err)
{
    *call = (cli_call){.verb = verb, .argc = argc, .argv = argv};
    for (int i = 0; i < CLI_TABLES && verb->options[i].table; i++) {
        call->options[i] = cli_options_create(&verb->options[i]);
        if (!call->options[i])
            return dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    }
    return DPDM_OK;
}

static void call_end(cli_call *call)
{
    for (int i = 0; i < CLI_TABLES; i++)
        free(call->options[i]);
}

static dpdm_status call_run(cli_call *call, dpdm_error *err)
{
    int help = 0;
    dpdm_status status = call_parse(call, &help, err);
    if (help || call->help) {
        cli_help_verb(stdout, call->verb);
        return DPDM_OK;
    }
    if (!status && call->argument_count < call->verb->arguments_min)
        status = dpdm_error_set(err, DPDM_EUSAGE, "%s is missing", call->verb->arguments);
    if (!status)
        status = cli_outputs_check(call, err);
    return status ? status : call->verb->run(call, err);
}

/* As shells have it for a process that a signal ended: 130 after Ctrl-C. */
static int exit_code(dpdm_status status)
{
    if (status && cli_interrupt_pending())
        return 128 + cli_interrupt_pending();
    return !status ? 0 : status == DPDM_EUSAGE ? 2 : 1;
}

static void failure_print(const cli_verb *verb, const dpdm_error *err)
{
    int colour = cli_terminal_has_colour(stderr);
    fprintf(stderr, "%sdpdm%s%s:%s %s\n", colour ? "\033[1;31m" : "", verb ? " " : "", verb ? verb->name : "",
            colour ? "\033[0m" : "", err->message);
    if (err->status == DPDM_EUSAGE)
        fprintf(stderr, "Try 'dpdm help%s%s'.\n", verb ? " " : "", verb ? verb->name : "");
}

static void failure_print_json(const dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *object = cJSON_AddObjectToObject(json, "error");
    cJSON_AddStringToObject(object, "status", dpdm_status_name(err->status));
    cJSON_AddStringToObject(object, "message", err->message);
    cli_call call = {0};
    cli_print_json(&call, json, NULL);
}

/* Was --json asked for? Also where reading the options failed before or after it. */
static int json_wanted(const cli_call *call)
{
    int wanted = call->json;
    for (int i = 0; i < call->argc && !wanted; i++)
        wanted = !strcmp(call->argv[i], "--json");
    return wanted;
}

/* Standard output is the product: a full disk or a closed pipe there is a failure. */
static dpdm_status output_finish(dpdm_error *err)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return DPDM_OK;
    return dpdm_error_system(err, errno, "cannot write to standard output");
}

static int verb_run(const cli_verb *verb, int argc, char *const *argv)
{
    dpdm_error err = {0};
    cli_call call;
    dpdm_status status = call_begin(&call, verb, argc, argv, &err);
    if (!status)
        status = call_run(&call, &err);
    if (status && json_wanted(&call) && !call.printed)
        failure_print_json(&err);
    dpdm_error output_err;
    dpdm_status output = output_finish(&output_err);
    if (status)
        failure_print(verb, &err);
    else if (output)
        failure_print(verb, &output_err);
    call_end(&call);
    return exit_code(status ? status : output);
}

int cli_run(int argc, char *const *argv)
{
    signal(SIGCHLD, SIG_DFL); /* may be inherited as ignored, and then no program that is run has an exit status */
    if (argc < 2) {
        cli_help_usage(stderr);
        return 2;
    }
    int used = 0;
    dpdm_error err = {0};
    const cli_verb *verb = cli_verb_find(argc - 1, argv + 1, &used, &err);
    if (verb)
        return verb_run(verb, argc - 1 - used, argv + 1 + used);
    cli_call call = {.argc = argc - 1, .argv = argv + 1};
    if (json_wanted(&call))
        failure_print_json(&err);
    failure_print(NULL, &err);
    return 2;
}
