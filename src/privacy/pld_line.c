/* pld_line.c - the composed loss on one line: the kernels of the bounds, and delta(epsilon) from the samples. */
#include "privacy/pld_line.h"

#include <math.h>
#include <stdlib.h>

/* Aliases are kept below exp(-ALIAS_GOAL) of delta. */
static const double ALIAS_GOAL = 26;
/* With more smoothing than this the lower bound's term v exp(v / 8) is some 10^12 and says nothing: there is no lower
 * bound. */
static const double SMOOTHING_LOWERED = 200;

static const double PI = 3.14159265358979323846;

/* A compensated sum (Neumaier): its error is below 3 u times the sum of the sizes. */
typedef struct {
    double sum, carry;
} line_sum;

static void line_add(line_sum *sum, double x);
static dpdm_status line_space(const dpdm_pld_composition *composition, const dpdm_pld_place *place, dpdm_pld_line *line,
                              dpdm_error *err);
static double line_period(const dpdm_pld_composition *composition, const dpdm_pld_place *place, dpdm_pld_line *line,
                          double *cost);
static double line_near_period(const dpdm_pld_place *place, double t);
static void line_smooth(dpdm_pld_line *line);
static void line_kernels(dpdm_pld_line *line);
static double line_aliases(const dpdm_pld_line *line, double epsilon);

dpdm_status dpdm_pld_line_create(const dpdm_pld_composition *composition, dpdm_pld_side side,
                                 const dpdm_pld_place *place, double smoothing, dpdm_pld_line *line, dpdm_error *err)
{
    *line = (dpdm_pld_line){.samples = {.side = side, .t = place->t}};
    dpdm_status status = line_space(composition, place, line, err);
    if (!status)
        status = dpdm_pld_samples_take(composition, smoothing, &line->samples, err);
    if (status)
        return status;
    line->kernels = malloc(line->samples.count * sizeof *line->kernels);
    if (!line->kernels)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu frequencies of the accountant", line->samples.count);
    line_smooth(line);
    line_kernels(line);
    return DPDM_OK;
}

void dpdm_pld_line_free(dpdm_pld_line *line)
{
    dpdm_pld_samples_free(&line->samples);
    free(line->kernels);
    *line = (dpdm_pld_line){0};
}

dpdm_proven dpdm_pld_line_log_delta(const dpdm_pld_line *line, double epsilon)
{
    const dpdm_pld_samples *samples = &line->samples;
    double y = samples->side == DPDM_PLD_REMOVE ? epsilon : -epsilon, shift = samples->center - y;
    double reach = fabs(samples->center) + fabs(y), error = 0;
    line_sum up = {0}, low = {0};
    for (size_t k = 0; k < samples->count; k++) {
        const dpdm_pld_sample *s = &samples->list[k];
        const dpdm_pld_kernel *kernel = &line->kernels[k];
        double angle = s->frequency * shift, c = cos(angle), d = sin(angle), half = k ? 1 : 0.5;
        double re = half * (s->re * c - s->im * d), im = half * (s->re * d + s->im * c);
        line_add(&up, re * kernel->up_re - im * kernel->up_im);
        line_add(&low, re * kernel->low_re - im * kernel->low_im);
        double size = half * (fabs(kernel->up_re) + fabs(kernel->up_im) + fabs(kernel->low_re) + fabs(kernel->low_im));
        double turn = s->frequency * (samples->center_error + 4 * DPDM_PLD_ROUNDOFF * reach);
        error += size * (s->error + (fabs(s->re) + fabs(s->im)) * (turn + 48 * DPDM_PLD_ROUNDOFF));
    }
    double scale = samples->spacing / PI, excess = (samples->t - 1) * epsilon, log_scale = line->log_moment - excess;
    error = 1.01 * (scale * error + line->missing);
    double slack = 1.01 * line->log_error + 8 * DPDM_PLD_ROUNDOFF * (fabs(line->log_moment) + fabs(excess) + 1);
    dpdm_proven bound = {.lower = -INFINITY};
    bound.upper = dpdm_proven_log_above(scale * (up.sum + up.carry), error, log_scale, slack);
    bound.clear = error <= scale * (up.sum + up.carry);
    if (line->lowered)
        bound.lower =
            dpdm_proven_log_below(scale * (low.sum + low.carry), error, log_scale, slack, line_aliases(line, epsilon));
    return bound;
}

/* Chooses the spacing of the frequencies such that the aliases are below 10^-11 of delta; its 24 bits keep k * spacing
 * exact. Where the far aliases would make it narrow (the moments explode just beyond t), a smaller t that costs little
 * is better. */
static dpdm_status line_space(const dpdm_pld_composition *composition, const dpdm_pld_place *place, dpdm_pld_line *line,
                              dpdm_error *err)
{
    const double affordable = 4;
    double period = INFINITY, least = 0, excess = place->t - 1;
    for (int i = 0; i < 8; i++, excess *= 0.8) {
        dpdm_pld_line tried = {.samples = {.side = line->samples.side, .t = 1 + excess}};
        double cost, found = line_period(composition, place, &tried, &cost);
        if (i == 0)
            least = cost;
        if (found < 0.8 * period && cost < least + affordable) {
            period = found;
            *line = tried;
        }
        if (period < 2 * line_near_period(place, line->samples.t))
            break;
    }
    if (isinf(period))
        return dpdm_error_set(err, DPDM_ERANGE, "the tail of the privacy loss is out of reach for these events");
    int binary;
    double mantissa = frexp(2 * PI / period, &binary);
    line->samples.spacing = ldexp(floor(mantissa * 0x1p24), binary - 24);
    return DPDM_OK;
}

