/* options_argv.c - options from the command line. */
#include "base/options.h"

#include <string.h>
#include "base/suggest.h"

/* What is being read, shared by the steps below. */
typedef struct {
    const dpdm_option_binding *bindings;
    size_t count;
    int argc;
    char *const *argv;
    int next; /* index of the word after the one in hand */
} reader;

static const dpdm_option *reader_find(const reader *r, const char *name, size_t length, void **object)
{
    for (size_t i = 0; i < r->count; i++) {
        const dpdm_option *option = dpdm_option_find(r->bindings[i].table, name, length);
        if (option) {
            *object = r->bindings[i].object;
            return option;
        }
    }
    return NULL;
}

static dpdm_status unknown_report(const reader *r, const char *name, size_t length, dpdm_error *err)
{
    char word[64];
    int short_length = (int)(length < sizeof word ? length : sizeof word - 1);
    memcpy(word, name, (size_t)short_length);
    word[short_length] = '\0';
    dpdm_suggestion suggestion = dpdm_suggest_begin(word);
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < r->bindings[i].table->count; k++)
            dpdm_suggest_offer(&suggestion, r->bindings[i].table->rows[k].name);
    if (suggestion.best)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown option --%s; did you mean --%s?", word, suggestion.best);
    return dpdm_error_set(err, DPDM_EUSAGE, "unknown option --%s; --help lists the options", word);
}

/* The --no-NAME form of a flag, or NULL. */
static const dpdm_option *negation_find(const reader *r, const char *name, size_t length, void **object)
{
    if (length < 4 || strncmp(name, "no-", 3) != 0)
        return NULL;
    const dpdm_option *option = reader_find(r, name + 3, length - 3, object);
    return option && option->type == DPDM_OPTION_FLAG ? option : NULL;
}

/* Whether a word before the one in hand, which ends at r->next - 1, gives this option. */
static int given_before(const reader *r, const dpdm_option *option)
{
    for (int i = 0; i + 1 < r->next; i++) {
        void *object;
        const char *word = r->argv[i];
        if (!strncmp(word, "--", 2) && reader_find(r, word + 2, strcspn(word + 2, "="), &object) == option)
            return 1;
    }
    return 0;
}

/* Reads the option in `word` (after its "--"), and its value from the next word if need be. */
static dpdm_status option_read(reader *r, const char *word, dpdm_error *err)
{
    size_t length = strcspn(word, "=");
    const char *value = word[length] ? word + length + 1 : NULL;
    void *object = NULL;
    const dpdm_option *option = reader_find(r, word, length, &object);
    const char *flag_value = "true";
    if (!option) {
        option = negation_find(r, word, length, &object);
        flag_value = "false";
    }
    if (!option)
        return unknown_report(r, word, length, err);
    if (option->flags & DPDM_OPTION_ONCE && given_before(r, option))
        return dpdm_error_set(err, DPDM_EUSAGE, "--%s is given twice, and only one counts: give one", option->name);
    if (option->type == DPDM_OPTION_FLAG) {
        if (value && !strcmp(flag_value, "false"))
            return dpdm_error_set(err, DPDM_EUSAGE, "--%.60s takes no value", word);
        return dpdm_option_set(option, object, value ? value : flag_value, err);
    }
    if (!value) {
        if (r->next >= r->argc || !strncmp(r->argv[r->next], "--", 2))
            return dpdm_error_set(err, DPDM_EUSAGE, "--%s needs a value: --%s %s", option->name, option->name,
                                  option->metavar ? option->metavar : "VALUE");
        value = r->argv[r->next++];
    }
    return dpdm_option_set(option, object, value, err);
}

dpdm_status dpdm_options_parse_all(const dpdm_option_binding *bindings, size_t bindings_count, int argc,
                                   char *const *argv, const char **positional, int max, int *count, int *help,
                                   dpdm_error *err)
{
    reader r = {bindings, bindings_count, argc, argv, 0};
    int only_words = 0;
    *count = 0;
    *help = 0;
    while (r.next < argc) {
        const char *word = argv[r.next++];
        dpdm_status status = DPDM_OK;
        if (!only_words && !strcmp(word, "--"))
            only_words = 1;
        else if (!only_words && (!strcmp(word, "--help") || !strcmp(word, "-h")))
            *help = 1;
        else if (!only_words && !strncmp(word, "--", 2))
            status = option_read(&r, word + 2, err);
        else if (!only_words && word[0] == '-' && word[1])
            status = dpdm_error_set(err, DPDM_EUSAGE, "unknown option %.60s; options start with two dashes", word);
        else if (*count < max)
            positional[(*count)++] = word;
        else
            status = dpdm_error_set(err, DPDM_EUSAGE, "unexpected argument '%.200s'", word);
        if (status)
            return status;
    }
    return DPDM_OK;
}

dpdm_status dpdm_options_parse(const dpdm_option_table *table, void *object, int argc, char *const *argv,
                               const char **positional, int max, int *count, int *help, dpdm_error *err)
{
    dpdm_option_binding binding = {table, object};
    return dpdm_options_parse_all(&binding, 1, argc, argv, positional, max, count, help, err);
}
