/* noise_levels.c - reads a mixture of ranges of ln sigma. */
#include "dpdm/denoiser.h"

#include <math.h>
#include <string.h>
#include "base/print.h"

static const double most = 10; /* of |ln sigma| */

/* A number that ends at one of `ends`; *text moves behind it. */
static int levels_number(const char **text, const char *ends, double *value)
{
    char *end;
    *value = dpdm_print_read(*text, &end);
    if (end == *text || !strchr(ends, *end) || !isfinite(*value))
        return 0;
    *text = end;
    return 1;
}

/* LOW:HIGH or LOW:HIGH:SHARE; *text moves to what follows. */
static int levels_range(const char **text, dpdm_level_range *range)
{
    range->share = 1;
    if (!levels_number(text, ":", &range->low))
        return 0;
    ++*text;
    if (!levels_number(text, ":,", &range->high))
        return 0;
    if (**text == ':') {
        ++*text;
        if (!levels_number(text, ",", &range->share))
            return 0;
    }
    return range->low >= -most && range->high <= most && range->low < range->high && range->share > 0;
}

dpdm_status dpdm_noise_levels_read(const char *text, dpdm_denoiser *denoiser, dpdm_error *err)
{
    dpdm_level_range range[DPDM_LEVEL_RANGES];
    double total = 0;
    int count = 0;
    for (const char *at = text; *at; at += *at == ',') {
        if (count == DPDM_LEVEL_RANGES)
            return dpdm_error_set(err, DPDM_EUSAGE, "noise-levels '%s' has more than %d ranges", text,
                                  DPDM_LEVEL_RANGES);
        if (!levels_range(&at, &range[count]))
            return dpdm_error_set(
                err, DPDM_EUSAGE,
                "noise-levels '%s': range %d is not LOW:HIGH or LOW:HIGH:SHARE with %g <= LOW < HIGH <= "
                "%g, which are ln sigma, and SHARE > 0; for example -4:-1:1,-1:1:2",
                text, count + 1, -most, most);
        total += range[count++].share;
    }
    for (int i = 0; i < count; i++)
        range[i].share /= total;
    if (count)
        memcpy(denoiser->range, range, (size_t)count * sizeof *range);
    denoiser->ranges = count;
    return DPDM_OK;
}
