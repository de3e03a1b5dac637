/* watch.h - the progress bar and the printer of a workflow of the library (base/watch.h). */
#ifndef DPDM_CLI_WATCH_H
#define DPDM_CLI_WATCH_H

#include "base/watch.h"
#include "progress.h"

/* Fill call, and found with its context where parts are to be printed as they come; all else is zero. Must not move. */
typedef struct {
    const cli_call *call;
    void (*found)(void *context, const char *kind, const char *name, const cJSON *part, const cJSON *warnings);
    void *context;
    cli_progress bar;
    char what[80], unit[40]; /* of the open bar; "": none is open */
} cli_watch;

/* What to hand to the library: a bar for each thing that is done, stopped by Ctrl-C (interrupt.h). */
dpdm_watch cli_watch_begin(cli_watch *watch);
/* Leaves the terminal at the start of a line. */
void cli_watch_end(cli_watch *watch);

#endif
