/* pld_pair.c - the likelihood ratio of one step and its certified moments. */
#include "privacy/pld_pair.h"

#include <math.h>

#define PI 3.14159265358979323846

/* Distance, in standard deviations, beyond which a monotone tail is cut and bounded. */
static const double CUT = 9.5;
/* Discretisation error aimed at: exp(-GOAL), about 2^-64, as it may be multiplied by a million steps. */
static const double GOAL = 44.5;
static const size_t MOMENT_NODES = 1u << 15;

static dpdm_pld_ratio pair_ratio_one(const dpdm_pld_pair *pair, double u);
static dpdm_pld_ratio pair_ratio_group(const dpdm_pld_pair *pair, double u);
static double rule_exponent(const dpdm_pld_pair *pair, double order, double frequency, double strip);
static double rule_left(const dpdm_pld_pair *pair, double order);
static double moment_exponent(const dpdm_pld_pair *pair, double order, double u, dpdm_pld_ratio *ratio);

void dpdm_pld_pair_init(dpdm_pld_pair *pair, double rate, double sigma, unsigned group)
{
    pair->rate = rate;
    pair->sigma = sigma;
    pair->group = group;
    /* log of the binomial weights. The coefficient is a product of 2 k roundings at most and below 2^256. */
    double coefficient = 1;
    for (unsigned k = 0; k <= group; k++) {
        double hit = k ? k * log(rate) : 0, miss = k < group ? (group - k) * log1p(-rate) : 0;
        pair->log_weight[k] = log(coefficient) + hit + miss;
        pair->weight_error[k] = DPDM_PLD_ROUNDOFF * (2 * k + 2 + 8 * (log(coefficient) + fabs(hit) + fabs(miss)));
        coefficient = coefficient * (group - k) / (k + 1);
    }
}

dpdm_pld_ratio dpdm_pld_pair_ratio(const dpdm_pld_pair *pair, double u)
{
    return pair->group == 1 ? pair_ratio_one(pair, u) : pair_ratio_group(pair, u);
}

dpdm_pld_range dpdm_pld_range_full(const dpdm_pld_pair *pair, double order)
{
    double right = order > 0 ? order * pair->group / pair->sigma + CUT : CUT;
    return (dpdm_pld_range){.left = rule_left(pair, order), .right = right};
}

/* From the full right end inward, cell by cell, as long as the sum of their largest values stays negligible against
 * A(order) >= 1. Left of 0 nothing is trimmed; the Gaussian falls and L rises with u, so that a cell's largest value is
 * below exp(-left^2/2) f(right)^order. */
dpdm_pld_range dpdm_pld_range_trim(const dpdm_pld_pair *pair, double order)
{
    const double negligible = 1e-19, farthest = 400;
    dpdm_pld_range range = dpdm_pld_range_full(pair, order);
    if (order <= 1 || range.right > farthest)
        return range;
    range.cell = fmin(0.5, pair->sigma / (order * pair->group));
    for (double right = range.right, left = right - range.cell; left > CUT; right = left, left -= range.cell) {
        double top = exp(order * dpdm_pld_pair_ratio(pair, right).value - left * left / 2);
        if (!(range.cut + top < negligible))
            break;
        range.cut += 1.01 * top;
        range.right = left;
    }
    return range;
}

