/* progress.h - how far a long job is, on standard error.
 *
 * On a terminal one line is rewritten, a few times a second; elsewhere (a log) a plain line is printed every minute. With --quiet nothing is printed. Updates are cheap: the clock is read each time, the line written seldom. */
#ifndef DPDM_CLI_PROGRESS_H
#define DPDM_CLI_PROGRESS_H

#include <stdint.h>
#include <stdio.h>
#include "verb.h"

typedef struct {
    FILE *stream; /* NULL: quiet */
    int rewrite, width;
    double interval;     /* seconds between lines */
    double (*now)(void); /* seconds, from any origin */
    const char *label, *unit;
    uint64_t first, total;
    double begun, shown; /* times */
    int began, open;     /* an update came; a rewritten line has no end yet */
    int untimed;         /* rate and time left are for the terminal only */
} cli_progress;

/* label: what is being done; unit: of what `done` counts, as in "12 img/s". Both must outlive the bar. */
void cli_progress_begin(cli_progress *progress, const cli_call *call, const char *label, const char *unit);
/* The same for work on private data, whose speed is no public fact: a log, which may be kept and shared, then says how far
 * the work is, but not how fast. */
void cli_progress_begin_private(cli_progress *progress, const cli_call *call, const char *label, const char *unit);
/* done of total; extra: NULL or further words for the end of the line. The rate counts from the first update. A
 * total of 0, not known yet, shows nothing. */
void cli_progress_update(cli_progress *progress, uint64_t done, uint64_t total, const char *extra);
/* Leaves the terminal at the start of a new line. */
void cli_progress_end(cli_progress *progress);

/* "1 h 02 min", "3 min 20 s", "12 s". */
void cli_duration_format(double seconds, char *text, size_t size);

#endif
