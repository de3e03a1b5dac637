/* audit_output.c - see audit_output.h. */
#include "audit_output.h"

#include <stdio.h>
#include "privacy_options.h"

void audit_bound_print(double epsilon_lower, double epsilon_claimed, double delta, double confidence)
{
    printf("bound     epsilon >= %.5g at delta %g, with %g %% confidence\n", dpdm_bound_round(epsilon_lower, 0), delta,
           100 * confidence);
    printf("claim     epsilon <= %.5g; the attack shows %.1f %% of it\n", dpdm_bound_round(epsilon_claimed, 1),
           100 * epsilon_lower / epsilon_claimed);
}

dpdm_status audit_verdict(double epsilon_lower, double epsilon_claimed, double delta, double confidence,
                          dpdm_error *err)
{
    if (!(epsilon_lower > epsilon_claimed))
        return DPDM_OK;
    return dpdm_error_set(err, DPDM_EINTERNAL,
                          "the attack refutes the claim: epsilon is at least %.5g at delta %g (%g %% confidence), and "
                          "%.5g is claimed. An audit of a sound mechanism ends so with probability at most %.3g: "
                          "repeat it with --confidence 0.9999; if it does again, do not trust the mechanism",
                          dpdm_bound_round(epsilon_lower, 0), delta, 100 * confidence,
                          dpdm_bound_round(epsilon_claimed, 1), 1 - confidence);
}
