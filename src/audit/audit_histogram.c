/* audit_histogram.c - the threshold is chosen on counts that are not measured, so that the bound needs no correction. */
#include "audit/audit_histogram.h"

#include <math.h>

/* What a word and a threshold come to in one part. */
typedef struct {
    uint64_t hits, hit_trials, false_alarms, false_alarm_trials;
} audit_tally;

void audit_histogram_add(audit_histogram *histogram, double score, int in, int choosing)
{
    audit_counts *counts = choosing ? &histogram->choosing : &histogram->measured;
    double at = (score / histogram->reach + 1) * (0.5 * AUDIT_BINS);
    int bin = at >= AUDIT_BINS - 1 ? AUDIT_BINS - 1 : at >= 0 ? (int)at : 0;
    if (in)
        counts->in[bin]++;
    else
        counts->out[bin]++;
}

void audit_histogram_merge(audit_histogram *histogram, const audit_histogram *other)
{
    for (int b = 0; b < AUDIT_BINS; b++) {
        histogram->choosing.in[b] += other->choosing.in[b];
        histogram->choosing.out[b] += other->choosing.out[b];
        histogram->measured.in[b] += other->measured.in[b];
        histogram->measured.out[b] += other->measured.out[b];
    }
}

/* "in" is said from bin `edge` on, or "out" below it. */
static audit_tally tally_at(const audit_counts *counts, int says_in, int edge)
{
    audit_tally tally = {0};
    for (int b = 0; b < AUDIT_BINS; b++) {
        uint64_t right = says_in ? counts->in[b] : counts->out[b], wrong = says_in ? counts->out[b] : counts->in[b];
        int said = says_in ? b >= edge : b < edge;
        tally.hit_trials += right;
        tally.false_alarm_trials += wrong;
        tally.hits += said ? right : 0;
        tally.false_alarms += said ? wrong : 0;
    }
    return tally;
}

/* About the bound that a tally will give: Wilson's interval in the place of the exact one. It only ranks thresholds. */
static double tally_promise(const audit_tally *tally, double delta)
{
    double z = 3, square = z * z, hits = (double)tally->hits, false_alarms = (double)tally->false_alarms;
    if (tally->hit_trials == 0 || tally->false_alarm_trials == 0)
        return 0;
    double hit = (hits + square / 2 - z * sqrt(hits + square / 4)) / (double)tally->hit_trials;
    double false_alarm =
        (false_alarms + square / 2 + z * sqrt(false_alarms + square / 4)) / (double)tally->false_alarm_trials;
    return dpdm_audit_epsilon(hit, false_alarm, delta);
}

/* Every edge in turn: from above for "in", from below for "out". */
static void threshold_choose(const audit_counts *counts, int says_in, double delta, double *best, int *word, int *edge)
{
    audit_tally tally = tally_at(counts, says_in, says_in ? AUDIT_BINS : 0);
    for (int i = 1; i < AUDIT_BINS; i++) {
        int b = says_in ? AUDIT_BINS - i : i - 1; /* the bin that joins those that make the attacker say the word */
        tally.hits += says_in ? counts->in[b] : counts->out[b];
        tally.false_alarms += says_in ? counts->out[b] : counts->in[b];
        double promise = tally_promise(&tally, delta);
        if (promise > *best) {
            *best = promise;
            *word = says_in;
            *edge = says_in ? b : b + 1;
        }
    }
}

void audit_histogram_bound(const audit_histogram *histogram, double delta, double risk,
                           dpdm_audit_mechanism_result *result)
{
    double best = 0;
    int says_in = 1, edge = AUDIT_BINS / 2;
    threshold_choose(&histogram->choosing, 1, delta, &best, &says_in, &edge);
    threshold_choose(&histogram->choosing, 0, delta, &best, &says_in, &edge);
    audit_tally tally = tally_at(&histogram->measured, says_in, edge);
    result->says_in = says_in;
    result->threshold = histogram->reach * (2.0 * edge / AUDIT_BINS - 1);
    result->hits = tally.hits;
    result->hit_trials = tally.hit_trials;
    result->false_alarms = tally.false_alarms;
    result->false_alarm_trials = tally.false_alarm_trials;
    result->hit_lower = dpdm_audit_rate_lower(tally.hits, tally.hit_trials, risk / 2);
    result->false_alarm_upper = dpdm_audit_rate_upper(tally.false_alarms, tally.false_alarm_trials, risk / 2);
    result->epsilon_lower = dpdm_audit_epsilon(result->hit_lower, result->false_alarm_upper, delta);
}
