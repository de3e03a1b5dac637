/* pld_decay.c - a proven bound on the transform at all large frequencies. */
#include "privacy/pld_decay.h"

#include <math.h>

static const double PI = 3.14159265358979323846;
static const double NODES_MAX = 200000;

/* Bounds on the tilted mass and the total variation of p in one cell around a node. */
typedef struct {
    double density, mass_low, mass_high, variation;
} decay_cell;

typedef struct {
    const dpdm_pld_pair *pair;
    double order, log_mass, left, width, slope;
    size_t count;
} decay_scan;

static int decay_plan(decay_scan *scan, const dpdm_pld_range *range);
static decay_cell decay_at(const decay_scan *scan, size_t j);
static double decay_left(const decay_scan *scan);
static double decay_trimmed(const decay_scan *scan, const dpdm_pld_range *range);

void dpdm_pld_decay_create(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                           const dpdm_pld_moment *moment, dpdm_pld_decay *decay)
{
    decay_scan scan = {.pair = pair, .order = order, .log_mass = moment->log_value - moment->error + 0.5 * log(2 * PI)};
    decay->count = 0;
    if (!decay_plan(&scan, range))
        return;
    /* From the right: cut at the left edge of cell j. Right of the last cell p falls, or what is there counts as mass. */
    double variation = 1.2 * decay_at(&scan, scan.count - 1).density, mass = 0;
    size_t every = scan.count / (DPDM_PLD_CUTS - 1) + 1, cuts[DPDM_PLD_CUTS];
    for (size_t j = scan.count; j-- > 0;) {
        decay_cell cell = decay_at(&scan, j);
        variation += cell.variation;
        mass += cell.mass_low;
        if (j % every == 0 && isfinite(variation)) {
            cuts[decay->count] = j;
            decay->floor[decay->count] = 1 - mass * exp(-2 * moment->error) * (1 - 1e-9);
            decay->pull[decay->count++] = 1.01 * (variation + 1.2 * cell.density);
        }
    }
    /* Where little lies to the left, that mass itself is the better floor. */
    double left = decay_left(&scan) + decay_trimmed(&scan, range);
    for (size_t j = 0, i = decay->count; j < scan.count && i > 0; j++) {
        if (j == cuts[i - 1]) {
            i--;
            decay->floor[i] = fmin(decay->floor[i], 1.01 * left);
        }
        left += decay_at(&scan, j).mass_high;
    }
}

double dpdm_pld_decay_log(const dpdm_pld_decay *decay, double frequency)
{
    double best = 1;
    for (size_t i = 0; i < decay->count; i++)
        best = fmin(best, decay->floor[i] + decay->pull[i] / frequency);
    return best < 1 ? log(fmax(best, 1e-300)) * (1 - 1e-12) : 0;
}

/* Range and width of the cells. To the left of the range p rises (the slope of log p is at least 9), to the right it
 * falls. */
static int decay_plan(decay_scan *scan, const dpdm_pld_range *range)
{
    double rate = scan->pair->group / scan->pair->sigma, order = scan->order;
    double right = range->right;
    scan->left = -9 - rate;
    if (order < 0)
        for (int i = 0; i < 7; i++) /* an odd number: see pld_pair.c */
            scan->left = -9 - rate + 1.001 * order * dpdm_pld_pair_ratio(scan->pair, scan->left).slope;
    scan->slope = (fabs(order) + 1) * rate;
    scan->width = 0.25 / (scan->slope + fmax(right, -scan->left) + 1);
    double count = ceil((right - scan->left) / scan->width) + 1;
    if (!(count < NODES_MAX))
        return 0;
    scan->count = (size_t)count;
    return 1;
}

/* log p has slope d = -u + s L' - L''/L' with |d'| <= 1 + (|s| / 4 + 2) (m / sigma)^2, and |d| <= slope + |u|. */
static decay_cell decay_at(const decay_scan *scan, size_t j)
{
    double u = scan->left + (double)j * scan->width, h = scan->width, rate = scan->pair->group / scan->pair->sigma;
    dpdm_pld_ratio ratio = dpdm_pld_pair_ratio(scan->pair, u);
    double weight = exp(scan->order * ratio.value - u * u / 2 - scan->log_mass);
    double swing = exp(h / 2 * (scan->slope + fabs(u) + h) + fabs(scan->order) * ratio.error + 1e-9);
    double d = fabs(-u + scan->order * ratio.slope - ratio.curvature / ratio.slope) +
               h / 2 * (1 + (fabs(scan->order) / 4 + 2) * rate * rate) + 1e-9 * (scan->slope + fabs(u));
    decay_cell cell = {
        .density = weight / ratio.slope, .mass_low = h * weight / swing, .mass_high = h * weight * swing};
    cell.variation = cell.density * swing * h * d;
    return cell;
}

/* Tilted mass to the left of the range: the exponent, or -u^2/2 that bounds it, falls there at a slope of 9 at least.
 */
static double decay_left(const decay_scan *scan)
{
    double u = scan->left - scan->width / 2, order = scan->order;
    double exponent = order > 0 ? 0 : order * dpdm_pld_pair_ratio(scan->pair, u).value;
    return exp(exponent - u * u / 2 - scan->log_mass) / 9;
}

/* Tilted mass to the right of a trimmed range: of the cells that were cut off, and of all beyond them, where the
 * exponent falls at a slope of 9.5 at least from the first cell's value on. */
static double decay_trimmed(const decay_scan *scan, const dpdm_pld_range *range)
{
    return (range->cell + scan->width + 1 / 9.0) * range->cut / exp(scan->log_mass);
}
