/* recipe.h - the training recipe of a command line: a preset, then a YAML file, then the options themselves. */
#ifndef DPDM_CLI_RECIPE_H
#define DPDM_CLI_RECIPE_H

#include "train/config.h"
#include "verb.h"

typedef struct {
    char config[DPDM_PATH], preset[64];
} cli_recipe;

/* --config and --preset. */
extern const dpdm_option_table cli_recipe_table;

/* Defaults of a dpdm_train_config, for a cli_options. */
void cli_recipe_defaults(void *config);

/* Fills `config`, which is one of the call's option structs: preset, file, and the command line once more over both. */
dpdm_status cli_recipe_read(cli_call *call, const cli_recipe *recipe, dpdm_train_config *config, dpdm_error *err);

#endif
