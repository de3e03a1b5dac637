/* delta.c - see delta.h. */
#include "privacy/delta.h"

#include <math.h>
#include <stdio.h>
#include "base/number.h"

dpdm_status dpdm_delta_check(double delta, int accepted, const char *option, dpdm_error *err)
{
    if (!(delta > 0 && delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "delta must lie between 0 and 1, both excluded; a usual choice is below 1 / records, for "
                              "example 1e-5 for 60,000 images");
    if (delta >= DPDM_DELTA_MOST && !accepted)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "delta %g protects nobody: with that probability anything may be shown. Choose one well "
                              "below 1 / records, for example 1e-5 for 60,000 images%s%s",
                              delta, option ? "; if it is meant, say so with " : "", option ? option : "");
    return DPDM_OK;
}

int dpdm_delta_warning(double delta, uint64_t records, double batch, double rate, char text[DPDM_DELTA_TEXT])
{
    const double count = records ? (double)records : batch / rate;
    if (!(delta * count >= 1))
        return 0;
    char value[40], number[40];
    dpdm_number_format(delta, value, sizeof value);
    dpdm_number_format(round(count), number, sizeof number);
    snprintf(text, DPDM_DELTA_TEXT,
             "delta %s is 1 / %s or more, of %s images%s: a program that publishes a whole image drawn at random has "
             "such a delta, so the claim protects hardly anybody; choose delta well below it",
             value, number, number, records ? "" : " as expected from batch / sampling rate");
    return 1;
}