/* The period that line->samples.t needs, with the best order for the far aliases; infinite if there is none. *cost: the
 * exponent of the integrand there, poles included. */
static double line_period(const dpdm_pld_composition *composition, const dpdm_pld_place *place, dpdm_pld_line *line,
                          double *cost)
{
    double t = line->samples.t, far = INFINITY;
    dpdm_pld_moment moment, above;
    *cost = INFINITY;
    if (!dpdm_pld_composition_moment(composition, dpdm_pld_order(line->samples.side, t), &moment))
        return INFINITY;
    line->log_moment = moment.log_value;
    line->log_error = moment.error;
    *cost = moment.log_value - (t - 1) * place->epsilon - log(t * (t - 1));
    double deviation = sqrt(moment.variance + 1 / ((t - 1) * (t - 1)));
    for (int i = 0; i < 12; i++) {
        double b = 32 * pow(2, -i) / deviation;
        if (!dpdm_pld_composition_moment(composition, dpdm_pld_order(line->samples.side, t + b), &above))
            continue;
        double height = above.log_value - log(t + b - 1) - (t + b - 1) * place->epsilon;
        double needed = fmax((height + ALIAS_GOAL - place->log_delta) / b, 1 / b);
        if (needed > far)
            break;
        far = needed;
        line->alias_t = t + b;
        line->alias_moment = above.log_value + above.error;
    }
    return fmax(far, line_near_period(place, t));
}

static double line_near_period(const dpdm_pld_place *place, double t)
{
    return (ALIAS_GOAL - place->log_delta) / (t - 1);
}

/* What the least smoothing that will do adds and leaves missing. */
static void line_smooth(dpdm_pld_line *line)
{
    double t = line->samples.t, reach = line->samples.reach, remainder = line->samples.remainder;
    double v = dpdm_pld_samples_smoothing(t, reach, remainder), real = v * t * (t - 1) / 2;
    line->smoothing = v;
    line->lowered = v <= SMOOTHING_LOWERED;
    /* The second term is for the v exp(v / 8) of the lower kernel. */
    line->missing =
        remainder * exp(-v * reach * reach / 2) * (1 + (line->lowered && v > 0 ? exp(v / 8) : 0)) * (1 + 1e-9);
    line->log_moment += real;
    line->alias_moment += v * line->alias_t * (line->alias_t - 1) / 2;
    line->log_error += 8 * DPDM_PLD_ROUNDOFF * (fabs(line->log_moment) + real + fabs(line->alias_moment));
}

/* 1 / (s (s - 1)), less v exp(v / 8) for the lower bound if there is one, times what the smoothing adds off the real
 * axis. With s = order + i tau: s (s - 1) = t (t - 1) - tau^2 + i tau (2 order - 1). */
static void line_kernels(dpdm_pld_line *line)
{
    double v = line->smoothing, t = line->samples.t, twist = 2 * dpdm_pld_order(line->samples.side, t) - 1;
    double less = line->lowered ? v * exp(v / 8) * (1 + 1e-14) : 0;
    for (size_t k = 0; k < line->samples.count; k++) {
        dpdm_pld_sample *s = &line->samples.list[k];
        double tau = s->frequency, re = t * (t - 1) - tau * tau, im = tau * twist, square = re * re + im * im;
        double size = exp(-v * tau * tau / 2), angle = v * im / 2, c = size * cos(angle), d = size * sin(angle);
        double pole_re = re / square, pole_im = -im / square, lowered = pole_re - less;
        line->kernels[k] = (dpdm_pld_kernel){c * pole_re - d * pole_im, c * pole_im + d * pole_re,
                                             c * lowered - d * pole_im, c * pole_im + d * lowered};
        s->error += (fabs(s->re) + fabs(s->im)) * DPDM_PLD_ROUNDOFF * (24 + 2 * v * tau * tau + 2 * fabs(v * im));
    }
}

/* log of a bound on all aliases, in units of delta: the near side has likelihood ratio at most 1, the far side a Chernoff
 * bound of order t + b, with constant sup_x (exp(x) - 1) exp(-t x) <= 1 / (t - 1). */
static double line_aliases(const dpdm_pld_line *line, double epsilon)
{
    double period = 2 * PI / line->samples.spacing, b = line->alias_t - line->samples.t,
           tilt = (line->alias_t - 1) * epsilon;
    double near = -(line->samples.t - 1) * period;
    double far = line->alias_moment - tilt - log(line->alias_t - 1) - b * period;
    double x = fmax(near, far), sizes = fabs(near) + fabs(line->alias_moment) + tilt + b * period;
    return x + log(exp(near - x) / -expm1(near) + exp(far - x) / -expm1(-b * period)) + 1e-9 +
           16 * DPDM_PLD_ROUNDOFF * sizes;
}

static void line_add(line_sum *sum, double x)
{
    double t = sum->sum + x;
    sum->carry += fabs(sum->sum) >= fabs(x) ? (sum->sum - t) + x : (x - t) + sum->sum;
    sum->sum = t;
}
