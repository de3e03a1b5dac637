/* tradeoff.c - the attacker's view of a composition: error rates, success and belief. */
#include "dpdm/attacker.h"

#include <math.h>

#include "privacy/accountant_minimise.h"
#include "privacy/pld.h"
#include "privacy/proven.h"

/* The hockey-stick curves of one composition. proven, refused: how many points of them the accountant could bound, and
 * could not. */
typedef struct {
    dpdm_pld_composition composition;
    dpdm_error *err;
    dpdm_status status;
    size_t proven, refused;
} tradeoff;

/* What is minimised over epsilon >= 0, from delta of one side there. */
typedef double (*tradeoff_fn)(double epsilon, double delta, double given);

typedef struct {
    tradeoff *curve;
    dpdm_pld_side side;
    tradeoff_fn function;
    double given;
} tradeoff_search;

static dpdm_status tradeoff_open(const dpdm_event *events, size_t count, unsigned group, tradeoff *curve,
                                 dpdm_error *err);
static dpdm_status tradeoff_close(tradeoff *curve);
static double tradeoff_rate(tradeoff *curve, double false_positive);
static double tradeoff_delta(tradeoff *curve, dpdm_pld_side side, double epsilon);
static double tradeoff_minimum(tradeoff *curve, dpdm_pld_side side, tradeoff_fn function, double given);
static double tradeoff_evaluate(void *context, double x);
static double tradeoff_in(double epsilon, double delta, double false_positive);
static double tradeoff_out(double epsilon, double delta, double false_positive);
static double tradeoff_quantile(double epsilon, double delta, double risk);

/* Outward margin of the few roundings in each formula. */
static const double MARGIN = 1 + 0x1p-48;

dpdm_status dpdm_attack_true_positive(const dpdm_event *events, size_t count, unsigned group, double false_positive,
                                      double *true_positive, dpdm_error *err)
{
    return dpdm_attack_curve(events, count, group, &false_positive, 1, true_positive, err);
}

dpdm_status dpdm_attack_curve(const dpdm_event *events, size_t count, unsigned group, const double *false_positive,
                              size_t points, double *true_positive, dpdm_error *err)
{
    for (size_t i = 0; i < points; i++) {
        true_positive[i] = 1;
        if (!(false_positive[i] >= 0 && false_positive[i] <= 1))
            return dpdm_error_set(err, DPDM_EUSAGE, "false-positive rate %g is not in [0, 1]", false_positive[i]);
    }
    tradeoff curve;
    dpdm_status status = tradeoff_open(events, count, group, &curve, err);
    for (size_t i = 0; i < points && !status; i++) {
        true_positive[i] = tradeoff_rate(&curve, false_positive[i]);
        status = curve.status;
    }
    return tradeoff_close(&curve);
}

