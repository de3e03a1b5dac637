/* text.c - prose laid out in columns. */
#include "text.h"

#include <string.h>

void cli_text_wrap(FILE *out, const char *text, int at, int indent, int width)
{
    int column = at, start = 1; /* start: no word on this line yet */
    while (*text) {
        if (*text == '\n') {
            fputc('\n', out);
            column = 0;
            start = 1;
            text++;
            continue;
        }
        int length = (int)strcspn(text, " \n");
        if (!start && column + 1 + length > width) {
            fputc('\n', out);
            column = 0;
            start = 1;
        }
        int blanks = start ? indent - column : 1;
        fprintf(out, "%*s%.*s", blanks > 0 ? blanks : 0, "", length, text);
        column += (blanks > 0 ? blanks : 0) + length;
        start = 0;
        text += length;
        text += strspn(text, " ");
    }
    if (!start)
        fputc('\n', out);
}