int dpdm_pld_rule_choose(const dpdm_pld_pair *pair, double order, double frequency, const dpdm_pld_range *range,
                         size_t limit, dpdm_pld_rule *rule)
{
    /* |integral - sum| <= 2 M / (exp(2 pi a / h) - 1) for any half width a of the strip, with M = exp(exponent(a))
     * times the integral on the real line: choose the a that allows the widest step. */
    double widest = fmin(9.5, 0.95 * PI * pair->sigma / pair->group), step = 0, strip = widest;
    for (int i = 0; i < 24; i++) {
        double a = widest * pow(2, -i / 3.0);
        double h = 2 * PI * a / (GOAL + rule_exponent(pair, order, frequency, a));
        if (h > step) {
            step = h;
            strip = a;
        }
    }
    /* A step of 24 bits keeps every node exact. */
    int binary;
    double mantissa = frexp(step, &binary);
    step = ldexp(floor(mantissa * 0x1p24), binary - 24);
    double first = floor(range->left / step), last = ceil(range->right / step);
    if (!(last - first < (double)limit))
        return 0;
    rule->step = step;
    rule->first = first;
    rule->count = (size_t)(last - first) + 1;
    rule->discretisation = 2.1 * exp(rule_exponent(pair, order, frequency, strip) - 2 * PI * strip / step);
    return 1;
}

double dpdm_pld_rule_tail(const dpdm_pld_pair *pair, double order, const dpdm_pld_range *range,
                          const dpdm_pld_rule *rule, double shift)
{
    /* Beyond the end nodes of a full range the integrand falls at least like a Gaussian from CUT standard deviations
     * on, so that its sum is below (its value, or what bounds it, at the end) / CUT. The nodes of a cell that was cut
     * off add at most (cell + step) times its largest value. */
    dpdm_pld_range full = dpdm_pld_range_full(pair, order);
    dpdm_pld_ratio ratio;
    double left = rule->first * rule->step;
    double at_left = order > 0 ? -left * left / 2 : moment_exponent(pair, order, left, &ratio);
    double at_right = moment_exponent(pair, order, full.right, &ratio);
    double cut = (range->cell + rule->step) * range->cut * exp(-shift);
    return 1.01 * ((exp(at_left - shift) + exp(at_right - shift)) / CUT + cut);
}

int dpdm_pld_pair_moment(const dpdm_pld_pair *pair, double order, dpdm_pld_moment *moment)
{
    dpdm_pld_range range = dpdm_pld_range_full(pair, order);
    dpdm_pld_rule rule;
    if (!dpdm_pld_rule_choose(pair, order, 0, &range, MOMENT_NODES, &rule))
        return 0;
    dpdm_pld_ratio ratio;
    double top = -INFINITY;
    for (size_t j = 0; j < rule.count; j++)
        top = fmax(top, moment_exponent(pair, order, (rule.first + (double)j) * rule.step, &ratio));
    double sum = 0, carry = 0, rounding = 0, first = 0, second = 0;
    for (size_t j = 0; j < rule.count; j++) {
        double u = (rule.first + (double)j) * rule.step;
        double g = moment_exponent(pair, order, u, &ratio), w = exp(g - top);
        /* Compensated sum: its own error is below 2 u relative, whatever the count. */
        double y = w - carry, t = sum + y;
        carry = (t - sum) - y;
        sum = t;
        double magnitude = u * u / 2 + fabs(order * ratio.value) + fabs(top);
        rounding += w * (DPDM_PLD_ROUNDOFF * (8 + 4 * magnitude) + fabs(order) * ratio.error);
        first += w * ratio.value;
        second += w * ratio.value * ratio.value;
    }
    double total = sum * rule.step;
    double relative =
        rule.discretisation +
        1.01 * (rounding / sum + dpdm_pld_rule_tail(pair, order, &range, &rule, top) / total + 8 * DPDM_PLD_ROUNDOFF);
    if (!(relative < 1e-3))
        return 0;
    moment->log_value = log(total / sqrt(2 * PI)) + top;
    moment->error = 1.01 * relative + 8 * DPDM_PLD_ROUNDOFF * (1 + fabs(top) + fabs(moment->log_value));
    moment->mean = first / sum;
    moment->variance = fmax(0, second / sum - moment->mean * moment->mean);
    return 1;
}

/* The exponent of the integrand: -u^2/2 + order * L(u). */
static double moment_exponent(const dpdm_pld_pair *pair, double order, double u, dpdm_pld_ratio *ratio)
{
    *ratio = dpdm_pld_pair_ratio(pair, u);
    return order * ratio->value - u * u / 2;
}

