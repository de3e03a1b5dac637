/* man.c - the manual page dpdm.1, from the tables of the verbs. */
#include "help.h"

#include <stdlib.h>
#include <string.h>
#include "dpdm/version.h"
#include "find.h"

/* Prints text[0..length) with what roff would take for commands made plain. */
static void roff_print_part(FILE *out, const char *text, size_t length)
{
    int line_start = 1;
    for (size_t i = 0; i < length; i++) {
        if (line_start && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", out);
        line_start = text[i] == '\n';
        if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '-')
            fputs("\\-", out);
        else
            fputc(text[i], out);
    }
}

static void roff_print(FILE *out, const char *text)
{
    roff_print_part(out, text, strlen(text));
}

/* Prints prose; "\n\n" starts a paragraph, a single "\n" a line. */
static void prose_print(FILE *out, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        roff_print_part(out, text, length);
        fputc('\n', out);
        text += length;
        if (!strncmp(text, "\n\n", 2))
            fputs(".PP\n", out);
        else if (*text)
            fputs(".br\n", out);
        text += strspn(text, "\n");
    }
}

static void option_print(FILE *out, const dpdm_option *option, const void *object)
{
    char usage[300], value[1100];
    cli_option_usage(option, usage, sizeof usage);
    cli_option_default(option, object, value, sizeof value);
    fputs(".TP\n.B ", out);
    roff_print(out, usage);
    fputc('\n', out);
    roff_print(out, option->help ? option->help : "");
    if (*value) {
        fputs(" (default: ", out);
        roff_print(out, value);
        fputc(')', out);
    }
    fputc('\n', out);
}

static void table_print(FILE *out, const cli_options *options)
{
    void *object = cli_options_create(options);
    for (size_t i = 0; object && i < options->table->count; i++)
        option_print(out, &options->table->rows[i], object);
    free(object);
}

static void verb_print(FILE *out, const cli_verb *verb)
{
    fputs(".SS dpdm ", out);
    roff_print(out, verb->name);
    if (verb->arguments) {
        fputc(' ', out);
        roff_print(out, verb->arguments);
    }
    fputs(" [options]\n", out);
    prose_print(out, verb->description);
    for (int i = 0; i < CLI_TABLES && verb->options[i].table; i++)
        table_print(out, &verb->options[i]);
    if (!verb->examples)
        return;
    fputs(".PP\nExamples:\n.PP\n.nf\n.RS\n", out);
    roff_print(out, verb->examples);
    fputs("\n.RE\n.fi\n", out);
}

void cli_man_print(FILE *out)
{
    fprintf(out,
            ".TH DPDM 1 \"\" \"dpdm %s\" \"User Commands\"\n"
            ".SH NAME\n"
            "dpdm \\- differentially private diffusion models\n"
            ".SH SYNOPSIS\n"
            ".B dpdm\n"
            ".I VERB\n"
            "[options]\n"
            ".SH DESCRIPTION\n"
            "Trains diffusion models on private images so that the model, and everything sampled from it,\n"
            "carries an (epsilon, delta)\\-differential privacy guarantee.\n"
            ".SH OPTIONS OF EVERY VERB\n",
            dpdm_version());
    cli_options common = {&cli_common_options, sizeof(cli_call), NULL};
    table_print(out, &common);
    fputs(".SH VERBS\n", out);
    for (size_t i = 0; cli_verbs[i]; i++)
        verb_print(out, cli_verbs[i]);
    fputs(".SH EXIT STATUS\n"
          "0: done. 1: failed; the message on standard error says what, where and the way out. "
          "2: the command line or a config is not acceptable. 130, 143, 129: stopped by Ctrl-C, SIGTERM or SIGHUP.\n"
          ".SH ENVIRONMENT\n"
          ".TP\n.B NO_COLOR\nno colours on the terminal, if set and not empty\n",
          out);
}
