/* pld_near.c - the near frequencies: every node turned from frequency to frequency, and summed.
 *
 * z = exp(i tau loss) is kept as z - 1, and turned by r = exp(i spacing loss), kept as r - 1:
 * z r - 1 = (z - 1) + (r - 1) + (z - 1)(r - 1). So all rounding is relative to |z - 1| <= min(2, tau |loss|). */
#include "privacy/pld_near.h"

#include <math.h>
#include <stdlib.h>

/* z is computed afresh this often; sums are blocked and in lanes, for the sake of both speed and rounding. */
enum { FRESH = 16, LANES = 8, BLOCK = 128, ARRAYS = 6 };

typedef struct {
    size_t count;
    double *loss, *weight, *re, *im, *turn_re, *turn_im;
    double total;                           /* of the weights */
    double loss_size, loss_error;           /* means of |loss| and of its error */
    double weight_error, weight_error_loss; /* means of the weight's relative error, alone and times |loss| */
    double edges;                           /* discretisation and tails, relative */
} near_nodes;

static dpdm_status near_reserve(size_t count, near_nodes *nodes, dpdm_error *err);
static void near_fill(const dpdm_pld_tilt *tilt, const dpdm_pld_rule *rule, near_nodes *nodes);
static void near_place(const near_nodes *nodes, double frequency, double *re, double *im);
static void near_turn(near_nodes *nodes);
static double near_mean(const near_nodes *nodes, const double *x);
static double near_error(const near_nodes *nodes, double frequency);

dpdm_status dpdm_pld_near_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err)
{
    dpdm_pld_rule rule;
    near_nodes nodes = {0};
    if (!dpdm_pld_rule_choose(tilt->pair, tilt->order, (double)near * wave->spacing, &tilt->range, DPDM_PLD_NODES_MAX,
                              &rule))
        return dpdm_error_set(err, DPDM_ERANGE, "more than %zu nodes are needed at noise multiplier %g and rate %g",
                              DPDM_PLD_NODES_MAX, tilt->pair->sigma, tilt->pair->rate);
    dpdm_status status = near_reserve(rule.count, &nodes, err);
    if (status)
        return status;
    near_fill(tilt, &rule, &nodes);
    near_place(&nodes, wave->spacing, nodes.turn_re, nodes.turn_im);
    for (size_t k = 0; k < near; k++) {
        double frequency = (double)k * wave->spacing;
        if (k % FRESH == 0)
            near_place(&nodes, frequency, nodes.re, nodes.im);
        else
            near_turn(&nodes);
        wave->re[k] = near_mean(&nodes, nodes.re);
        wave->im[k] = near_mean(&nodes, nodes.im);
        wave->error[k] = near_error(&nodes, frequency);
    }
    free(nodes.loss);
    return DPDM_OK;
}

static dpdm_status near_reserve(size_t count, near_nodes *nodes, dpdm_error *err)
{
    nodes->count = count;
    nodes->loss = malloc(ARRAYS * count * sizeof *nodes->loss);
    if (!nodes->loss)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu nodes of the accountant", count);
    nodes->weight = nodes->loss + count;
    nodes->re = nodes->weight + count;
    nodes->im = nodes->re + count;
    nodes->turn_re = nodes->im + count;
    nodes->turn_im = nodes->turn_re + count;
    return DPDM_OK;
}

static void near_fill(const dpdm_pld_tilt *tilt, const dpdm_pld_rule *rule, near_nodes *nodes)
{
    double log_mass = dpdm_pld_tilt_log_mass(tilt, rule->step), carry = 0;
    for (size_t j = 0; j < nodes->count; j++) {
        dpdm_pld_node node = dpdm_pld_tilt_node(tilt, (rule->first + (double)j) * rule->step, log_mass);
        double w = node.weight, y = w - carry, t = nodes->total + y;
        carry = (t - nodes->total) - y;
        nodes->total = t;
        nodes->loss[j] = node.loss;
        nodes->weight[j] = w;
        nodes->loss_size += w * fabs(node.loss);
        nodes->loss_error += w * node.loss_error;
        nodes->weight_error += w * node.weight_error;
        nodes->weight_error_loss += w * node.weight_error * fabs(node.loss);
    }
    double scale = 1.01 / nodes->total;
    nodes->loss_size *= scale;
    nodes->loss_error *= scale;
    nodes->weight_error *= scale;
    nodes->weight_error_loss *= scale;
    nodes->edges = rule->discretisation +
                   scale * dpdm_pld_rule_tail(tilt->pair, tilt->order, &tilt->range, rule, log_mass + log(rule->step));
}

/* z - 1 = -2 sin^2(a/2) + 2 i sin(a/2) cos(a/2), a = frequency * loss. */
static void near_place(const near_nodes *nodes, double frequency, double *re, double *im)
{
    for (size_t j = 0; j < nodes->count; j++) {
        double half = frequency * nodes->loss[j] / 2, s = sin(half), c = cos(half);
        re[j] = -2 * s * s;
        im[j] = 2 * s * c;
    }
}

static void near_turn(near_nodes *nodes)
{
    double *restrict re = nodes->re, *restrict im = nodes->im;
    const double *restrict turn_re = nodes->turn_re, *restrict turn_im = nodes->turn_im;
    for (size_t j = 0; j < nodes->count; j++) {
        double a = re[j], b = im[j], c = turn_re[j], d = turn_im[j];
        re[j] = a + (c + (a * c - b * d));
        im[j] = b + (d + (a * d + b * c));
    }
}

/* Weighted mean, with an error of at most 26 u times that of the sizes: a product, 16 additions a lane in a block, 3 over the
 * lanes, a compensated sum over the blocks and a division. */
static double near_mean(const near_nodes *nodes, const double *x)
{
    const double *w = nodes->weight;
    double sum = 0, carry = 0;
    for (size_t at = 0; at < nodes->count; at += BLOCK) {
        double lane[LANES] = {0};
        size_t end = nodes->count - at < BLOCK ? nodes->count - at : BLOCK, whole = end - end % LANES;
        for (size_t j = 0; j < whole; j += LANES)
            for (size_t l = 0; l < LANES; l++)
                lane[l] += w[at + j + l] * x[at + j + l];
        for (size_t j = whole; j < end; j++)
            lane[j - whole] += w[at + j] * x[at + j];
        double block = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
        double y = block - carry, t = sum + y;
        carry = (t - sum) - y;
        sum = t;
    }
    return sum / nodes->total;
}

/* Sums of z - 1 and of the weights each miss the edges (twice, as |z - 1| <= 2). The weights' errors count times |z - 1|,
 * and once more in the total; the losses' errors count times the frequency; a fresh z rounds by 18 u,
 * FRESH turns by 12 u each, the mean by 26 u, times |z - 1|. */
static double near_error(const near_nodes *nodes, double frequency)
{
    double size = fmin(2, frequency * nodes->loss_size);
    double weights = fmin(2 * nodes->weight_error, frequency * nodes->weight_error_loss) + size * nodes->weight_error;
    return 1.01 *
           (4 * nodes->edges + weights + frequency * nodes->loss_error + (60 + 12 * FRESH) * DPDM_PLD_ROUNDOFF * size);
}
