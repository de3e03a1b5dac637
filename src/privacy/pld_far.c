/* pld_far.c - the far frequencies, all at once: the nodes' losses are spread with a Gaussian kernel over a grid (Greengard
 * and Lee 2004), one FFT, and the kernel divided out. */
#include "privacy/pld_far.h"

#include <math.h>
#include <stdlib.h>

#include "privacy/fft.h"

static const double PI = 3.14159265358979323846;

/* The kernel exp(-x^2 / (2 WIDTH)) in units of the grid, cut at |x| > REACH; the grid has OVERSAMPLING points for each
 * frequency, so that |k / size| <= 1 / OVERSAMPLING. */
enum { REACH = 14, TAPS = 2 * REACH + 1, OVERSAMPLING = 8 };
static const double WIDTH = 2.5;

/* A node's first tap is kept REACH points to the right of where it belongs. carry: what rounding took from re. */
typedef struct {
    dpdm_fft fft;
    double scale; /* grid points for one unit of loss */
    double taps[TAPS];
    double *re, *im, *carry;
    double total, total_carry, weight_error, loss_error; /* sums over the nodes */
} far_grid;

static dpdm_status far_create(const dpdm_pld_wave *wave, far_grid *grid, dpdm_error *err);
static void far_free(far_grid *grid);
static void far_add(far_grid *grid, const dpdm_pld_node *node);
static void far_spread(far_grid *grid, double position, double weight);
static void far_fold(far_grid *grid);
static void far_collect(const far_grid *grid, size_t near, double edges, dpdm_pld_wave *wave);

dpdm_status dpdm_pld_far_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err)
{
    dpdm_pld_rule rule;
    double highest = (double)(wave->count - 1) * wave->spacing;
    if (!dpdm_pld_rule_choose(tilt->pair, tilt->order, highest, &tilt->range, DPDM_PLD_NODES_MAX, &rule))
        return dpdm_error_set(err, DPDM_ERANGE, "more than %zu nodes are needed at noise multiplier %g and rate %g",
                              DPDM_PLD_NODES_MAX, tilt->pair->sigma, tilt->pair->rate);
    far_grid grid;
    dpdm_status status = far_create(wave, &grid, err);
    if (!status) {
        double log_mass = dpdm_pld_tilt_log_mass(tilt, rule.step);
        for (size_t j = 0; j < rule.count; j++) {
            dpdm_pld_node node = dpdm_pld_tilt_node(tilt, (rule.first + (double)j) * rule.step, log_mass);
            far_add(&grid, &node);
        }
        far_fold(&grid);
        dpdm_fft_run(&grid.fft, grid.re, grid.im);
        double tail =
            dpdm_pld_rule_tail(tilt->pair, tilt->order, &tilt->range, &rule, log_mass + log(rule.step)) / grid.total;
        far_collect(&grid, near, rule.discretisation + tail, wave);
    }
    far_free(&grid);
    return status;
}

static dpdm_status far_create(const dpdm_pld_wave *wave, far_grid *grid, dpdm_error *err)
{
    *grid = (far_grid){0};
    size_t size = (size_t)OVERSAMPLING * wave->count, padded = size + 2 * (size_t)TAPS;
    dpdm_status status = dpdm_fft_create(size, &grid->fft, err);
    if (status)
        return status;
    grid->re = calloc(3 * padded, sizeof *grid->re);
    if (!grid->re)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a grid of %zu points", size);
    grid->im = grid->re + padded;
    grid->carry = grid->im + padded;
    grid->scale = wave->spacing * (double)size / (2 * PI);
    for (int m = -REACH; m <= REACH; m++)
        grid->taps[m + REACH] = exp(-m * m / (2 * WIDTH));
    return DPDM_OK;
}

static void far_free(far_grid *grid)
{
    dpdm_fft_free(&grid->fft);
    free(grid->re);
}

static void far_add(far_grid *grid, const dpdm_pld_node *node)
{
    grid->weight_error += node->weight * node->weight_error;
    grid->loss_error += node->weight * node->loss_error;
    double y = node->weight - grid->total_carry, t = grid->total + y;
    grid->total_carry = (t - grid->total) - y;
    grid->total = t;
    far_spread(grid, node->loss * grid->scale, node->weight);
}

/* exp(-(m - d)^2 / (2 W)) = exp(-d^2 / (2 W)) exp(d / W)^m exp(-m^2 / (2 W)); each grid point is a compensated sum. */
static void far_spread(far_grid *grid, double position, double weight)
{
    double size = (double)grid->fft.size, whole = floor(position + 0.5), d = position - whole;
    double wrapped = whole - size * floor(whole / size);
    double value[TAPS], up = exp(d / WIDTH), down = exp(-d / WIDTH), right = weight * exp(-d * d / (2 * WIDTH));
    double left = right;
    value[REACH] = right;
    for (int m = 1; m <= REACH; m++) {
        right *= up;
        left *= down;
        value[REACH + m] = right * grid->taps[REACH + m];
        value[REACH - m] = left * grid->taps[REACH - m];
    }
    double *restrict sum = grid->re + (size_t)wrapped, *restrict carry = grid->carry + (size_t)wrapped;
    for (int m = 0; m < TAPS; m++) {
        double a = sum[m], b = value[m], s = a + b, part = s - a;
        carry[m] += (a - (s - part)) + (b - part);
        sum[m] = s;
    }
}

/* Adds the carries, folds both ends over, and moves all back by REACH. */
static void far_fold(far_grid *grid)
{
    size_t size = grid->fft.size;
    for (size_t n = 0; n < size + TAPS; n++)
        grid->re[n] += grid->carry[n];
    for (size_t n = 0; n < REACH; n++) {
        grid->re[n + size] += grid->re[n];
        grid->re[n + REACH] += grid->re[n + REACH + size];
    }
    for (size_t n = 0; n < size; n++)
        grid->re[n] = grid->re[n + REACH];
}

/* Divides by the kernel's transform sqrt(2 pi W) exp(-2 pi^2 W (k / size)^2) and by the total of the weights.
 *
 * Errors: numerator and total each miss the edges and have the weights' rounding; the total is a compensated sum, and
 * dividing rounds by 16 u, subtracting 1 by u. Times the kernel's range kappa(0) / kappa(1/8) < 2.2: spreading rounds by
 * 32 u, the FFT by its bound; the kernel's aliases are below 2.1 exp(-1.5 pi^2 WIDTH), its cut below
 * 2.1 exp(-REACH^2 / (2 WIDTH)). */
static void far_collect(const far_grid *grid, size_t near, double edges, dpdm_pld_wave *wave)
{
    double size = (double)grid->fft.size, norm = grid->total * sqrt(2 * PI * WIDTH);
    double gridding = 32 * DPDM_PLD_ROUNDOFF + dpdm_fft_error(&grid->fft) + 2.1 * exp(-1.5 * PI * PI * WIDTH) +
                      2.1 * exp(-REACH * REACH / (2 * WIDTH));
    double constant = 1.01 * (2 * (edges + grid->weight_error / grid->total) + 24 * DPDM_PLD_ROUNDOFF + 2.2 * gridding);
    double slope = 1.01 * grid->loss_error / grid->total;
    for (size_t k = near; k < wave->count; k++) {
        double f = (double)k / size, factor = exp(2 * PI * PI * WIDTH * f * f) / norm;
        wave->re[k] = grid->re[k] * factor - 1;
        wave->im[k] = grid->im[k] * factor;
        wave->error[k] = constant + (double)k * wave->spacing * slope;
    }
}
