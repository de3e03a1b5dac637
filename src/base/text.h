/* text.h - text from outside made safe to show. */
#ifndef DPDM_BASE_TEXT_H
#define DPDM_BASE_TEXT_H

#include <stddef.h>

/* Puts '?' in place of every byte that is not valid UTF-8, of control characters (those of ASCII but tab and new line,
 * and U+0080 to U+009F), and of a character that the end cuts. What is left can be written to a terminal and into JSON
 * whatever it was made of: names of files are bytes, and may hold escape codes. In place; the length stays. */
void dpdm_text_clean(char *text);
/* The same, with tab and new line replaced as well: for one line. */
void dpdm_text_clean_line(char *text);

#endif
