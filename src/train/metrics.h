/* metrics.h - what a run tells about its steps: a line of JSON each, and, where asked, an event file for TensorBoard.
 *
 * Two logs, each in a folder of its own. The public one (RUN/metrics.jsonl) holds post-processing of what the private
 * step released, and constants; it holds no time, because how long a step takes depends on its batch. The private one
 * (RUN/private/metrics.jsonl, mode 0600; only where asked) holds batch sizes, norms before clipping, the loss and times:
 * not for release, and every line says so. docs/runs.md lists the keys.
 * A killed run leaves lines of steps that it will do again: they are cut off when the log is opened, so the public log of
 * a resumed run is that of one which never stopped. */
#ifndef DPDM_TRAIN_METRICS_H
#define DPDM_TRAIN_METRICS_H

#include <stdint.h>
#include <stdio.h>
#include "dpdm/status.h"

/* A figure of a step; key is a literal, and is the tag in TensorBoard too. Figures that are not finite become null. */
typedef struct {
    const char *key;
    double value;
} dpdm_metric;

typedef struct {
    FILE *lines, *events; /* events: NULL without TensorBoard */
    int private_log;
} dpdm_metrics;

/* Opens (creating the folder) FOLDER/metrics.jsonl, keeping the lines up to step `done`, and, with `tensorboard`,
 * FOLDER/tensorboard/events.out.tfevents.0.dpdm, made again from those lines. done 0: both start empty. */
dpdm_status dpdm_metrics_open(dpdm_metrics *metrics, const char *folder, int private_log, int tensorboard,
                              uint64_t done, dpdm_error *err);
/* Adds a step, and gives it to the system at once. */
dpdm_status dpdm_metrics_add(dpdm_metrics *metrics, uint64_t step, const dpdm_metric *figures, size_t count,
                             dpdm_error *err);
/* Fine for one that is not open. */
void dpdm_metrics_close(dpdm_metrics *metrics);
/* Removes what the above made in a folder. */
dpdm_status dpdm_metrics_remove(const char *folder, dpdm_error *err);

#endif
