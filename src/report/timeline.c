/* timeline.c - the figures of the training. */
#include "report/timeline.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/json.h"

enum { TIMELINE_PATH = 1024, TIMELINE_REACH = 20 };
#define TIMELINE_LIMIT ((size_t)1 << 28)
#define TIMELINE_STEP_MOST 1e15
#define TIMELINE_NORM_MOST 1e100

static double line_number(const cJSON *line, const char *key)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(line, key));
}

/* Point number i from a line; 0 where it is not one, or not after the point before. */
static int point_read(dpdm_report_timeline *t, int i, const cJSON *line)
{
    double step = line_number(line, "step"), epsilon = line_number(line, "epsilon_upper");
    double rate = line_number(line, "learning_rate"), noise = line_number(line, "noise_norm_expected");
    double released = line_number(line, "released_gradient_norm");
    t->step[i] = step;
    t->epsilon[i] = epsilon;
    t->learning_rate[i] = rate;
    t->noise[i] = noise;
    t->signal[i] = released * released - noise * noise; /* for timeline_smooth */
    return step >= 1 && step < TIMELINE_STEP_MOST && epsilon >= 0 && isfinite(epsilon) && rate >= 0 && isfinite(rate) &&
           noise > 0 && noise < TIMELINE_NORM_MOST && released >= 0 && released < TIMELINE_NORM_MOST &&
           (i == 0 || step > t->step[i - 1]);
}

/* One step says little: its excess over the noise may even be negative. Means of the excess over about a tenth of the
 * points become norms. */
static void timeline_smooth(dpdm_report_timeline *t)
{
    double excess[TIMELINE_POINTS];
    const int reach = t->count / TIMELINE_REACH;
    memcpy(excess, t->signal, (size_t)t->count * sizeof *excess);
    for (int i = 0; i < t->count; i++) {
        int first = i > reach ? i - reach : 0, last = i + reach < t->count ? i + reach : t->count - 1;
        double sum = 0;
        for (int k = first; k <= last; k++)
            sum += excess[k];
        t->signal[i] = sqrt(fmax(0, sum / (last - first + 1)));
    }
}

static size_t lines_count(const char *text)
{
    size_t count = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

/* Of n lines, at most TIMELINE_POINTS are taken, the first and the last among them. */
static int line_is_taken(size_t line, size_t lines, int taken)
{
    size_t points = lines < TIMELINE_POINTS ? lines : TIMELINE_POINTS;
    return points < 2 || line == (size_t)taken * (lines - 1) / (points - 1);
}

static dpdm_status lines_read(const char *text, const char *path, dpdm_report_timeline *t, dpdm_error *err)
{
    size_t lines = lines_count(text), number = 0;
    for (const char *end; (end = strchr(text, '\n')); text = end + 1, number++) {
        cJSON *line;
        if (!line_is_taken(number, lines, t->count))
            continue;
        dpdm_status status = dpdm_json_parse(text, (size_t)(end - text), path, &line, err);
        if (status)
            return status;
        int good = point_read(t, t->count, line);
        cJSON_Delete(line);
        if (!good)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s:%zu: not a line that 'dpdm train' writes", path, number + 1);
        t->count++;
    }
    timeline_smooth(t);
    return DPDM_OK;
}

dpdm_status dpdm_report_timeline_read(const char *run, dpdm_report_timeline *timeline, dpdm_error *err)
{
    char path[TIMELINE_PATH];
    uint8_t *text;
    size_t size;
    *timeline = (dpdm_report_timeline){0};
    snprintf(path, sizeof path, "%.900s/metrics.jsonl", run);
    FILE *there = fopen(path, "rb");
    if (!there)
        return DPDM_OK;
    fclose(there);
    dpdm_status status = dpdm_file_read(path, TIMELINE_LIMIT, &text, &size, err);
    if (status)
        return status;
    status = lines_read((const char *)text, path, timeline, err);
    free(text);
    return status;
}
