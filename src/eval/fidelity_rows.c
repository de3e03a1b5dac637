/* fidelity_rows.c - see fidelity_rows.h. */
#include "eval/fidelity_rows.h"

#include <math.h>
#include <string.h>

static dpdm_status rows_check_one(const dpdm_feature_rows *rows, const char *which, uint64_t least, dpdm_error *err)
{
    if (rows->count < least)
        return dpdm_error_set(err, DPDM_EUSAGE, "the %s set has %llu images; this measure needs at least %llu", which,
                              (unsigned long long)rows->count, (unsigned long long)least);
    for (uint64_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < rows->dimension; k++)
            if (!isfinite(rows->values[i * rows->dimension + k]))
                return dpdm_error_set(err, DPDM_ERANGE, "feature %zu of image %llu of the %s set is not finite", k,
                                      (unsigned long long)i, which);
    return DPDM_OK;
}

dpdm_status fidelity_rows_check(const dpdm_feature_rows *real, const dpdm_feature_rows *synthetic, uint64_t least,
                                dpdm_error *err)
{
    if (real->dimension != synthetic->dimension || real->dimension == 0)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "the sets have %zu and %zu features an image: take both from one extractor",
                              real->dimension, synthetic->dimension);
    dpdm_status status = rows_check_one(real, "real", least, err);
    return status ? status : rows_check_one(synthetic, "synthetic", least, err);
}

void fidelity_rows_moments(const dpdm_feature_rows *rows, double *mean, double *deviations)
{
    const size_t d = rows->dimension;
    memset(mean, 0, d * sizeof *mean);
    for (uint64_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < d; k++)
            mean[k] += (double)rows->values[i * d + k];
    for (size_t k = 0; k < d; k++)
        mean[k] /= (double)rows->count;
    if (!deviations)
        return;
    memset(deviations, 0, d * sizeof *deviations);
    for (uint64_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < d; k++) {
            const double x = (double)rows->values[i * d + k] - mean[k];
            deviations[k] += x * x;
        }
}
