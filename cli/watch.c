/* watch.c - see watch.h. */
#include "watch.h"

#include <stdio.h>
#include <string.h>
#include "dpdm/reading.h"
#include "interrupt.h"

void cli_watch_end(cli_watch *watch)
{
    if (watch->what[0])
        cli_progress_end(&watch->bar);
    watch->what[0] = '\0';
}

static int watch_progress(void *context, const char *what, const char *unit, uint64_t done, uint64_t total,
                          const char *note)
{
    cli_watch *watch = context;
    if (strncmp(watch->what, what, sizeof watch->what - 1) != 0) {
        cli_watch_end(watch);
        snprintf(watch->what, sizeof watch->what, "%s", what);
        snprintf(watch->unit, sizeof watch->unit, "%s", unit);
        (strcmp(what, DPDM_READING_WORK) ? cli_progress_begin : cli_progress_begin_private)(&watch->bar, watch->call,
                                                                                            watch->what, watch->unit);
    }
    cli_progress_update(&watch->bar, done, total, note);
    return cli_interrupt_pending();
}

static void watch_found(void *context, const char *kind, const char *name, const cJSON *part, const cJSON *warnings)
{
    cli_watch *watch = context;
    if (!watch->found)
        return;
    cli_watch_end(watch); /* results stand on lines of their own */
    watch->found(watch->context, kind, name, part, warnings);
}

dpdm_watch cli_watch_begin(cli_watch *watch)
{
    return (dpdm_watch){.progress = watch_progress, .found = watch_found, .context = watch};
}
