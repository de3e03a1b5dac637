/* pld_samples.c - the composed transform at the frequencies of a line. */
#include "privacy/pld_samples.h"

#include <math.h>
#include <stdlib.h>

#include "privacy/pld_decay.h"
#include "privacy/pld_transform.h"

static const double PI = 3.14159265358979323846;
/* A remainder below this, in units of the kernel at frequency 0, ends the samples. */
static const double NEGLIGIBLE = 1e-15;
static const size_t COUNT_MIN = 32;

/* What is known of a part at the line's order. */
typedef struct {
    dpdm_pld_tilt tilt;
    dpdm_pld_decay decay;
} samples_part;

/* While the parts are multiplied together a sample holds, of the product: re = log of the modulus, im = the angle,
 * error = log of (1 + relative error), up_re = log of a bound on the modulus. */
static dpdm_status samples_run(const dpdm_pld_composition *composition, const samples_part *known, dpdm_pld_line *line,
                               dpdm_error *err);
static size_t samples_count(const dpdm_pld_composition *composition, const samples_part *known, double smoothing,
                            dpdm_pld_line *line);
static int samples_allowed(const dpdm_pld_composition *composition, const samples_part *known,
                           const dpdm_pld_line *line, size_t count);
static double samples_rest(const dpdm_pld_composition *composition, const samples_part *known, double frequency);
static void samples_begin(const dpdm_pld_composition *composition, dpdm_pld_line *line);
static void samples_multiply(double steps, size_t parts, const dpdm_pld_tilt *tilt, const dpdm_pld_wave *wave,
                             dpdm_pld_line *line);
static void samples_finish(dpdm_pld_line *line);

dpdm_status dpdm_pld_samples_take(const dpdm_pld_composition *composition, double smoothing, dpdm_pld_line *line,
                                  double *reach, double *remainder, dpdm_error *err)
{
    size_t parts = composition->count;
    double order = dpdm_pld_order(line->side, line->t);
    samples_part *known = calloc(parts + 1, sizeof *known);
    dpdm_status status = DPDM_OK;
    if (!known)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu accounted events", parts);
    for (size_t i = 0; i < parts && status == DPDM_OK; i++) {
        const dpdm_pld_pair *pair = &composition->parts[i].pair;
        status = dpdm_pld_tilt_create(pair, order, &known[i].tilt, err);
        if (status == DPDM_OK)
            dpdm_pld_decay_create(pair, order, &known[i].tilt.range, &known[i].tilt.moment, &known[i].decay);
    }
    if (status == DPDM_OK) {
        line->count = samples_count(composition, known, smoothing, line);
        status = samples_run(composition, known, line, err);
    }
    if (status == DPDM_OK) {
        *reach = (double)(line->count - 1) * line->spacing;
        *remainder = samples_rest(composition, known, *reach);
    }
    free(known);
    return status;
}

/* As many as needed, a power of two. */
static size_t samples_count(const dpdm_pld_composition *composition, const samples_part *known, double smoothing,
                            dpdm_pld_line *line)
{
    double goal = NEGLIGIBLE / (line->t * (line->t - 1));
    size_t count = COUNT_MIN;
    while (count > 2 && !samples_allowed(composition, known, line, count))
        count /= 2;
    for (;; count *= 2) {
        double reach = (double)(count - 1) * line->spacing, rest = samples_rest(composition, known, reach);
        if (rest < goal || dpdm_pld_line_smoothing(line, reach, rest) <= smoothing)
            return count;
        line->exhausted = !samples_allowed(composition, known, line, 2 * count);
        if (line->exhausted)
            return count;
    }
}

static int samples_allowed(const dpdm_pld_composition *composition, const samples_part *known,
                           const dpdm_pld_line *line, size_t count)
{
    double order = dpdm_pld_order(line->side, line->t);
    for (size_t i = 0; i < composition->count; i++) {
        dpdm_pld_rule rule;
        if (!dpdm_pld_rule_choose(&composition->parts[i].pair, order, (double)count * line->spacing,
                                  &known[i].tilt.range, DPDM_PLD_NODES_MAX, &rule))
            return 0;
    }
    return count <= DPDM_PLD_FREQUENCIES_MAX;
}

