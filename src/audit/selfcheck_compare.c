/* selfcheck_compare.c - comparisons without tolerance, in integers. */
#include "audit/selfcheck_compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/print.h"

__extension__ typedef unsigned __int128 compare_u128;

static int compare_within(const int64_t *z, size_t n, int bits);
static dpdm_status compare_contribution(const selfcheck_trial *trial, uint64_t record, int64_t *z,
                                        dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status compare_noise(const selfcheck_trial *trial, dpdm_selfcheck_result *result, dpdm_error *err);
static void compare_release(const selfcheck_trial *trial, dpdm_selfcheck_result *result);
static void compare_others(const selfcheck_trial *a, const selfcheck_trial *b, const uint8_t *odd,
                           dpdm_selfcheck_result *result);

/* Differences modulo 2^64, as the sums themselves are kept: exact wherever the true one fits. */
static int64_t compare_minus(int64_t x, int64_t y)
{
    return (int64_t)((uint64_t)x - (uint64_t)y);
}

void selfcheck_fail(dpdm_selfcheck_result *result, const char *format, ...)
{
    if (!result->passed)
        return;
    result->passed = 0;
    va_list args;
    va_start(args, format);
    dpdm_print_list(result->detail, sizeof result->detail, format, args);
    va_end(args);
}

dpdm_status selfcheck_sound(const selfcheck_trial *trial, dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = trial->lab->parameters;
    int64_t *z = calloc(n, sizeof *z), *total = calloc(n, sizeof *total);
    dpdm_status status = DPDM_OK;
    if (!z || !total)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to compare two steps");
    for (uint64_t i = 0; !status && i < trial->seen.selected; i++) {
        status = compare_contribution(trial, trial->chosen[i], z, result, err);
        for (size_t k = 0; k < n; k++)
            total[k] += z[k];
    }
    for (size_t k = 0; !status && k < n; k++)
        if (total[k] != trial->sum[k]) {
            selfcheck_fail(result, "step %" PRIu64 ": coordinate %zu of the sum is not the sum of the records'",
                           trial->number, k);
            break;
        }
    if (!status)
        status = compare_noise(trial, result, err);
    if (!status)
        compare_release(trial, result);
    free(total);
    free(z);
    return status;
}

/* The records that may differ. */
typedef struct {
    uint8_t odd[SELFCHECK_ROOM];
    int most; /* of them in one batch */
} compare_odd;

/* Adds what the odd records of a batch add to its sum, each within the bound. */
static dpdm_status compare_odd_sum(const selfcheck_trial *trial, const compare_odd *who, int64_t *total,
                                   dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = trial->lab->parameters;
    int64_t *z = calloc(n, sizeof *z);
    dpdm_status status = z ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory to compare two steps");
    int found = 0;
    for (uint64_t i = 0; !status && i < trial->seen.selected; i++) {
        if (!who->odd[trial->chosen[i]])
            continue;
        found++;
        status = compare_contribution(trial, trial->chosen[i], z, result, err);
        for (size_t k = 0; k < n; k++)
            total[k] += z[k];
    }
    if (found > who->most)
        selfcheck_fail(result, "%d records of one unit are in a batch, not at most %d", found, who->most);
    free(z);
    return status;
}

static dpdm_status compare_neighbours(const selfcheck_trial *a, const selfcheck_trial *b, const compare_odd *who,
                                      dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = a->lab->parameters;
    compare_others(a, b, who->odd, result);
    int64_t *za = calloc(n, sizeof *za), *zb = calloc(n, sizeof *zb);
    dpdm_status status = DPDM_OK;
    if (!za || !zb)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to compare two steps");
    if (!status)
        status = compare_odd_sum(a, who, za, result, err);
    if (!status)
        status = compare_odd_sum(b, who, zb, result, err);
    for (size_t k = 0; !status && k < n; k++) {
        if (compare_minus(b->sum[k], a->sum[k]) != compare_minus(zb[k], za[k])) {
            selfcheck_fail(result, "coordinate %zu of the sum moved by more than the one unit", k);
            break;
        }
        if (compare_minus(a->noised[k], a->sum[k]) != compare_minus(b->noised[k], b->sum[k])) {
            selfcheck_fail(result, "coordinate %zu: the noise is not the same on both data sets", k);
            break;
        }
    }
    free(zb);
    free(za);
    return status;
}

dpdm_status selfcheck_neighbours(const selfcheck_trial *a, const selfcheck_trial *b, uint64_t odd,
                                 dpdm_selfcheck_result *result, dpdm_error *err)
{
    compare_odd who = {.most = 1};
    if (odd < SELFCHECK_ROOM)
        who.odd[odd] = 1;
    return compare_neighbours(a, b, &who, result, err);
}

dpdm_status selfcheck_neighbours_owner(const selfcheck_trial *a, const selfcheck_trial *b, uint64_t owner, int cap,
                                       dpdm_selfcheck_result *result, dpdm_error *err)
{
    compare_odd who = {.most = cap};
    for (uint64_t i = 0; i < SELFCHECK_ROOM; i++)
        who.odd[i] = selfcheck_owner(i) == owner;
    return compare_neighbours(a, b, &who, result, err);
}

void selfcheck_same(const selfcheck_trial *a, const selfcheck_trial *b, dpdm_selfcheck_result *result)
{
    size_t n = a->lab->parameters;
    if (a->seen.selected != b->seen.selected || memcmp(a->chosen, b->chosen, a->seen.selected * sizeof *a->chosen) != 0)
        selfcheck_fail(result, "step %" PRIu64 ": another batch", a->number);
    else if (memcmp(a->norms, b->norms, a->seen.selected * sizeof *a->norms) != 0)
        selfcheck_fail(result, "step %" PRIu64 ": other gradients", a->number);
    else if (memcmp(a->sum, b->sum, n * sizeof *a->sum) != 0)
        selfcheck_fail(result, "step %" PRIu64 ": another sum", a->number);
    else if (memcmp(a->noised, b->noised, n * sizeof *a->noised) != 0)
        selfcheck_fail(result, "step %" PRIu64 ": other noise", a->number);
    else if (memcmp(a->out, b->out, n * sizeof *a->out) != 0)
        selfcheck_fail(result, "step %" PRIu64 ": another release", a->number);
}

double selfcheck_moved(const selfcheck_trial *a, const selfcheck_trial *b)
{
    double square = 0;
    for (size_t k = 0; k < a->lab->parameters; k++) {
        double d = ldexp((double)compare_minus(b->sum[k], a->sum[k]), -a->mechanism.grid.bits);
        square += d * d;
    }
    return sqrt(square);
}

/* Is the integer norm of z at most 2^bits? Each square is below 2^126 + 1 and the sum so far at most 2^88, so nothing
 * overflows. */
static int compare_within(const int64_t *z, size_t n, int bits)
{
    compare_u128 bound = (compare_u128)1 << (2 * bits), square = 0;
    for (size_t k = 0; k < n; k++) {
        compare_u128 size = z[k] < 0 ? 0 - (uint64_t)z[k] : (uint64_t)z[k];
        square += size * size;
        if (square > bound)
            return 0;
    }
    return 1;
}

/* What a record adds to the sum, from the gradient that the step received. */
/* What a gradient adds to the sum. It is clipped in the order of the step's vectors: the last bits of a norm depend on
 * the order of its terms. */
static dpdm_status compare_clip(const selfcheck_trial *trial, const float *gradient, int64_t *z, dpdm_error *err)
{
    float *vector = calloc(trial->given, sizeof *vector);
    int64_t *added = calloc(trial->given, sizeof *added);
    size_t n = trial->lab->parameters;
    dpdm_status status = vector && added ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory to clip a gradient");
    for (size_t k = 0; !status && k < n; k++)
        vector[selfcheck_trial_place(trial, k)] = gradient[k];
    if (!status)
        status = dpdm_grid_add(&trial->mechanism.grid, vector, trial->given, added, NULL, err);
    for (size_t k = 0; !status && k < n; k++)
        z[k] = added[selfcheck_trial_place(trial, k)];
    free(added);
    free(vector);
    return status;
}

static dpdm_status compare_contribution(const selfcheck_trial *trial, uint64_t record, int64_t *z,
                                        dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = trial->lab->parameters;
    const float *gradient = trial->gradients + record * n;
    dpdm_status status = compare_clip(trial, gradient, z, err);
    if (status)
        return status;
    int finite = 1, zero = 1;
    for (size_t k = 0; k < n; k++) {
        finite = finite && isfinite(gradient[k]);
        zero = zero && z[k] == 0;
    }
    if (!finite && !zero)
        selfcheck_fail(result, "the gradient of image %" PRIu64 " is not finite, yet it adds something", record);
    if (finite && zero)
        selfcheck_fail(result, "the gradient of image %" PRIu64 " adds nothing: the check would see nothing", record);
    if (!compare_within(z, n, trial->mechanism.grid.bits))
        selfcheck_fail(result, "image %" PRIu64 " adds a vector of norm above 2^%d", record,
                       trial->mechanism.grid.bits);
    return DPDM_OK;
}

/* The noise of this key and step, drawn onto zeros, is what stands between sum and noised sum. */
static dpdm_status compare_noise(const selfcheck_trial *trial, dpdm_selfcheck_result *result, dpdm_error *err)
{
    size_t n = trial->lab->parameters;
    int64_t *noise = calloc(n, sizeof *noise);
    if (!noise)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to compare noise");
    dpdm_status status = dpdm_gaussian_add(&trial->mechanism.grid, trial->mechanism.noise_multiplier, &trial->lab->key,
                                           DPDM_PURPOSE_NOISE, trial->number, 0, n, noise, err);
    for (size_t k = 0; !status && k < n; k++)
        if (compare_minus(trial->noised[k], trial->sum[k]) != noise[k]) {
            selfcheck_fail(result, "step %" PRIu64 ": coordinate %zu does not have the noise of its key and step",
                           trial->number, k);
            break;
        }
    free(noise);
    return status;
}

/* C, B and 2^s are powers of two and the noised sum is below 2^53, so that the double is exact: one rounding, to fp32. */
static void compare_release(const selfcheck_trial *trial, dpdm_selfcheck_result *result)
{
    const dpdm_dp_mechanism *mechanism = &trial->mechanism;
    for (size_t k = 0; k < trial->lab->parameters; k++) {
        double exact = ldexp((double)trial->noised[k] * mechanism->grid.clip, -mechanism->grid.bits) / mechanism->batch;
        if (trial->out[k] != (float)exact) {
            selfcheck_fail(result, "step %" PRIu64 ": coordinate %zu of the release is not noised C / (2^s B)",
                           trial->number, k);
            return;
        }
    }
}

/* Everyone but the odd records: the same selection, the same norm, the same gradient. */
static void compare_others(const selfcheck_trial *a, const selfcheck_trial *b, const uint8_t *odd,
                           dpdm_selfcheck_result *result)
{
    size_t n = a->lab->parameters;
    uint64_t i = 0, j = 0;
    for (;;) {
        while (i < a->seen.selected && odd[a->chosen[i]])
            i++;
        while (j < b->seen.selected && odd[b->chosen[j]])
            j++;
        if (i == a->seen.selected || j == b->seen.selected)
            break;
        uint64_t record = a->chosen[i];
        if (record != b->chosen[j])
            break;
        if (memcmp(&a->norms[i], &b->norms[j], sizeof *a->norms) != 0 ||
            memcmp(a->gradients + record * n, b->gradients + record * n, n * sizeof *a->gradients) != 0)
            selfcheck_fail(result, "the gradient of image %" PRIu64 " depends on another image", record);
        i++;
        j++;
    }
    if (i != a->seen.selected || j != b->seen.selected)
        selfcheck_fail(result, "the selection of other images is not the same");
}
