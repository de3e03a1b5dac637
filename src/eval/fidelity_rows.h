/* fidelity_rows.h - what all measures of fidelity.h do first: check the rows, take their means. */
#ifndef DPDM_EVAL_FIDELITY_ROWS_H
#define DPDM_EVAL_FIDELITY_ROWS_H

#include "dpdm/fidelity.h"

/* DPDM_EUSAGE unless both sets have the same dimension and at least `least` rows; DPDM_ERANGE for a value that is not
 * finite. */
dpdm_status fidelity_rows_check(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic, uint64_t least,
                                dpdm_error *err);
/* mean[k] = mean over the rows of feature k; deviations[k], unless NULL, the sum of squared differences from it. */
void fidelity_rows_moments(const dpdm_feature_rows *rows, double *mean, double *deviations);

#endif
