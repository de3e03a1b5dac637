/* pld_composition.c - events checked, merged and summed. */
#include "privacy/pld_composition.h"

#include <math.h>
#include <stdlib.h>

#include "privacy/proven.h"

static dpdm_status composition_check(const dpdm_event *event, size_t index, dpdm_error *err);
static void composition_add(dpdm_pld_composition *composition, const dpdm_event *event, unsigned group);

dpdm_status dpdm_pld_composition_create(const dpdm_event *events, size_t count, unsigned group,
                                        dpdm_pld_composition *composition, dpdm_error *err)
{
    *composition = (dpdm_pld_composition){0};
    if (group < 1 || group > DPDM_PLD_GROUP_MAX)
        return dpdm_error_set(err, DPDM_ERANGE,
                              "a unit of %u records is outside 1..%d: cap the records of a unit lower", group,
                              DPDM_PLD_GROUP_MAX);
    if (count && !events)
        return dpdm_error_set(err, DPDM_EUSAGE, "%zu events are announced but none are given", count);
    double steps = 0;
    for (size_t i = 0; i < count; i++) {
        dpdm_status status = composition_check(&events[i], i, err);
        if (status)
            return status;
        steps += (double)events[i].steps;
    }
    if (steps > DPDM_PLD_STEPS_MAX)
        return dpdm_error_set(err, DPDM_ERANGE, "%.0f steps in all are more than the %.0f the proof covers", steps,
                              DPDM_PLD_STEPS_MAX);
    composition->parts = calloc(count ? count : 1, sizeof *composition->parts);
    if (!composition->parts)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu accounted events", count);
    for (size_t i = 0; i < count; i++)
        composition_add(composition, &events[i], group);
    composition->gaussian_error = ((double)count + 4) * DPDM_PLD_ROUNDOFF;
    return DPDM_OK;
}

void dpdm_pld_composition_free(dpdm_pld_composition *composition)
{
    free(composition->parts);
    *composition = (dpdm_pld_composition){0};
}

double dpdm_pld_composition_floor(const dpdm_pld_composition *composition)
{
    double floor = composition->gaussian > 0 ? INFINITY : 0;
    for (size_t i = 0; i < composition->count; i++) {
        const dpdm_pld_part *part = &composition->parts[i];
        floor -= part->steps * part->pair.group * log1p(-part->pair.rate);
    }
    return floor * (1 + ((double)composition->count + 8) * DPDM_PLD_ROUNDOFF);
}

double dpdm_pld_composition_touch(const dpdm_pld_composition *composition)
{
    return -expm1(-dpdm_pld_composition_floor(composition)) * (1 + 8 * DPDM_PLD_ROUNDOFF);
}

int dpdm_pld_composition_moment(const dpdm_pld_composition *composition, double order, dpdm_pld_moment *moment)
{
    double mu2 = composition->gaussian, scale = order * (order - 1) / 2;
    *moment = (dpdm_pld_moment){.log_value = mu2 * scale,
                                .error = mu2 * (fabs(scale) + fabs(order)) *
                                         (composition->gaussian_error + 6 * DPDM_PLD_ROUNDOFF),
                                .mean = mu2 * (order - 0.5),
                                .variance = mu2};
    double magnitude = fabs(moment->log_value);
    for (size_t i = 0; i < composition->count; i++) {
        double steps = composition->parts[i].steps;
        dpdm_pld_moment one;
        if (!dpdm_pld_pair_moment(&composition->parts[i].pair, order, &one))
            return 0;
        moment->log_value += steps * one.log_value;
        moment->error += steps * one.error;
        moment->mean += steps * one.mean;
        moment->variance += steps * one.variance;
        magnitude += fabs(steps * one.log_value);
    }
    moment->error = 1.01 * moment->error + ((double)composition->count + 2) * DPDM_PLD_ROUNDOFF * magnitude;
    return dpdm_proven_holds(moment->log_value, moment->error);
}

static dpdm_status composition_check(const dpdm_event *event, size_t index, dpdm_error *err)
{
    double q = event->sampling_rate, sigma = event->noise_multiplier;
    if (!(q >= 0 && q <= 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "event %zu: sampling rate %g is not in [0, 1]", index + 1, q);
    if (!(sigma > 0) || isinf(sigma))
        return dpdm_error_set(err, DPDM_EUSAGE, "event %zu: noise multiplier %g is not a positive number", index + 1,
                              sigma);
    if (event->steps < 1)
        return dpdm_error_set(err, DPDM_EUSAGE, "event %zu: 0 steps; give at least 1 or leave the event out",
                              index + 1);
    if (sigma < DPDM_PLD_SIGMA_MIN || sigma > DPDM_PLD_SIGMA_MAX)
        return dpdm_error_set(err, DPDM_ERANGE, "event %zu: noise multiplier %g is outside the proven range %g..%g",
                              index + 1, sigma, DPDM_PLD_SIGMA_MIN, DPDM_PLD_SIGMA_MAX);
    if (q > 0 && q < DPDM_PLD_RATE_MIN)
        return dpdm_error_set(err, DPDM_ERANGE, "event %zu: sampling rate %g is below the proven range (%g)", index + 1,
                              q, DPDM_PLD_RATE_MIN);
    return DPDM_OK;
}

static void composition_add(dpdm_pld_composition *composition, const dpdm_event *event, unsigned group)
{
    double q = event->sampling_rate, sigma = event->noise_multiplier, steps = (double)event->steps;
    if (q == 0)
        return;
    if (q == 1) {
        composition->gaussian += steps * (group / sigma) * (group / sigma);
        return;
    }
    for (size_t i = 0; i < composition->count; i++) {
        dpdm_pld_part *part = &composition->parts[i];
        if (part->pair.rate == q && part->pair.sigma == sigma) {
            part->steps += steps;
            return;
        }
    }
    dpdm_pld_part *part = &composition->parts[composition->count++];
    dpdm_pld_pair_init(&part->pair, q, sigma, group);
    part->steps = steps;
}
