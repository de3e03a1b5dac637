/* metrics.c - the logs of a run. */
#include "train/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/json.h"
#include "base/system.h"
#include "train/tensorboard.h"

enum { METRICS_PATH = 1200 };
#define METRICS_LIMIT ((size_t)1 << 30)

static const char release_notice[] = "not for release: computed from private data without noise";

static void metrics_path(char path[METRICS_PATH], const char *folder, const char *name)
{
    snprintf(path, METRICS_PATH, "%.1100s/%s", folder, name);
}

#define METRICS_LINES "metrics.jsonl"
#define METRICS_EVENT_FOLDER "tensorboard"
#define METRICS_EVENTS METRICS_EVENT_FOLDER "/events.out.tfevents.0.dpdm"

/* ---- what an earlier process left ---- */

/* The length of the lines up to step `done`, each of which is whole; with `events`, they are written there too. */
static size_t lines_keep(const char *text, size_t size, uint64_t done, FILE *events)
{
    size_t kept = 0;
    while (kept < size) {
        const char *line = text + kept, *end = memchr(line, '\n', size - kept);
        cJSON *json = NULL;
        if (!end || dpdm_json_parse(line, (size_t)(end - line), METRICS_LINES, &json, NULL))
            break;
        double step = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(json, "step"));
        int good = step >= 1 && step <= (double)done;
        const cJSON *item = cJSON_IsObject(json) && good ? json->child : NULL;
        for (; events && item; item = item->next)
            if (cJSON_IsNumber(item) && strcmp(item->string, "step") != 0)
                dpdm_tensorboard_scalar(events, (uint64_t)step, item->string, item->valuedouble);
        cJSON_Delete(json);
        if (!good)
            break;
        kept += (size_t)(end - line) + 1;
    }
    return kept;
}

/* Cuts the lines of a killed run and fills the event file from those that stay. */
static dpdm_status metrics_restore(dpdm_metrics *metrics, const char *path, uint64_t done, dpdm_error *err)
{
    uint8_t *text = NULL;
    size_t size = 0, kept = 0;
    struct stat info;
    if (done && fstat(fileno(metrics->lines), &info) == 0 && info.st_size > 0) {
        dpdm_status status = dpdm_file_read(path, METRICS_LIMIT, &text, &size, err);
        if (status)
            return status;
        kept = lines_keep((const char *)text, size, done, metrics->events);
        free(text);
    }
    if (ftruncate(fileno(metrics->lines), (off_t)kept) || fseeko(metrics->lines, 0, SEEK_END))
        return dpdm_error_system(err, errno, "cannot write '%s'", path);
    return DPDM_OK;
}

/* ---- the logs ---- */

static dpdm_status metrics_folder(const char *path, int private_log, dpdm_error *err)
{
    dpdm_status status = dpdm_folder_create(path, err);
    if (!status && private_log && chmod(path, DPDM_FOLDER_PRIVATE))
        status = dpdm_error_system(err, errno, "cannot close '%s' to others", path);
    return status;
}

/* how: O_APPEND or O_TRUNC. A private log that is there already is closed to others. */
static dpdm_status metrics_stream(const char *path, int how, int private_log, FILE **stream, dpdm_error *err)
{
    mode_t mode = private_log ? DPDM_FILE_PRIVATE : DPDM_FILE_SHARED;
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | how, mode);
    if (descriptor >= 0 && (!private_log || fchmod(descriptor, mode) == 0) &&
        (*stream = fdopen(descriptor, how == O_APPEND ? "ab" : "wb")))
        return DPDM_OK;
    int number = errno;
    if (descriptor >= 0)
        close(descriptor);
    return dpdm_error_system(err, number, "cannot write '%s'", path);
}

dpdm_status dpdm_metrics_open(dpdm_metrics *metrics, const char *folder, int private_log, int tensorboard,
                              uint64_t done, dpdm_error *err)
{
    char path[METRICS_PATH];
    *metrics = (dpdm_metrics){.private_log = private_log};
    dpdm_status status = metrics_folder(folder, private_log, err);
    if (!status && tensorboard) {
        metrics_path(path, folder, METRICS_EVENT_FOLDER);
        status = metrics_folder(path, private_log, err);
        metrics_path(path, folder, METRICS_EVENTS);
        if (!status)
            status = metrics_stream(path, O_TRUNC, private_log, &metrics->events, err);
        if (!status)
            dpdm_tensorboard_begin(metrics->events);
    }
    metrics_path(path, folder, METRICS_LINES);
    if (!status)
        status = metrics_stream(path, O_APPEND, private_log, &metrics->lines, err);
    if (!status)
        status = metrics_restore(metrics, path, done, err);
    if (status)
        dpdm_metrics_close(metrics);
    return status;
}

dpdm_status dpdm_metrics_add(dpdm_metrics *metrics, uint64_t step, const dpdm_metric *figures, size_t count,
                             dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    int good = json && cJSON_AddItemToObject(json, "step", dpdm_json_u64(step));
    for (size_t i = 0; good && i < count; i++) {
        good = cJSON_AddItemToObject(json, figures[i].key, dpdm_json_double(figures[i].value));
        if (metrics->events && isfinite(figures[i].value))
            dpdm_tensorboard_scalar(metrics->events, step, figures[i].key, figures[i].value);
    }
    if (good && metrics->private_log)
        good = cJSON_AddStringToObject(json, "notice", release_notice) != NULL;
    char *text = good ? cJSON_PrintUnformatted(json) : NULL;
    cJSON_Delete(json);
    if (!text)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a line of metrics");
    errno = 0;
    int failed = fprintf(metrics->lines, "%s\n", text) < 0 || fflush(metrics->lines) ||
                 (metrics->events && (ferror(metrics->events) || fflush(metrics->events)));
    int number = errno;
    cJSON_free(text);
    return failed ? dpdm_error_system(err, number, "the run can be resumed; cannot write the metrics of step %llu",
                                      (unsigned long long)step)
                  : DPDM_OK;
}

void dpdm_metrics_close(dpdm_metrics *metrics)
{
    if (metrics->lines)
        fclose(metrics->lines);
    if (metrics->events)
        fclose(metrics->events);
    *metrics = (dpdm_metrics){0};
}

dpdm_status dpdm_metrics_remove(const char *folder, dpdm_error *err)
{
    static const char *const names[] = {METRICS_LINES, METRICS_EVENTS};
    char path[METRICS_PATH];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        metrics_path(path, folder, names[i]);
        if (unlink(path) && errno != ENOENT && errno != ENOTDIR)
            return dpdm_error_system(err, errno, "cannot remove '%s'", path);
    }
    metrics_path(path, folder, METRICS_EVENT_FOLDER);
    rmdir(path); /* stays if it holds files of others */
    return DPDM_OK;
}
