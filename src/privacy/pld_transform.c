/* pld_transform.c - nodes spread over a grid, transformed, and the kernel divided out. */
#include "privacy/pld_transform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/* The kernel exp(-x^2 / (2 WIDTH)) in units of the grid, cut at |x| > REACH; the grid has OVERSAMPLING points for each
 * frequency, so that |k / size| <= 1 / OVERSAMPLING. */
enum { REACH = 14, TAPS = 2 * REACH + 1, OVERSAMPLING = 8 };
static const double WIDTH = 2.5;

/* Sums over the nodes, all of the weights' rounding and size. */
typedef struct {
    double total, carry, weight_error, loss_error;
} transform_sums;

static void transform_node(const dpdm_pld_pair *pair, double order, double u, double log_mass, double center,
                           const double *taps, double scale, dpdm_pld_grid *grid, transform_sums *sums);
static void transform_spread(double position, double weight, const double *taps, dpdm_pld_grid *grid);
static void transform_fold(dpdm_pld_grid *grid);
static void transform_divide(dpdm_pld_grid *grid, double total);

dpdm_status dpdm_pld_grid_create(size_t count, double spacing, dpdm_pld_grid *grid, dpdm_error *err)
{
    *grid = (dpdm_pld_grid){.count = count, .spacing = spacing};
    size_t size = OVERSAMPLING * count, padded = size + 2 * (size_t)TAPS;
    dpdm_status status = dpdm_fft_create(size, &grid->fft, err);
    if (status != DPDM_OK)
        return status;
    grid->memory = malloc(3 * padded * sizeof *grid->memory);
    if (!grid->memory)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a grid of %zu points", size);
    grid->re = grid->memory;
    grid->im = grid->re + padded;
    grid->carry = grid->im + padded;
    return DPDM_OK;
}

void dpdm_pld_grid_free(dpdm_pld_grid *grid)
{
    dpdm_fft_free(&grid->fft);
    free(grid->memory);
    *grid = (dpdm_pld_grid){0};
}

dpdm_status dpdm_pld_transform_run(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                                   const dpdm_pld_moment *moment, dpdm_pld_grid *grid, dpdm_pld_transform *transform,
                                   dpdm_error *err)
{
    dpdm_pld_rule rule;
    double highest = (double)(grid->count - 1) * grid->spacing;
    if (!dpdm_pld_rule_choose(pair, order, highest, range, DPDM_PLD_NODES_MAX, &rule))
        return dpdm_error_set(err, DPDM_ERANGE, "more than %zu nodes are needed at noise multiplier %g and rate %g",
                              DPDM_PLD_NODES_MAX, pair->sigma, pair->rate);
    double taps[TAPS], log_mass = moment->log_value + 0.5 * log(2 * PI) - log(rule.step);
    for (int m = -REACH; m <= REACH; m++)
        taps[m + REACH] = exp(-m * m / (2 * WIDTH));
    size_t padded = grid->fft.size + 2 * (size_t)TAPS;
    memset(grid->memory, 0, 3 * padded * sizeof *grid->memory);
    transform_sums sums = {0};
    double scale = grid->spacing * (double)grid->fft.size / (2 * PI);
    for (size_t j = 0; j < rule.count; j++)
        transform_node(pair, order, (rule.first + (double)j) * rule.step, log_mass, moment->mean, taps, scale, grid,
                       &sums);
    transform_fold(grid);
    dpdm_fft_run(&grid->fft, grid->re, grid->im);
    transform_divide(grid, sums.total);

    /* Numerator and denominator each miss the discretisation and the tails and have the weights' rounding. Then, all
     * times the kernel's range kappa(0) / kappa(1/8) < 2.2: spreading rounds by 24 u, the FFT by its bound; the
     * kernel's aliases are below 2.1 exp(-1.5 pi^2 WIDTH), its cut below 2.1 exp(-REACH^2 / (2 WIDTH)). */
    double tail = dpdm_pld_rule_tail(pair, order, range, &rule, log_mass) / sums.total;
    double gridding = 24 * DPDM_PLD_ROUNDOFF + dpdm_fft_error(&grid->fft) + 2.1 * exp(-1.5 * PI * PI * WIDTH) +
                      2.1 * exp(-REACH * REACH / (2 * WIDTH));
    transform->center = moment->mean;
    transform->error = 1.01 * (2 * (rule.discretisation + tail + sums.weight_error / sums.total) + 2.2 * gridding);
    transform->error_slope = 1.01 * sums.loss_error / sums.total;
    return DPDM_OK;
}

