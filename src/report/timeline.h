/* timeline.h - the figures of the training: RUN/metrics.jsonl, thinned out. */
#ifndef DPDM_REPORT_TIMELINE_H
#define DPDM_REPORT_TIMELINE_H

#include "dpdm/status.h"

enum { TIMELINE_POINTS = 240 };

/* Points in the order of steps; learning rate and signal may be 0, the others are above 0. */
typedef struct {
    int count;
    double step[TIMELINE_POINTS], epsilon[TIMELINE_POINTS], learning_rate[TIMELINE_POINTS];
    double noise[TIMELINE_POINTS];  /* norm of the noise in a released gradient, as expected */
    double signal[TIMELINE_POINTS]; /* of what is not noise: estimated, averaged over neighbouring points */
} dpdm_report_timeline;

/* A run without metrics gives no points; so does a model file alone. DPDM_EFORMAT naming file and line where a line is
 * not one that `dpdm train` writes. */
dpdm_status dpdm_report_timeline_read(const char *run, dpdm_report_timeline *timeline, dpdm_error *err);

#endif
