/* init_recipe.h - the recipe that `dpdm init` writes from the answers it got. */
#ifndef DPDM_CLI_INIT_RECIPE_H
#define DPDM_CLI_INIT_RECIPE_H

#include <stdio.h>
#include "train/config.h"

typedef struct {
    dpdm_train_config config;
    dpdm_proposal proposal; /* empty without --data */
    uint64_t about;         /* images, at least roughly */
    const char *preset;     /* whose training settings the recipe has */
} init_interview;

/* The row of a training option. */
const dpdm_option *init_row(const char *name);

/* Training settings of a preset of about that size, the answers over them: config and preset are set. */
dpdm_status init_recipe_make(init_interview *talk, dpdm_error *err);
/* As YAML with comments, the first of which names the verb. */
void init_recipe_put(FILE *out, const char *verb, const init_interview *talk);
dpdm_status init_recipe_write(const init_interview *talk, const char *path, int overwrite, dpdm_error *err);

#endif
