/* twin.h - the report for machines: the same figures as one JSON object (docs/report.schema.json). */
#ifndef DPDM_REPORT_TWIN_H
#define DPDM_REPORT_TWIN_H

#include <stdio.h>
#include "report/input.h"

/* Writes the object, with a new line at its end. DPDM_ENOMEM. */
dpdm_status dpdm_report_put_twin(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err);

#endif