static dpdm_pld_ratio pair_ratio_one(const dpdm_pld_pair *pair, double u)
{
    double q = pair->rate, p = 1 - q, inverse = 1 / pair->sigma;
    double x = (u - inverse / 2) * inverse;
    dpdm_pld_ratio ratio;
    /* Each form loses nothing where it is used: f >= 1/2 for q <= 1/2, else all terms are positive. */
    if (x > 700)
        ratio.value = x + log(q + p * exp(-x));
    else if (q <= 0.5)
        ratio.value = log1p(q * expm1(x));
    else
        ratio.value = log(p + q * exp(x));
    double share = x > 0 ? q / (q + p * exp(-x)) : q * exp(x) / (p + q * exp(x));
    ratio.slope = share * inverse;
    ratio.curvature = share * (1 - share) * inverse * inverse;
    double constant = q <= 0.5 ? 6 * share + 12 * q : 8;
    ratio.error = DPDM_PLD_ROUNDOFF * (constant + 4 * fabs(ratio.value) +
                                       4 * (x > 700 ? 1 : share) * (fabs(u) * inverse + inverse * inverse + fabs(x)));
    return ratio;
}

static dpdm_pld_ratio pair_ratio_group(const dpdm_pld_pair *pair, double u)
{
    double inverse = 1 / pair->sigma, top = -INFINITY;
    double exponent[DPDM_PLD_GROUP_MAX + 1];
    for (unsigned k = 0; k <= pair->group; k++) {
        exponent[k] = k * ((u - k * inverse / 2) * inverse) + pair->log_weight[k];
        top = fmax(top, exponent[k]);
    }
    double sum = 0, first = 0, second = 0, error = 0;
    for (unsigned k = 0; k <= pair->group; k++) {
        double w = exp(exponent[k] - top), magnitude = k * (fabs(u) + k * inverse) * inverse;
        sum += w;
        first += k * w;
        second += k * (k * w);
        error +=
            w * (pair->weight_error[k] + DPDM_PLD_ROUNDOFF * (6 * magnitude + 2 * fabs(exponent[k]) + 2 * fabs(top)));
    }
    double mean = first / sum;
    dpdm_pld_ratio ratio = {.value = top + log(sum), .slope = mean * inverse};
    ratio.curvature = fmax(second / sum - mean * mean, 0) * inverse * inverse;
    ratio.error = 1.01 * error / sum + DPDM_PLD_ROUNDOFF * (pair->group + 16 + 4 * fabs(ratio.value) + 2 * fabs(top));
    return ratio;
}

/* log of how much larger the integral of |integrand| can be on a line at height up to `strip` than on the real line:
 * the Gaussian gives strip^2/2, |arg f| <= m strip / sigma, and |f| >= f cos(m strip / (2 sigma)) where the order is
 * negative (|f| <= f on the real line where it is positive). */
static double rule_exponent(const dpdm_pld_pair *pair, double order, double frequency, double strip)
{
    double angle = pair->group * strip / pair->sigma;
    double shrink = order < 0 ? order * log(cos(angle / 2)) : 0;
    return strip * strip / 2 + frequency * angle + shrink;
}

/* A left end from which on, going left, the exponent falls at least like a Gaussian's from CUT on. For a positive order
 * the integrand is below exp(-u^2/2) at u <= 0. For a negative one its slope is -u - |order| L'(u), and L' increases
 * with u, so that any u <= -CUT - |order| L'(u) serves: the first, third, fifth... iterate of the right-hand side from -CUT,
 * each of which lies left of the one before it. */
static double rule_left(const dpdm_pld_pair *pair, double order)
{
    double left = -CUT;
    if (order > 0)
        return left;
    for (int i = 0; i < 7; i++)
        left = -CUT + 1.001 * order * dpdm_pld_pair_ratio(pair, left).slope;
    return left;
}
