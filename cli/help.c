/* help.c - help texts from the tables of the verbs. */
#include "help.h"

#include <stdlib.h>
#include <string.h>
#include "find.h"
#include "text.h"

#define WIDTH 79
#define SUMMARY_COLUMN 20
#define HELP_COLUMN 30

void cli_help_usage(FILE *out)
{
    fputs("usage: dpdm VERB [options]\n"
          "Trains diffusion models on private images under differential privacy.\n"
          "'dpdm help' lists the verbs.\n",
          out);
}

void cli_help_list(FILE *out, const char *family)
{
    const char *group = "";
    fputs("usage: dpdm VERB [options]\n", out);
    if (!family)
        fputs("\nMakes synthetic images from images that may not be shared, under differential\nprivacy. To begin: "
              "'dpdm data info "
              "DATA', then 'dpdm init DIR --data DATA'.\n",
              out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        const cli_verb *verb = cli_verbs[i];
        if (family && !cli_verb_in_family(verb, family))
            continue;
        if (strcmp(group, verb->group) != 0)
            fprintf(out, "\n%s\n", verb->group);
        group = verb->group;
        int at = fprintf(out, "  %s ", verb->name);
        cli_text_wrap(out, verb->summary, at, SUMMARY_COLUMN, WIDTH);
    }
    fputs("\n'dpdm help VERB' explains a verb and its options; 'man dpdm' has all of it.\n", out);
}

int cli_verb_tables(const cli_verb *verb, cli_options tables[CLI_TABLES + 1])
{
    int count = 0;
    while (count < CLI_TABLES && verb->options[count].table) {
        tables[count] = verb->options[count];
        count++;
    }
    tables[count++] = (cli_options){&cli_common_options, sizeof(cli_call), NULL};
    return count;
}

static const char *metavar_of(const dpdm_option *option)
{
    static const char *const usual[] = {
        [DPDM_OPTION_FLAG] = "",        [DPDM_OPTION_INT] = "N",       [DPDM_OPTION_U64] = "N",
        [DPDM_OPTION_DOUBLE] = "X",     [DPDM_OPTION_STRING] = "TEXT", [DPDM_OPTION_CHOICE] = "",
        [DPDM_OPTION_INT_LIST] = "N,N",
    };
    return option->metavar ? option->metavar : usual[option->type];
}

void cli_option_usage(const dpdm_option *option, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "--%s", option->name);
    if (option->type == DPDM_OPTION_CHOICE && !option->metavar) {
        for (int i = 0; option->choices[i] && used < size; i++)
            used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "|" : " ", option->choices[i]);
    } else if (*metavar_of(option)) {
        snprintf(text + used, size - used, " %s", metavar_of(option));
    }
}

void cli_option_default(const dpdm_option *option, const void *object, char *text, size_t size)
{
    dpdm_option_get(option, object, text, size);
    int worthless = option->type == DPDM_OPTION_FLAG ? !strcmp(text, "false") : !strcmp(text, "0");
    if (worthless)
        text[0] = '\0';
}

static void option_print(FILE *out, const dpdm_option *option, const void *object)
{
    char usage[300], value[1100], help[2000];
    cli_option_usage(option, usage, sizeof usage);
    cli_option_default(option, object, value, sizeof value);
    snprintf(help, sizeof help, "%s%s%s%s", option->help ? option->help : "", *value ? " (default: " : "", value,
             *value ? ")" : "");
    int at = fprintf(out, "  %s", usage);
    if (at > HELP_COLUMN - 2) {
        fputc('\n', out);
        at = 0;
    }
    cli_text_wrap(out, help, at, HELP_COLUMN, WIDTH);
}

static void table_print(FILE *out, const cli_options *options)
{
    void *object = cli_options_create(options);
    if (!object)
        return;
    const char *group = NULL;
    for (size_t i = 0; i < options->table->count; i++) {
        const dpdm_option *option = &options->table->rows[i];
        const char *own = option->group ? option->group : "Options";
        if (!group || strcmp(group, own) != 0)
            fprintf(out, "\n%s\n", own);
        group = own;
        option_print(out, option, object);
    }
    free(object);
}

static void examples_print(FILE *out, const char *examples)
{
    fputs("\nExamples\n", out);
    for (const char *line = examples; *line;) {
        int length = (int)strcspn(line, "\n");
        fprintf(out, "  %.*s\n", length, line);
        line += length;
        line += *line == '\n';
    }
}

void cli_help_verb(FILE *out, const cli_verb *verb)
{
    cli_options tables[CLI_TABLES + 1];
    int count = cli_verb_tables(verb, tables);
    fprintf(out, "usage: dpdm %s%s%s [options]\n\n", verb->name, verb->arguments ? " " : "",
            verb->arguments ? verb->arguments : "");
    cli_text_wrap(out, verb->description, 0, 0, WIDTH);
    for (int i = 0; i < count; i++)
        table_print(out, &tables[i]);
    if (verb->examples)
        examples_print(out, verb->examples);
}
