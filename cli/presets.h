/* presets.h - the training recipes built into the program: the files of presets/, embedded. */
#ifndef DPDM_CLI_PRESETS_H
#define DPDM_CLI_PRESETS_H

#include "dpdm/status.h"

typedef struct {
    const char *name, *text; /* text: YAML */
} cli_preset;

/* Sorted by name; ends with a NULL name. Made from presets/NAME.yaml by cli/presets.cmake. */
extern const cli_preset cli_presets[];

/* The preset of a name; NULL with DPDM_EUSAGE in *err, and the nearest name, if there is none. */
const cli_preset *cli_preset_find(const char *name, dpdm_error *err);

#endif
