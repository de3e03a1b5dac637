/* pld_transform.c - the transform of one step, by the way that suits each frequency. */
#include "privacy/pld_transform.h"

#include "privacy/pld_far.h"
#include "privacy/pld_near.h"

/* At most this many frequencies are summed directly, and about this many products spent on them. */
static const size_t NEAR_MAX = 1024, NEAR_MIN = 16;
static const double NEAR_WORK = 4e6;

dpdm_status dpdm_pld_transform_run(const dpdm_pld_tilt *tilt, dpdm_pld_wave *wave, dpdm_error *err)
{
    size_t near = wave->count < NEAR_MAX ? wave->count : NEAR_MAX;
    dpdm_pld_rule rule;
    while (near > NEAR_MIN && (!dpdm_pld_rule_choose(tilt->pair, tilt->order, (double)near * wave->spacing,
                                                     &tilt->range, DPDM_PLD_NODES_MAX, &rule) ||
                               (double)rule.count * (double)near > NEAR_WORK))
        near /= 2;
    near = near < wave->count ? near : wave->count;
    dpdm_status status = dpdm_pld_near_run(tilt, near, wave, err);
    if (!status && near < wave->count)
        status = dpdm_pld_far_run(tilt, near, wave, err);
    return status;
}
