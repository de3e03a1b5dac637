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
    if (cli_completion_word(option, 0)) {
        fputs(":choice:(", out);
        for (size_t i = 0; cli_completion_word(option, i); i++)
            fprintf(out, "%s%s", i ? " " : "", cli_completion_word(option, i));
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
    fprintf(out, "        '%s%s)\n            shift %d words; ((CURRENT -= %d))\n            _arguments", verb->name,
            words == 1 ? " '*" : "'", words, words);
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].table->count; k++)
            option_print(out, &tables[i].table->rows[k]);
    fputs(" \\\n            '*:file:_files' ;;\n", out);
}

/* One entry of a list for _describe: 'word:summary'. */
static void entry_print(FILE *out, const char *word, size_t length, const char *summary)
{
    fprintf(out, "'%.*s:", (int)length, word);
    quoted_print(out, summary);
    fputs("' ", out);
}

/* The first words of all verbs; a family stands there once, without its members' summaries. */
static void first_words_print(FILE *out)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        const char *name = cli_verbs[i]->name;
        size_t length = strcspn(name, " ");
        int again =
            i > 0 && strcspn(cli_verbs[i - 1]->name, " ") == length && !strncmp(name, cli_verbs[i - 1]->name, length);
        if (!again)
            entry_print(out, name, length, name[length] ? cli_verbs[i]->group : cli_verbs[i]->summary);
    }
}

static void second_words_print(FILE *out)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        const char *name = cli_verbs[i]->name, *second = strchr(name, ' ');
        if (!second)
            continue;
        fprintf(out, "            %.*s) verbs+=(", (int)(second - name), name);
        entry_print(out, second + 1, strlen(second + 1), cli_verbs[i]->summary);
        fputs(") ;|\n", out);
    }
}

void cli_completion_zsh(FILE *out)
{
    fputs("#compdef dpdm\n"
          "# zsh completion for dpdm, printed by 'dpdm completion zsh'\n"
          "_dpdm()\n"
          "{\n"
          "    local -a verbs\n"
          "    if ((CURRENT == 2)); then\n"
          "        verbs=(",
          out);
    first_words_print(out);
    fputs(")\n"
          "        _describe verb verbs\n"
          "        return\n"
          "    fi\n"
          "    if ((CURRENT == 3)); then\n"
          "        case $words[2] in\n",
          out);
    second_words_print(out);
    fputs("        esac\n"
          "        if (($#verbs)); then\n"
          "            _describe verb verbs\n"
          "            return\n"
          "        fi\n"
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
