/* presets.h - the training recipes that come with the library: the files of presets/, embedded. */
#ifndef DPDM_TRAIN_PRESETS_H
#define DPDM_TRAIN_PRESETS_H

#include "dpdm/train.h"

typedef struct {
    const char *name, *text; /* text: YAML */
} dpdm_preset;

/* Sorted by name; ends with a NULL name. Made from presets/NAME.yaml by src/train/presets.cmake. */
extern const dpdm_preset dpdm_presets[];

/* The preset of a name; NULL with DPDM_EUSAGE in *err, and the nearest name, if there is none. */
const dpdm_preset *dpdm_preset_find(const char *name, dpdm_error *err);
/* Sets what the preset says; everything else stays. */
dpdm_status dpdm_preset_read(const dpdm_preset *preset, dpdm_train_config *config, dpdm_error *err);

#endif