static void transform_node(const dpdm_pld_pair *pair, double order, double u, double log_mass, double center,
                           const double *taps, double scale, dpdm_pld_grid *grid, transform_sums *sums)
{
    dpdm_pld_ratio ratio = dpdm_pld_pair_ratio(pair, u);
    double tilt = order * ratio.value, loss = ratio.value - center, w = exp(tilt - u * u / 2 - log_mass);
    double magnitude = u * u / 2 + fabs(tilt) + fabs(log_mass);
    sums->weight_error += w * (DPDM_PLD_ROUNDOFF * (8 + 4 * magnitude) + fabs(order) * ratio.error);
    sums->loss_error += w * (ratio.error + 8 * DPDM_PLD_ROUNDOFF * fabs(loss));
    double y = w - sums->carry, t = sums->total + y;
    sums->carry = (t - sums->total) - y;
    sums->total = t;
    transform_spread(loss * scale, w, taps, grid);
}

/* exp(-(m - d)^2 / (2 W)) = exp(-d^2 / (2 W)) exp(d / W)^m exp(-m^2 / (2 W)); each grid point is a compensated sum. */
static void transform_spread(double position, double weight, const double *taps, dpdm_pld_grid *grid)
{
    double size = (double)grid->fft.size, whole = floor(position + 0.5), d = position - whole;
    double wrapped = whole - size * floor(whole / size);
    double value[TAPS], up = exp(d / WIDTH), down = exp(-d / WIDTH), right = weight * exp(-d * d / (2 * WIDTH));
    double left = right;
    value[REACH] = right;
    for (int m = 1; m <= REACH; m++) {
        right *= up;
        left *= down;
        value[REACH + m] = right * taps[REACH + m];
        value[REACH - m] = left * taps[REACH - m];
    }
    double *restrict sum = grid->re + (size_t)wrapped, *restrict carry = grid->carry + (size_t)wrapped;
    for (int m = 0; m < TAPS; m++) {
        double a = sum[m], b = value[m], s = a + b, part = s - a;
        carry[m] += (a - (s - part)) + (b - part);
        sum[m] = s;
    }
}

/* The grid is kept REACH points to the right of where it belongs: adds the carries, folds the ends over. */
static void transform_fold(dpdm_pld_grid *grid)
{
    size_t size = grid->fft.size;
    for (size_t n = 0; n < size + TAPS; n++)
        grid->re[n] += grid->carry[n];
    for (size_t n = 0; n < TAPS; n++)
        grid->re[n] += grid->re[size + n];
}

/* Undoes the shift by REACH, divides by the kernel's transform sqrt(2 pi W) exp(-2 pi^2 W (k / size)^2) and the total.
 */
static void transform_divide(dpdm_pld_grid *grid, double total)
{
    double size = (double)grid->fft.size, norm = total * sqrt(2 * PI * WIDTH);
    for (size_t k = 0; k < grid->count; k++) {
        double f = (double)k / size, angle = -2 * PI * f * REACH;
        double factor = exp(2 * PI * PI * WIDTH * f * f) / norm, c = factor * cos(angle), s = factor * sin(angle);
        double re = grid->re[k], im = grid->im[k];
        grid->re[k] = re * c - im * s;
        grid->im[k] = re * s + im * c;
    }
}
