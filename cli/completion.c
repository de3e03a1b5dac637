/* completion.c - what the completions of all shells share. */
#include "completion.h"

#include <string.h>
#include "train/presets.h"

const char *cli_completion_word(const dpdm_option *option, size_t index)
{
    if (option->type == DPDM_OPTION_CHOICE)
        return option->choices[index];
    return strcmp(option->name, "preset") == 0 ? dpdm_presets[index].name : NULL;
}
