/* progress.c - how far a long job is. */
#include "progress.h"

#include <math.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "terminal.h"

#define BAR 20
#define INTERVAL_TERMINAL 0.2
#define INTERVAL_LOG 60.0

void cli_duration_format(double seconds, char *text, size_t size)
{
    if (!(seconds >= 0 && seconds < 1e9)) {
        snprintf(text, size, "unknown");
        return;
    }
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(text, size, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        snprintf(text, size, "%lu min %02lu s", whole / 60, whole % 60);
    else
        snprintf(text, size, "%lu s", whole);
}

void cli_progress_begin(cli_progress *progress, const cli_call *call, const char *label, const char *unit)
{
    int rewrite = cli_terminal_can_rewrite(stderr);
    *progress = (cli_progress){.stream = call->quiet ? NULL : stderr,
                               .rewrite = rewrite,
                               .width = cli_terminal_width(stderr),
                               .interval = rewrite ? INTERVAL_TERMINAL : INTERVAL_LOG,
                               .now = dpdm_clock_seconds,
                               .label = label,
                               .unit = unit};
}

void cli_progress_begin_private(cli_progress *progress, const cli_call *call, const char *label, const char *unit)
{
    cli_progress_begin(progress, call, label, unit);
    progress->untimed = 1;
}

static void bar_draw(char bar[BAR + 1], double part)
{
    int full = (int)(part * BAR);
    for (int i = 0; i < BAR; i++)
        bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
}

static void line_write(cli_progress *p, const char *line)
{
    if (p->rewrite)
        fprintf(p->stream, "\r\033[K%.*s", p->width - 1, line);
    else
        fprintf(p->stream, "%s\n", line);
    fflush(p->stream);
    p->open = p->rewrite;
}

static void line_format(const cli_progress *p, uint64_t done, const char *extra, double now, char *line, size_t size)
{
    double seconds = now - p->begun, rate = seconds > 0 ? (double)(done - p->first) / seconds : 0;
    double part = p->total ? (double)done / (double)p->total : 0;
    char bar[BAR + 1] = "", left[40], speed[120] = "";
    if (p->rewrite)
        bar_draw(bar, part < 1 ? part : 1);
    cli_duration_format(rate > 0 ? (double)(p->total - done) / rate : NAN, left, sizeof left);
    if (rate > 0 && (p->rewrite || !p->untimed))
        snprintf(speed, sizeof speed, "  %.3g %.20s/s  %s left", rate, p->unit, left);
    snprintf(line, size, "%s %s%s%llu/%llu (%.0f %%)%s%s%s", p->label, bar, p->rewrite ? " " : "",
             (unsigned long long)done, (unsigned long long)p->total, floor(100 * part), done < p->total ? speed : "",
             extra && *extra ? "  " : "", extra ? extra : "");
}

void cli_progress_update(cli_progress *p, uint64_t done, uint64_t total, const char *extra)
{
    if (!p->stream || !total || done > total)
        return;
    double now = p->now();
    if (!p->began) {
        p->first = done;
        p->begun = p->shown = now;
        p->began = 1;
    }
    p->total = total;
    if (done < total && now - p->shown < p->interval)
        return;
    p->shown = now;
    char line[400];
    line_format(p, done, extra, now, line, sizeof line);
    dpdm_text_clean_line(line);
    line_write(p, line);
}

void cli_progress_end(cli_progress *p)
{
    if (p->stream && p->open)
        fputc('\n', p->stream);
    p->open = 0;
}
