/* eval_print.h - the parts of an evaluation for people, on standard output, from its JSON as they come. */
#ifndef DPDM_CLI_EVAL_PRINT_H
#define DPDM_CLI_EVAL_PRINT_H

#include <cjson/cJSON.h>

typedef struct {
    int warned; /* warnings that were printed */
} eval_print;

/* For cli_watch.found; context: an eval_print, zero at first. */
void eval_print_part(void *context, const char *kind, const char *name, const cJSON *part, const cJSON *warnings);

#endif
