/* completion.h - shell completions from the tables of the verbs. */
#ifndef DPDM_CLI_COMPLETION_H
#define DPDM_CLI_COMPLETION_H

#include <stdio.h>
#include "base/options.h"

/* The index-th word that the value of an option can be, where they are few; NULL past the end. */
const char *cli_completion_word(const dpdm_option *option, size_t index);

void cli_completion_bash(FILE *out);
void cli_completion_zsh(FILE *out);

#endif
