/* options.h - one table for a set of options: flags, YAML keys, help, man page, completion and JSON are made from it.
 *
 * A row binds a name to a field of a struct. "noise-multiplier" is the flag --noise-multiplier, the YAML key
 * noise_multiplier (or noise-multiplier) and the JSON key noise_multiplier. Defaults are not in the table: they are
 * what the struct holds before parsing, and the help prints them from there. */
#ifndef DPDM_BASE_OPTIONS_H
#define DPDM_BASE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

typedef enum {
    DPDM_OPTION_FLAG,    /* int: 1 when given (YAML: true/false) */
    DPDM_OPTION_INT,     /* int */
    DPDM_OPTION_U64,     /* uint64_t */
    DPDM_OPTION_DOUBLE,  /* double; NaN and infinities are refused */
    DPDM_OPTION_STRING,  /* char[size] */
    DPDM_OPTION_CHOICE,  /* int or enum: index into choices */
    DPDM_OPTION_INT_LIST /* int[size], written 1,2,2; unused entries 0; "", none and 0: empty */
} dpdm_option_type;

typedef struct {
    const char *name;
    dpdm_option_type type;
    size_t offset;
    size_t size;                /* STRING: bytes; INT_LIST: entries */
    double min, max;            /* numbers: inclusive range; both 0: any */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *metavar;        /* shown in help, e.g. "N" */
    const char *group;          /* heading in help */
    const char *help;
    size_t given_offset; /* where an int is set to 1 when the option is given; 0: nowhere */
    unsigned flags;
} dpdm_option;

enum {
    DPDM_OPTION_NO_FILE = 1,       /* command line only: not a YAML key, not in JSON */
    DPDM_OPTION_PUBLIC = 2,        /* part of the public config stored in the release */
    DPDM_OPTION_OUTPUT = 4,        /* STRING: the name of a file that is written; checked before the work */
    DPDM_OPTION_OUTPUT_FOLDER = 8, /* with OUTPUT: it may be a folder as well */
    DPDM_OPTION_LIST = 16,         /* STRING: a YAML list is taken too, its entries joined by commas */
    DPDM_OPTION_ONCE = 32          /* given twice on a command line it is refused: people would expect both to count */
};

typedef struct {
    const dpdm_option *rows;
    size_t count;
} dpdm_option_table;

/* The row of a name ('-' and '_' are the same), or NULL. */
const dpdm_option *dpdm_option_find(const dpdm_option_table *table, const char *name, size_t length);
/* The name as YAML and JSON write it: with '_' for '-'. */
void dpdm_option_key(const char *name, char *key, size_t size);
/* The nearest known name, or NULL if none is near. */
const char *dpdm_option_nearest(const dpdm_option_table *table, const char *name);
/* Parses text into the field, checking type and range; the message names the option (not the place: the caller adds
 * it). */
dpdm_status dpdm_option_set(const dpdm_option *option, void *object, const char *text, dpdm_error *err);
/* Writes the field as text that dpdm_option_set reads back to the same value. */
void dpdm_option_get(const dpdm_option *option, const void *object, char *text, size_t size);

/* Reads argv[0..argc): "--name value", "--name=value", "--flag", "--no-flag", "-h/--help" (returns DPDM_OK with *help =
 * 1). Positional words go to positional[0..max) in order. DPDM_EUSAGE with the nearest known name on an unknown one. */
dpdm_status dpdm_options_parse(const dpdm_option_table *table, void *object, int argc, char *const *argv,
                               const char **positional, int max, int *count, int *help, dpdm_error *err);
/* The same for several tables, each with its own struct; where two have a row of one name, the first one counts. */
typedef struct {
    const dpdm_option_table *table;
    void *object;
} dpdm_option_binding;
dpdm_status dpdm_options_parse_all(const dpdm_option_binding *bindings, size_t bindings_count, int argc,
                                   char *const *argv, const char **positional, int max, int *count, int *help,
                                   dpdm_error *err);

/* Reads a YAML file of "key: value" lines (one mapping; lists for INT_LIST). Errors name file, line and the way out. */
dpdm_status dpdm_options_read_yaml(const dpdm_option_table *table, void *object, const char *path, dpdm_error *err);
/* The same from memory; `name` stands for the path in messages. */
dpdm_status dpdm_options_parse_yaml(const dpdm_option_table *table, void *object, const char *text, size_t size,
                                    const char *name, dpdm_error *err);
/* Both over several tables: a key is looked up in each, and the first that has it counts. */
dpdm_status dpdm_options_read_yaml_all(const dpdm_option_binding *bindings, size_t count, const char *path,
                                       dpdm_error *err);
dpdm_status dpdm_options_parse_yaml_all(const dpdm_option_binding *bindings, size_t count, const char *text,
                                        size_t size, const char *name, dpdm_error *err);
/* A cJSON object of the rows that have all of `flags` (caller: cJSON_Delete). */
struct cJSON *dpdm_options_to_json(const dpdm_option_table *table, const void *object, unsigned flags);
/* Sets fields from a JSON object; unknown keys are DPDM_EFORMAT. */
dpdm_status dpdm_options_from_json(const dpdm_option_table *table, void *object, const struct cJSON *json,
                                   dpdm_error *err);

#endif
