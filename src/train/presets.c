/* presets.c - the training recipe of a name. */
#include "train/presets.h"

#include <string.h>
#include "base/suggest.h"
#include "train/config.h"

const dpdm_preset *dpdm_preset_find(const char *name, dpdm_error *err)
{
    dpdm_suggestion near = dpdm_suggest_begin(name);
    for (const dpdm_preset *preset = dpdm_presets; preset->name; preset++) {
        if (!strcmp(preset->name, name))
            return preset;
        dpdm_suggest_offer(&near, preset->name);
    }
    if (near.best)
        dpdm_error_set(err, DPDM_EUSAGE, "unknown preset '%.60s'; did you mean '%s'?", name, near.best);
    else
        dpdm_error_set(err, DPDM_EUSAGE, "unknown preset '%.60s'; 'dpdm presets' lists them", name);
    return NULL;
}

dpdm_status dpdm_preset_read(const dpdm_preset *preset, dpdm_train_config *config, dpdm_error *err)
{
    return dpdm_options_parse_yaml(&dpdm_train_option_table, config, preset->text, strlen(preset->text), preset->name,
                                   err);
}
