/* pld_tilt.c - the nodes of one pair at one order. */
#include "privacy/pld_tilt.h"

#include <math.h>
#include <stdlib.h>

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
