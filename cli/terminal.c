/* terminal.c - what the terminal can do. */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int cli_terminal_can_rewrite(FILE *stream)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) && kind && strcmp(kind, "dumb") != 0;
}

int cli_terminal_has_colour(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");
    return !(refused && *refused) && cli_terminal_can_rewrite(stream);
}

int cli_terminal_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}
