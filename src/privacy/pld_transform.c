/* pld_transform.c - the transform of one step: what both ways of computing it share. */
#include "privacy/pld_transform.h"

#include <math.h>
#include <stdlib.h>

/* At most this many frequencies are summed directly, and about this many products spent on them. */
static const size_t NEAR_MAX = 1024, NEAR_MIN = 16;
static const double NEAR_WORK = 4e6;

dpdm_status dpdm_pld_tilt_create(const dpdm_pld_pair *pair, double order, dpdm_pld_tilt *tilt, dpdm_error *err)
{
    *tilt = (dpdm_pld_tilt){.pair = pair, .order = order, .range = dpdm_pld_range_trim(pair, order)};
    if (!dpdm_pld_pair_moment(pair, order, &tilt->moment))
        return dpdm_error_set(err, DPDM_ERANGE, "order %g is out of reach at noise multiplier %g", order, pair->sigma);
    return DPDM_OK;
}

double dpdm_pld_tilt_log_mass(const dpdm_pld_tilt *tilt, double step)
{
    return tilt->moment.log_value + 0.5 * log(2 * 3.14159265358979323846) - log(step);
}

dpdm_pld_node dpdm_pld_tilt_node(const dpdm_pld_tilt *tilt, double u, double log_mass)
{
    dpdm_pld_ratio ratio = dpdm_pld_pair_ratio(tilt->pair, u);
    double exponent = tilt->order * ratio.value, magnitude = u * u / 2 + fabs(exponent) + fabs(log_mass);
    dpdm_pld_node node = {.loss = ratio.value - tilt->moment.mean, .weight = exp(exponent - u * u / 2 - log_mass)};
    node.loss_error = ratio.error + 8 * DPDM_PLD_ROUNDOFF * fabs(node.loss);
    node.weight_error = DPDM_PLD_ROUNDOFF * (8 + 4 * magnitude) + fabs(tilt->order) * ratio.error;
    return node;
}

dpdm_status dpdm_pld_wave_create(size_t count, double spacing, dpdm_pld_wave *wave, dpdm_error *err)
{
    *wave = (dpdm_pld_wave){.count = count, .spacing = spacing, .re = malloc(3 * count * sizeof *wave->re)};
    if (!wave->re)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu frequencies of the accountant", count);
    wave->im = wave->re + count;
    wave->error = wave->im + count;
    return DPDM_OK;
}

void dpdm_pld_wave_free(dpdm_pld_wave *wave)
{
    free(wave->re);
    *wave = (dpdm_pld_wave){0};
}

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
    if (status == DPDM_OK && near < wave->count)
        status = dpdm_pld_far_run(tilt, near, wave, err);
    return status;
}
