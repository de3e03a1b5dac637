/* completion_zsh.c - completion for zsh. */
#include "completion.h"

#include <string.h>
#include "help.h"

/* Prints text inside single quotes of an _arguments or _describe specification. */
static void quoted_print(FILE *out, const char *text)
{
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

static void option_print(FILE *out, const dpdm_option *option)
{
    fprintf(out, " \\\n            '--%s[", option->name);
    quoted_print(out, option->help ? option->help : "");
    fputc(']', out);
    if (option->type == DPDM_OPTION_CHOICE) {
        fputs(":choice:(", out);
        for (int i = 0; option->choices[i]; i++)
            fprintf(out, "%s%s", i ? " " : "", option->choices[i]);
        fputc(')', out);
    } else if (option->type == DPDM_OPTION_STRING) {
        fputs(":value:_files", out);
    } else if (option->type != DPDM_OPTION_FLAG) {
        fputs(":number: ", out);
    }
    fputc('\'', out);
}

static void verb_print(FILE *out, const cli_verb *verb)
{
    cli_options tables[CLI_TABLES + 1];
    int count = cli_verb_tables(verb, tables);
    int words = strchr(verb->name, ' ') ? 2 : 1;
    fprintf(out, "        '%s'%s)\n            shift %d words; ((CURRENT -= %d))\n            _arguments", verb->name,
            words == 1 ? "' '*" : "", words, words);
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].table->count; k++)
            option_print(out, &tables[i].table->rows[k]);
    fputs(" \\\n            '*:file:_files' ;;\n", out);
}

void cli_completion_zsh(FILE *out)
{
    fputs("#compdef dpdm\n"
          "# zsh completion for dpdm, printed by 'dpdm completion zsh'\n"
          "_dpdm()\n"
          "{\n"
          "    local -a verbs\n"
          "    verbs=(\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        fprintf(out, "        '%s:", cli_verbs[i]->name);
        quoted_print(out, cli_verbs[i]->summary);
        fputs("'\n", out);
    }
    fputs("    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe verb verbs\n"
          "        return\n"
          "    fi\n"
          "    case \"$words[2] $words[3]\" in\n",
          out);
    for (int family = 1; family >= 0; family--) /* two-word verbs first: their patterns are the narrower ones */
        for (size_t i = 0; cli_verbs[i]; i++)
            if ((strchr(cli_verbs[i]->name, ' ') != NULL) == family)
                verb_print(out, cli_verbs[i]);
    fputs("    esac\n"
          "}\n"
          "_dpdm \"$@\"\n",
          out);
}