static dpdm_status samples_run(const dpdm_pld_composition *composition, const samples_part *known, dpdm_pld_line *line,
                               dpdm_error *err)
{
    line->samples = malloc(line->count * sizeof *line->samples);
    if (!line->samples)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu frequencies of the accountant", line->count);
    samples_begin(composition, line);
    dpdm_pld_wave wave;
    dpdm_status status = dpdm_pld_wave_create(line->count, line->spacing, &wave, err);
    for (size_t i = 0; i < composition->count && status == DPDM_OK; i++) {
        status = dpdm_pld_transform_run(&known[i].tilt, &wave, err);
        if (status == DPDM_OK)
            samples_multiply(composition->parts[i].steps, composition->count, &known[i].tilt, &wave, line);
    }
    dpdm_pld_wave_free(&wave);
    if (status == DPDM_OK)
        samples_finish(line);
    return status;
}

/* (1 / pi) times the integral beyond a frequency of prod |phi| / tau^2, the product taken at its start, where its bound
 * is largest. */
static double samples_rest(const dpdm_pld_composition *composition, const samples_part *known, double frequency)
{
    double log_product = -composition->gaussian * (1 - 1e-12) * frequency * frequency / 2;
    for (size_t i = 0; i < composition->count; i++)
        log_product += composition->parts[i].steps * dpdm_pld_decay_log(&known[i].decay, frequency);
    return 1.01 * exp(log_product) / (PI * frequency);
}

/* The plain Gaussians: modulus exp(-mu^2 tau^2 / 2), angle 0 about their mean. */
static void samples_begin(const dpdm_pld_composition *composition, dpdm_pld_line *line)
{
    double mu2 = composition->gaussian;
    line->center = mu2 * (dpdm_pld_order(line->side, line->t) - 0.5);
    line->center_error =
        fabs(line->center) * (composition->gaussian_error + 4 * DPDM_PLD_ROUNDOFF) + mu2 * 4 * DPDM_PLD_ROUNDOFF;
    for (size_t k = 0; k < line->count; k++) {
        double frequency = (double)k * line->spacing, log_size = -mu2 * frequency * frequency / 2;
        double error = -log_size * (composition->gaussian_error + 4 * DPDM_PLD_ROUNDOFF);
        line->samples[k] = (dpdm_pld_sample){
            .frequency = frequency, .re = log_size, .im = 0, .error = error, .up_re = log_size + error};
    }
}

/* log of the modulus by log1p of |phi|^2 - 1, so that its rounding, which the steps multiply, is relative to phi - 1. */
static void samples_multiply(double steps, size_t parts, const dpdm_pld_tilt *tilt, const dpdm_pld_wave *wave,
                             dpdm_pld_line *line)
{
    double rounding = (12 + (double)parts) * DPDM_PLD_ROUNDOFF, center = steps * tilt->moment.mean;
    line->center += center;
    line->center_error += rounding * fabs(center);
    for (size_t k = 0; k < line->count; k++) {
        dpdm_pld_sample *s = &line->samples[k];
        double a = wave->re[k], b = wave->im[k], square = a * (2 + a) + b * b, gap = fabs(a) + fabs(b);
        double size = sqrt((1 + a) * (1 + a) + b * b), angle = atan2(b, 1 + a);
        double log_size = square > -0.75 ? 0.5 * log1p(square) : log(size), error = wave->error[k];
        double slack = square > -0.75 ? 4 * gap : 1 + 1 / size;
        s->re += steps * log_size;
        s->im += steps * angle;
        s->error += steps * (error / size + rounding * (slack + fabs(log_size) + fabs(angle)));
        s->up_re += steps * fmin(0, log(size * (1 + rounding) + error)) * (1 - rounding);
    }
}

/* |(z + d)^T - z^T| <= |z|^T ((1 + |d| / |z|)^T - 1), and so for the product; where that says nothing, the value is
 * taken as 0 and the bound on its modulus is the error. */
static void samples_finish(dpdm_pld_line *line)
{
    for (size_t k = 0; k < line->count; k++) {
        dpdm_pld_sample *s = &line->samples[k];
        double size = exp(s->re), angle = s->im, error = 1.01 * size * expm1(s->error), bound = 1.01 * exp(s->up_re);
        int useless = !(error < bound);
        s->re = useless ? 0 : size * cos(angle);
        s->im = useless ? 0 : size * sin(angle);
        s->error = useless ? bound : error;
    }
}
