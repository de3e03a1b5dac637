/* text.h - prose laid out in columns. */
#ifndef DPDM_CLI_TEXT_H
#define DPDM_CLI_TEXT_H

#include <stdio.h>

/* Prints text in lines of at most `width` columns, each indented by `indent`; the cursor stands at column `at` (less
 * than or equal to indent). "\n" ends a line, "\n\n" a paragraph; ends with a new line. */
void cli_text_wrap(FILE *out, const char *text, int at, int indent, int width);

#endif
