/* finite.c - see finite.h. */
#include "base/finite.h"

#include <math.h>

int dpdm_all_finite(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return 0;
    return 1;
}
