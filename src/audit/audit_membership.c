/* audit_membership.c - who was trained on? A black-box attack by samples: one half chooses it, the other measures it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/audit.h"
#include "dpdm/rng.h"
#include "audit/audit_roc.h"
#include "audit/audit_scores.h"

enum { MEMBERSHIP_LEAST = 20, MEMBERSHIP_LEVELS = 64 };

/* The attack that the choosing half found best: which score, and which shares are called members and non-members. */
typedef struct {
    audit_score score;
    double first, last; /* shares of the half */
    double epsilon, area;
} membership_attack;

typedef struct {
    const dpdm_dataset *members, *non_members;
    const dpdm_audit_membership_options *options;
    size_t count, choosing; /* candidates; how many of them choose */
    size_t *order;          /* [count]: a random order; the first `choosing` choose */
    double *scores;         /* [AUDIT_SCORES, count] */
    audit_ranked *ranked;   /* [count] */
} membership_audit;

static dpdm_status membership_check(const dpdm_dataset *synthetic, const membership_audit *audit, dpdm_error *err);
static dpdm_status membership_allocate(membership_audit *audit, dpdm_error *err);
static void membership_shuffle(membership_audit *audit);
static membership_attack membership_choose(membership_audit *audit);
static void membership_measure(membership_audit *audit, const membership_attack *attack,
                               dpdm_audit_membership_result *result);

dpdm_audit_membership_options dpdm_audit_membership_default(void)
{
    return (dpdm_audit_membership_options){.delta = 1e-5, .confidence = 0.95};
}

dpdm_status dpdm_audit_membership_run(const dpdm_dataset *synthetic, const dpdm_dataset *members,
                                      const dpdm_dataset *non_members, const dpdm_audit_membership_options *options,
                                      dpdm_audit_progress_fn progress, void *context,
                                      dpdm_audit_membership_result *result, dpdm_error *err)
{
    memset(result, 0, sizeof *result);
    membership_audit audit = {.members = members, .non_members = non_members, .options = options};
    dpdm_status status = membership_check(synthetic, &audit, err);
    if (!status)
        status = membership_allocate(&audit, err);
    if (!status)
        status = audit_scores_compute(synthetic, members, non_members, options->threads, progress, context,
                                      audit.scores, err);
    if (!status) {
        membership_shuffle(&audit);
        membership_attack attack = membership_choose(&audit);
        membership_measure(&audit, &attack, result);
    }
    free(audit.ranked);
    free(audit.scores);
    free(audit.order);
    return status;
}

static int membership_same_shape(const dpdm_dataset *a, const dpdm_dataset *b)
{
    return a->height == b->height && a->width == b->width && a->channels == b->channels;
}

static dpdm_status membership_check(const dpdm_dataset *synthetic, const membership_audit *audit, dpdm_error *err)
{
    const dpdm_audit_membership_options *options = audit->options;
    if (!(options->delta > 0 && options->delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g: it must lie between 0 and 1", options->delta);
    if (!(options->confidence > 0 && options->confidence < 1))
        return dpdm_error_set(err, DPDM_EUSAGE, "confidence %g: it must lie between 0 and 1, such as 0.95",
                              options->confidence);
    if (!membership_same_shape(synthetic, audit->members) || !membership_same_shape(synthetic, audit->non_members))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "the synthetic images are %d x %d x %d, and members or non-members are not: give sets of "
                              "one shape",
                              synthetic->height, synthetic->width, synthetic->channels);
    if (synthetic->count < 2 || audit->members->count < MEMBERSHIP_LEAST ||
        audit->non_members->count < MEMBERSHIP_LEAST)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "an audit of membership needs at least 2 synthetic images, %d members and %d non-members",
                              MEMBERSHIP_LEAST, MEMBERSHIP_LEAST);
    double most = 1 / (double)(audit->members->count + audit->non_members->count + 1);
    if (options->delta > most)
        return dpdm_error_set(err, DPDM_EUSAGE, "delta %g is too large for so many candidates: give at most %.2g",
                              options->delta, most * 0.99);
    return DPDM_OK;
}

static dpdm_status membership_allocate(membership_audit *audit, dpdm_error *err)
{
    audit->count = (size_t)(audit->members->count + audit->non_members->count);
    audit->choosing = audit->count / 2;
    audit->order = malloc(audit->count * sizeof *audit->order);
    audit->scores = malloc(AUDIT_SCORES * audit->count * sizeof *audit->scores);
    audit->ranked = malloc(audit->count * sizeof *audit->ranked);
    if (!audit->order || !audit->scores || !audit->ranked)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the scores of %zu candidates", audit->count);
    return DPDM_OK;
}

static void membership_shuffle(membership_audit *audit)
{
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, audit->options->seed);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    for (size_t i = 0; i < audit->count; i++)
        audit->order[i] = i;
    for (size_t i = audit->count; i > 1; i--) {
        size_t other = (size_t)dpdm_stream_below(&stream, i), kept = audit->order[i - 1];
        audit->order[i - 1] = audit->order[other];
        audit->order[other] = kept;
    }
    dpdm_stream_wipe(&stream);
}

