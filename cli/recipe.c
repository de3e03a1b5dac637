/* recipe.c - presets and config files. */
#include "recipe.h"

#include "train/contradictions.h"
#include "train/presets.h"

static const dpdm_option recipe_rows[] = {
    {.name = "config",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(cli_recipe, config),
     .size = DPDM_PATH,
     .metavar = "FILE",
     .group = "Recipe",
     .help = "YAML file; its keys are the options below",
     .flags = DPDM_OPTION_NO_FILE},
    {.name = "preset",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(cli_recipe, preset),
     .size = 64,
     .metavar = "NAME",
     .group = "Recipe",
     .help = "a recipe that comes with dpdm ('dpdm presets' lists them)",
     .flags = DPDM_OPTION_NO_FILE},
};

const dpdm_option_table cli_recipe_table = {recipe_rows, sizeof recipe_rows / sizeof *recipe_rows};

void cli_recipe_defaults(void *config)
{
    *(dpdm_train_config *)config = dpdm_train_config_default();
}

dpdm_status cli_recipe_read(cli_call *call, const cli_recipe *recipe, dpdm_train_config *config, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    if (!recipe->preset[0] && !recipe->config[0])
        return DPDM_OK;
    *config = dpdm_train_config_default();
    dpdm_train_layer before = dpdm_train_layer_begin(config);
    if (recipe->preset[0]) {
        const dpdm_preset *preset = dpdm_preset_find(recipe->preset, err);
        status = preset ? dpdm_preset_read(preset, config, err) : DPDM_EUSAGE;
    }
    dpdm_train_layer_end(config, &before);
    before = dpdm_train_layer_begin(config);
    if (!status && recipe->config[0])
        status = dpdm_options_read_yaml(&dpdm_train_option_table, config, recipe->config, err);
    dpdm_train_layer_end(config, &before);
    before = dpdm_train_layer_begin(config);
    if (!status)
        status = cli_call_reparse(call, err);
    dpdm_train_layer_end(config, &before);
    return status;
}
