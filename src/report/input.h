/* input.h - everything a report shows, read and checked before the first character is written. */
#ifndef DPDM_REPORT_INPUT_H
#define DPDM_REPORT_INPUT_H

#include <cjson/cJSON.h>
#include "dpdm/owner.h"
#include "dpdm/report.h"
#include "report/curve.h"
#include "report/neighbours.h"
#include "report/picture.h"
#include "report/timeline.h"

enum { REPORT_PREVIEWS = 6 };

typedef struct {
    dpdm_model model;
    cJSON *config;    /* the public config of the model; its object "training" may be missing */
    cJSON *statement; /* NULL: the model has none */
    dpdm_event *events;
    size_t event_count;
    int private_claim;     /* the statement makes a claim */
    double epsilon, delta; /* as claimed; NaN without a statement */
    dpdm_accountant accountant;
    dpdm_owner_rule owner;   /* the unit that all bounds are for */
    dpdm_bound recomputed;   /* from the events, by `accountant`; epsilon_upper infinite where it cannot be proven */
    dpdm_report_curve curve; /* of the events; empty without a claim or a proof */
    cJSON *eval;             /* NULL: none */
    const cJSON *best;       /* the classifier of `eval` with the highest mean accuracy */
    char **class_names;      /* [classes], or NULL */
    dpdm_picture grid;       /* of samples */
    int grid_drawn;          /* the grid, or the strips, were drawn here */
    dpdm_picture *strips; /* [strip_count]: samples of each class, where a grid of columns would not suit so few or so
                                many classes; else NULL */
    int strip_count;
    dpdm_picture previews[REPORT_PREVIEWS];
    uint64_t preview_steps[REPORT_PREVIEWS];
    double preview_epsilon[REPORT_PREVIEWS]; /* spent by then, where there is a claim; NaN without a proof */
    int preview_count;
    dpdm_report_timeline timeline;     /* empty: the run has no log */
    dpdm_report_neighbours neighbours; /* PRIVATE; empty unless asked for */
} dpdm_report_input;

/* All or nothing: on failure nothing is left to destroy. */
dpdm_status dpdm_report_input_read(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err);
void dpdm_report_input_destroy(dpdm_report_input *input);

/* Samples of grids drawn here; sections tell the reader. */
dpdm_sampler dpdm_report_sampler(void);

/* The text or number of a key; NULL or NaN if there is none of this type. */
const char *dpdm_report_text(const cJSON *object, const char *key);
double dpdm_report_number(const cJSON *object, const char *key);

/* What is protected, in one word: "image" or "person"; and in the plural. */
const char *dpdm_report_unit(const dpdm_report_input *input);
const char *dpdm_report_units(const dpdm_report_input *input);

/* Name of a class: as given, else its number, written to text. */
const char *dpdm_report_class(const dpdm_report_input *input, int class, char text[16]);

/* DPDM_EFORMAT unless `eval` has the shape of `dpdm eval --json` with at most `classes` classes; *best: the classifier
 * with the highest mean accuracy. name stands for the file. */
dpdm_status dpdm_report_eval_check(const cJSON *eval, int classes, const char *name, const cJSON **best,
                                   dpdm_error *err);

#endif
