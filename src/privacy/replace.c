/* replace.c - the guarantee where one unit is replaced by another, from that for adding and removing one. */
#include <math.h>
#include "dpdm/attacker.h"

dpdm_status dpdm_account_replace(const dpdm_event *events, size_t count, unsigned group, double delta,
                                 dpdm_accountant accountant, double *epsilon, dpdm_error *err)
{
    dpdm_bound first, second;
    *epsilon = INFINITY;
    dpdm_status status = dpdm_account_group(events, count, group, delta / 2, accountant, &first, err);
    if (status)
        return status;
    /* What is left of delta is multiplied by exp(epsilon of the first half) on its way: rounded down, 1e-12 is more than
     * the error of exp and of the product. */
    const double left = delta / 2 * exp(-first.epsilon_upper) * (1 - 1e-12);
    if (!(left > 0))
        return dpdm_error_set(err, DPDM_ERANGE,
                              "epsilon %g for one unit is too large to follow from it what holds where one is replaced",
                              first.epsilon_upper);
    status = dpdm_account_group(events, count, group, left, accountant, &second, err);
    if (!status)
        *epsilon = nextafter(first.epsilon_upper + second.epsilon_upper, INFINITY);
    return status;
}
