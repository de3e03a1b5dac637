/* completion.h - shell completions from the tables of the verbs. */
#ifndef DPDM_CLI_COMPLETION_H
#define DPDM_CLI_COMPLETION_H

#include <stdio.h>

void cli_completion_bash(FILE *out);
void cli_completion_zsh(FILE *out);

#endif
