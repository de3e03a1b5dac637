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
 * error = log of (1 + relative error), bound = log of a bound on the modulus. */
static dpdm_status samples_run(const dpdm_pld_composition *composition, const samples_part *known,
                               dpdm_pld_samples *samples, dpdm_error *err);
static size_t samples_count(const dpdm_pld_composition *composition, const samples_part *known, double smoothing,
                            dpdm_pld_samples *samples);
static int samples_allowed(const dpdm_pld_composition *composition, const samples_part *known,
                           const dpdm_pld_samples *samples, size_t count);
static double samples_rest(const dpdm_pld_composition *composition, const samples_part *known, double frequency);
static void samples_begin(const dpdm_pld_composition *composition, dpdm_pld_samples *samples);
static void samples_multiply(double steps, size_t parts, const dpdm_pld_tilt *tilt, const dpdm_pld_wave *wave,
                             dpdm_pld_samples *samples);
static void samples_finish(dpdm_pld_samples *samples);

dpdm_status dpdm_pld_samples_take(const dpdm_pld_composition *composition, double smoothing, dpdm_pld_samples *samples,
                                  dpdm_error *err)
{
    size_t parts = composition->count;
    double order = dpdm_pld_order(samples->side, samples->t);
    samples_part *known = calloc(parts + 1, sizeof *known);
    dpdm_status status = DPDM_OK;
    if (!known)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu accounted events", parts);
    for (size_t i = 0; i < parts && !status; i++) {
        const dpdm_pld_pair *pair = &composition->parts[i].pair;
        status = dpdm_pld_tilt_create(pair, order, &known[i].tilt, err);
        if (!status)
            dpdm_pld_decay_create(pair, order, &known[i].tilt.range, &known[i].tilt.moment, &known[i].decay);
    }
    if (!status) {
        samples->count = samples_count(composition, known, smoothing, samples);
        status = samples_run(composition, known, samples, err);
    }
    if (!status) {
        samples->reach = (double)(samples->count - 1) * samples->spacing;
        samples->remainder = samples_rest(composition, known, samples->reach);
    }
    free(known);
    return status;
}

void dpdm_pld_samples_free(dpdm_pld_samples *samples)
{
    free(samples->list);
    samples->list = NULL;
}

double dpdm_pld_samples_smoothing(double t, double reach, double remainder)
{
    double goal = 1e-12 / (t * (t - 1));
    return remainder > goal ? 2 * log(remainder / goal) / (reach * reach) : 0;
}

/* As many as needed, a power of two. */
static size_t samples_count(const dpdm_pld_composition *composition, const samples_part *known, double smoothing,
                            dpdm_pld_samples *samples)
{
    double goal = NEGLIGIBLE / (samples->t * (samples->t - 1));
    size_t count = COUNT_MIN;
    while (count > 2 && !samples_allowed(composition, known, samples, count))
        count /= 2;
    for (;; count *= 2) {
        double reach = (double)(count - 1) * samples->spacing, rest = samples_rest(composition, known, reach);
        if (rest < goal || dpdm_pld_samples_smoothing(samples->t, reach, rest) <= smoothing)
            return count;
        samples->exhausted = !samples_allowed(composition, known, samples, 2 * count);
        if (samples->exhausted)
            return count;
    }
}

static int samples_allowed(const dpdm_pld_composition *composition, const samples_part *known,
                           const dpdm_pld_samples *samples, size_t count)
{
    double order = dpdm_pld_order(samples->side, samples->t);
    for (size_t i = 0; i < composition->count; i++) {
        dpdm_pld_rule rule;
        if (!dpdm_pld_rule_choose(&composition->parts[i].pair, order, (double)count * samples->spacing,
                                  &known[i].tilt.range, DPDM_PLD_NODES_MAX, &rule))
            return 0;
    }
    return count <= DPDM_PLD_FREQUENCIES_MAX;
}

static dpdm_status samples_run(const dpdm_pld_composition *composition, const samples_part *known,
                               dpdm_pld_samples *samples, dpdm_error *err)
{
    samples->list = malloc(samples->count * sizeof *samples->list);
    if (!samples->list)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %zu frequencies of the accountant", samples->count);
    samples_begin(composition, samples);
    dpdm_pld_wave wave;
    dpdm_status status = dpdm_pld_wave_create(samples->count, samples->spacing, &wave, err);
    for (size_t i = 0; i < composition->count && !status; i++) {
        status = dpdm_pld_transform_run(&known[i].tilt, &wave, err);
        if (!status)
            samples_multiply(composition->parts[i].steps, composition->count, &known[i].tilt, &wave, samples);
    }
    dpdm_pld_wave_free(&wave);
    if (!status)
        samples_finish(samples);
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
static void samples_begin(const dpdm_pld_composition *composition, dpdm_pld_samples *samples)
{
    double mu2 = composition->gaussian;
    samples->center = mu2 * (dpdm_pld_order(samples->side, samples->t) - 0.5);
    samples->center_error =
        fabs(samples->center) * (composition->gaussian_error + 4 * DPDM_PLD_ROUNDOFF) + mu2 * 4 * DPDM_PLD_ROUNDOFF;
    for (size_t k = 0; k < samples->count; k++) {
        double frequency = (double)k * samples->spacing, log_size = -mu2 * frequency * frequency / 2;
        double error = -log_size * (composition->gaussian_error + 4 * DPDM_PLD_ROUNDOFF);
        samples->list[k] = (dpdm_pld_sample){
            .frequency = frequency, .re = log_size, .im = 0, .error = error, .bound = log_size + error};
    }
}

/* log of the modulus by log1p of |phi|^2 - 1, so that its rounding, which the steps multiply, is relative to phi - 1. */
static void samples_multiply(double steps, size_t parts, const dpdm_pld_tilt *tilt, const dpdm_pld_wave *wave,
                             dpdm_pld_samples *samples)
{
    double rounding = (12 + (double)parts) * DPDM_PLD_ROUNDOFF, center = steps * tilt->moment.mean;
    samples->center += center;
    samples->center_error += rounding * fabs(center);
    for (size_t k = 0; k < samples->count; k++) {
        dpdm_pld_sample *s = &samples->list[k];
        double a = wave->re[k], b = wave->im[k], square = a * (2 + a) + b * b, gap = fabs(a) + fabs(b);
        double size = sqrt((1 + a) * (1 + a) + b * b), angle = atan2(b, 1 + a);
        double log_size = square > -0.75 ? 0.5 * log1p(square) : log(size), error = wave->error[k];
        double slack = square > -0.75 ? 4 * gap : 1 + 1 / size;
        s->re += steps * log_size;
        s->im += steps * angle;
        s->error += steps * (error / size + rounding * (slack + fabs(log_size) + fabs(angle)));
        s->bound += steps * fmin(0, log(size * (1 + rounding) + error)) * (1 - rounding);
    }
}

/* |(z + d)^T - z^T| <= |z|^T ((1 + |d| / |z|)^T - 1), and so for the product; where that says nothing, the value is
 * taken as 0 and the bound on its modulus is the error. */
static void samples_finish(dpdm_pld_samples *samples)
{
    for (size_t k = 0; k < samples->count; k++) {
        dpdm_pld_sample *s = &samples->list[k];
        double size = exp(s->re), angle = s->im, error = 1.01 * size * expm1(s->error), bound = 1.01 * exp(s->bound);
        int useless = !(error < bound);
        s->re = useless ? 0 : size * cos(angle);
        s->im = useless ? 0 : size * sin(angle);
        s->error = useless ? bound : error;
        s->bound = bound;
    }
}