dpdm_status dpdm_attack_success(const dpdm_event *events, size_t count, unsigned group, double prior, double *success,
                                dpdm_error *err)
{
    *success = 1;
    if (!(prior > 0 && prior < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "prior %g is not between 0 and 1", prior);
    tradeoff curve;
    dpdm_status status = tradeoff_open(events, count, group, &curve, err);
    if (!status) {
        /* sup over S of prior P(S) + (1 - prior) (1 - Q(S)), which is a hockey-stick divergence; its epsilon is
         * rounded down, as delta falls with it. */
        double less = fmin(prior, 1 - prior), epsilon = fmax(log((1 - less) / less) - 0x1p-45, 0);
        double delta = tradeoff_delta(&curve, prior <= 0.5 ? DPDM_PLD_REMOVE : DPDM_PLD_ADD, epsilon);
        *success = fmin((1 - less + less * delta) * MARGIN, 1);
    }
    return tradeoff_close(&curve);
}

dpdm_status dpdm_attack_posterior(const dpdm_event *events, size_t count, unsigned group, double prior, double risk,
                                  double *posterior, dpdm_error *err)
{
    *posterior = 1;
    if (!(prior > 0 && prior < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "prior %g is not between 0 and 1", prior);
    if (!(risk > 0 && risk < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "risk %g is not between 0 and 1", risk);
    tradeoff curve;
    dpdm_status status = tradeoff_open(events, count, group, &curve, err);
    if (!status) {
        double loss = tradeoff_minimum(&curve, DPDM_PLD_REMOVE, tradeoff_quantile, risk);
        *posterior = fmin(prior / (prior + (1 - prior) * exp(-loss)) * MARGIN, 1);
    }
    return tradeoff_close(&curve);
}

static dpdm_status tradeoff_open(const dpdm_event *events, size_t count, unsigned group, tradeoff *curve,
                                 dpdm_error *err)
{
    *curve = (tradeoff){.err = err};
    curve->status = dpdm_pld_composition_create(events, count, group, &curve->composition, err);
    return curve->status;
}

/* The curve's status: DPDM_ERANGE also if points were asked for and none was bounded, as the answer then says nothing. */
static dpdm_status tradeoff_close(tradeoff *curve)
{
    dpdm_pld_composition_free(&curve->composition);
    if (!curve->status && curve->refused && !curve->proven)
        return dpdm_proven_answer(DPDM_ACCOUNTANT_PLD, "any delta", &(dpdm_proven){.upper = INFINITY}, curve->err);
    return curve->status;
}

/* P(S) <= exp(eps) Q(S) + delta(eps) for every event S and every real eps, the inequality for negative eps being that of
 * the other direction on the complement. The least right-hand side is the best possible rate (Neyman and Pearson). */
static double tradeoff_rate(tradeoff *curve, double false_positive)
{
    double at_zero = false_positive + tradeoff_delta(curve, DPDM_PLD_REMOVE, 0);
    double best = tradeoff_minimum(curve, DPDM_PLD_REMOVE, tradeoff_in, false_positive);
    if (best > at_zero * (1 - 1e-6)) /* the least lies at a negative eps */
        best = fmin(best, tradeoff_minimum(curve, DPDM_PLD_ADD, tradeoff_out, false_positive));
    return fmax(fmin(best * MARGIN, 1), false_positive);
}

static double tradeoff_in(double epsilon, double delta, double false_positive)
{
    return exp(epsilon) * false_positive + delta;
}

static double tradeoff_out(double epsilon, double delta, double false_positive)
{
    return 1 - exp(-epsilon) * (1 - delta - false_positive);
}

/* P(L > a) <= delta(eps) / (1 - exp(eps - a)) for a > eps, as (1 - exp(eps - L))_+ is at least that on L > a: the a at which
 * this is `risk`. */
static double tradeoff_quantile(double epsilon, double delta, double risk)
{
    return delta * MARGIN < risk ? epsilon - log1p(-delta * MARGIN / risk) + 0x1p-45 * (1 + epsilon) : INFINITY;
}

/* Upper bound on delta(epsilon) of one side: 1, which needs no proof, where the accountant has none. A failure of another
 * kind is kept in the curve. */
static double tradeoff_delta(tradeoff *curve, dpdm_pld_side side, double epsilon)
{
    double lower, upper;
    if (curve->status)
        return 1;
    dpdm_error error = {0};
    dpdm_status status = dpdm_pld_side_log_delta(&curve->composition, side, epsilon, &lower, &upper, &error);
    if (!status) {
        curve->proven++;
        return fmin(exp(upper) * (1 + 0x1p-40) + 0x1p-1070, 1);
    }
    if (status == DPDM_ERANGE) {
        curve->refused++;
        return 1;
    }
    curve->status = status;
    if (curve->err)
        *curve->err = error;
    return 1;
}

/* The least value over epsilon >= 0. The functions have one minimum: they are convex in exp(epsilon), or quasi-convex. */
static double tradeoff_minimum(tradeoff *curve, dpdm_pld_side side, tradeoff_fn function, double given)
{
    tradeoff_search search = {curve, side, function, given};
    double at;
    return dpdm_bound_minimise(tradeoff_evaluate, &search, 0, 0, 18, 1e-3, &at);
}

/* At epsilon = (2^x - 1) / 100, up to 2600. */
static double tradeoff_evaluate(void *context, double x)
{
    const tradeoff_search *search = context;
    double epsilon = 0.01 * (exp2(x) - 1);
    return search->function(epsilon, tradeoff_delta(search->curve, search->side, epsilon), search->given);
}
