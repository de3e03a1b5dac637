/* completion_bash.c - completion for bash. */
#include "completion.h"

#include <string.h>
#include "help.h"

/* Prints the first words of all verbs, each once. */
static void first_words_print(FILE *out)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        size_t length = strcspn(cli_verbs[i]->name, " ");
        size_t k = 0;
        while (k < i && !(strcspn(cli_verbs[k]->name, " ") == length &&
                          !strncmp(cli_verbs[k]->name, cli_verbs[i]->name, length)))
            k++;
        if (k == i)
            fprintf(out, "%.*s ", (int)length, cli_verbs[i]->name);
    }
}

/* The second words of two-word verbs: family) words="..." ;; */
static void families_print(FILE *out)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        const char *blank = strchr(cli_verbs[i]->name, ' ');
        if (blank)
            fprintf(out, "        %.*s) words+=' %s' ;;&\n", (int)(blank - cli_verbs[i]->name), cli_verbs[i]->name,
                    blank + 1);
    }
}

static void words_print(FILE *out, const cli_verb *verb, const dpdm_option *option)
{
    fprintf(out, "    '%s --%s') words='", verb->name, option->name);
    for (size_t i = 0; cli_completion_word(option, i); i++)
        fprintf(out, "%s ", cli_completion_word(option, i));
    fputs("' ;;\n", out);
}

/* What may follow an option: one of its words, or (left to bash) a file name. */
static void values_print(FILE *out, const cli_verb *verb)
{
    cli_options tables[CLI_TABLES + 1];
    int count = cli_verb_tables(verb, tables);
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].table->count; k++) {
            const dpdm_option *option = &tables[i].table->rows[k];
            if (cli_completion_word(option, 0))
                words_print(out, verb, option);
            else if (option->type != DPDM_OPTION_FLAG)
                fprintf(out, "    '%s --%s') return ;;\n", verb->name, option->name);
        }
}

static void options_print(FILE *out, const cli_verb *verb)
{
    cli_options tables[CLI_TABLES + 1];
    int count = cli_verb_tables(verb, tables);
    fprintf(out, "        '%s') words='", verb->name);
    for (int i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].table->count; k++)
            fprintf(out, "--%s ", tables[i].table->rows[k].name);
    fputs("' ;;\n", out);
}

void cli_completion_bash(FILE *out)
{
    fputs("# bash completion for dpdm, printed by 'dpdm completion bash'\n"
          "_dpdm()\n"
          "{\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' verb=${COMP_WORDS[1]}\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    first_words_print(out);
    fputs("--help --version' -- \"$cur\"))\n"
          "        return\n"
          "    fi\n"
          "    if ((COMP_CWORD == 2)); then\n"
          "        case $verb in\n",
          out);
    families_print(out);
    fputs("        esac\n"
          "    fi\n"
          "    case \"$verb ${COMP_WORDS[2]}\" in\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++)
        if (strchr(cli_verbs[i]->name, ' '))
            fprintf(out, "    '%s') verb='%s' ;;\n", cli_verbs[i]->name, cli_verbs[i]->name);
    fputs("    esac\n"
          "    case \"$verb $prev\" in\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++)
        values_print(out, cli_verbs[i]);
    fputs("    esac\n"
          "    if [[ $cur == -* ]]; then\n"
          "        case $verb in\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++)
        options_print(out, cli_verbs[i]);
    fputs("        esac\n"
          "    fi\n"
          "    [[ $words ]] && COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "}\n"
          "complete -o default -F _dpdm dpdm\n",
          out);
}