/* One half by one score, sorted: places [first, first + count) of the random order. */
static void membership_rank(membership_audit *audit, audit_score score, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t who = audit->order[first + i];
        audit->ranked[i] =
            (audit_ranked){audit->scores[(size_t)score * audit->count + who], i, who < audit->members->count};
    }
    audit_roc_sort(audit->ranked, count);
}

/* 0, 1, 2, 3, 4, 6, 8, 11 ... up to half of count; returns how many. */
static size_t membership_levels(size_t count, size_t levels[MEMBERSHIP_LEVELS])
{
    size_t n = 0;
    for (size_t k = 0; k <= count / 2 && n < MEMBERSHIP_LEVELS; k += 1 + k / 3)
        levels[n++] = k;
    return n;
}

/* Tries all pairs of levels of one score that is ranked, and keeps what beats *best. */
static void membership_try(const membership_audit *audit, audit_score score, membership_attack *best)
{
    size_t levels[MEMBERSHIP_LEVELS], count = audit->choosing, n = membership_levels(count, levels);
    double risk = 1 - audit->options->confidence, delta = audit->options->delta;
    double area = audit_roc_area(audit->ranked, count);
    if (best->epsilon == 0 && area > best->area)
        *best = (membership_attack){score, 0.1, 0.1, 0, area};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            size_t guesses = levels[i] + levels[j];
            uint64_t right = audit_roc_right(audit->ranked, count, levels[i], levels[j]);
            if (dpdm_audit_one_run_p_value(count, guesses, right, best->epsilon, delta) >= risk)
                continue; /* it would not do better */
            double epsilon = dpdm_audit_one_run_epsilon(count, guesses, right, delta, risk);
            if (epsilon > best->epsilon)
                *best = (membership_attack){score, (double)levels[i] / (double)count, (double)levels[j] / (double)count,
                                            epsilon, area};
        }
}

static membership_attack membership_choose(membership_audit *audit)
{
    membership_attack best = {.first = 0.1, .last = 0.1};
    for (int score = 0; score < AUDIT_SCORES; score++) {
        membership_rank(audit, (audit_score)score, 0, audit->choosing);
        membership_try(audit, (audit_score)score, &best);
    }
    return best;
}

/* Would fair coins, one a candidate, give numbers so far apart? Beyond five standard deviations: no. */
static int membership_fair(const membership_audit *audit)
{
    double members = (double)audit->members->count, non_members = (double)audit->non_members->count;
    return fabs(members - non_members) <= 5 * sqrt(members + non_members);
}

static void membership_point(const audit_ranked *ranked, size_t count, double threshold, double risk,
                             dpdm_audit_operating_point *point)
{
    for (size_t i = 0; i < count; i++) {
        int said = ranked[i].score > threshold, in = ranked[i].in;
        point->hit_trials += in;
        point->false_alarm_trials += !in;
        point->hits += in && said;
        point->false_alarms += !in && said;
    }
    point->hit_lower = dpdm_audit_rate_lower(point->hits, point->hit_trials, risk / 2);
    point->hit_upper = dpdm_audit_rate_upper(point->hits, point->hit_trials, risk / 2);
    point->false_alarm_lower = dpdm_audit_rate_lower(point->false_alarms, point->false_alarm_trials, risk / 2);
    point->false_alarm_upper = dpdm_audit_rate_upper(point->false_alarms, point->false_alarm_trials, risk / 2);
}

static void membership_measure(membership_audit *audit, const membership_attack *attack,
                               dpdm_audit_membership_result *result)
{
    static const double targets[DPDM_AUDIT_POINTS] = {0.001, 0.01};
    double thresholds[DPDM_AUDIT_POINTS], risk = 1 - audit->options->confidence;
    size_t count = audit->count - audit->choosing;
    membership_rank(audit, attack->score, 0, audit->choosing);
    for (int i = 0; i < DPDM_AUDIT_POINTS; i++)
        thresholds[i] = audit_roc_threshold(audit->ranked, audit->choosing, targets[i]);
    membership_rank(audit, attack->score, audit->choosing, count);
    result->score = audit_score_name(attack->score);
    for (int i = 0; i < DPDM_AUDIT_POINTS; i++) {
        result->points[i].target = targets[i];
        membership_point(audit->ranked, count, thresholds[i], risk, &result->points[i]);
    }
    result->members = result->points[0].hit_trials;
    result->non_members = result->points[0].false_alarm_trials;
    /* Hoeffding 1963, section 5: a mean over pairs is as sure as one over as many independent pairs as there are. */
    double pairs = (double)(result->members < result->non_members ? result->members : result->non_members);
    double reach = pairs > 0 ? sqrt(log(2 / risk) / (2 * pairs)) : 1;
    result->auc = audit_roc_area(audit->ranked, count);
    result->auc_lower = fmax(0, result->auc - reach);
    result->auc_upper = fmin(1, result->auc + reach);
    size_t first = (size_t)(attack->first * (double)count), last = (size_t)(attack->last * (double)count);
    result->fair = membership_fair(audit);
    result->guesses = first + last;
    result->right = audit_roc_right(audit->ranked, count, first, last);
    if (result->fair)
        result->epsilon_lower =
            dpdm_audit_one_run_epsilon(count, result->guesses, result->right, audit->options->delta, risk);
}
