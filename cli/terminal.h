/* terminal.h - what the terminal can do. */
#ifndef DPDM_CLI_TERMINAL_H
#define DPDM_CLI_TERMINAL_H

#include <stdio.h>

/* May colours be written to stream? Only to a terminal, and not where NO_COLOR is set (https://no-color.org). */
int cli_terminal_has_colour(FILE *stream);
/* Is stream a terminal on which a line can be rewritten? */
int cli_terminal_can_rewrite(FILE *stream);
/* Columns of the terminal behind stream; 80 where it has none. */
int cli_terminal_width(FILE *stream);

#endif
