/* audit.h - attacks on dpdm itself, and what they prove: lower bounds on epsilon beside the accountant's upper ones.
 *
 * An accountant bounds what the mechanism on paper can leak. An audit runs the program and lets an attacker guess who
 * was in the data: too many right guesses refute (epsilon, delta), at a stated confidence. A lower bound above the
 * claim proves a defect (up to that confidence); one below it proves nothing about attacks that were not tried, and a
 * weak attack that finds nothing is no evidence of privacy at all. Every bound here holds for the attack's counts
 * whatever the mechanism is: docs/privacy/audit.md has the theorems and what each audit can and cannot show.
 * Thread-safe; no globals. */
#ifndef DPDM_AUDIT_H
#define DPDM_AUDIT_H

#include "dpdm/dataset.h"
#include "dpdm/train.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- bounds from counts ---- */

/* One-sided Clopper-Pearson bounds (Clopper and Pearson 1934) of a probability that came up `hits` times in `trials`
 * independent trials: each fails with probability at most risk, in (0, 1). Rounded to the safe side. */
DPDM_API double dpdm_audit_rate_lower(uint64_t hits, uint64_t trials, double risk);
DPDM_API double dpdm_audit_rate_upper(uint64_t hits, uint64_t trials, double risk);

/* max(0, ln((hit - delta) / false_alarm)): no (epsilon, delta) below it allows an attack that says "yes" with
 * probability at least `hit` where yes is true and at most `false_alarm` where it is not (Kairouz et al. 2015). 0 where
 * nothing follows; infinity where false_alarm is 0 and hit exceeds delta. */
DPDM_API double dpdm_audit_epsilon(double hit, double false_alarm, double delta);

/* How likely at least `right` of exactly `guesses` guesses are, at most, if the mechanism is (epsilon, delta)-DP under
 * addition or removal of one of `canaries` records, each of which is in by a fair coin of its own (Steinke, Nasr,
 * Jagielski 2023). The rest of the canaries is abstained from. */
DPDM_API double dpdm_audit_one_run_p_value(uint64_t canaries, uint64_t guesses, uint64_t right, double epsilon,
                                           double delta);
/* The largest epsilon up to 20 refuted at p-value `risk`, to 1e-6 and rounded down: exceeds the true one with probability at most
 * risk. 0 where 2 canaries delta > 1, where the bound says nothing. */
DPDM_API double dpdm_audit_one_run_epsilon(uint64_t canaries, uint64_t guesses, uint64_t right, double delta,
                                           double risk);

/* ---- the mechanism: many short runs of the real step ---- */

#define DPDM_AUDIT_CANARIES 128 /* trials that one run gives */

typedef struct {
    double sampling_rate, noise_multiplier;
    uint64_t steps; /* of one run; all its released vectors are seen */
    double delta;
    double claim;      /* epsilon to hold the bound against; 0: the accountant's */
    uint64_t runs;     /* DPDM_AUDIT_CANARIES trials each */
    double confidence; /* of the lower bound, e.g. 0.95 */
    int threads;       /* 0: all */
    int null;          /* the canaries are never put in: the bound must be about 0 */
    int has_seed;      /* keys from `seed`, so that a test gives the same counts each time; else from the system */
    uint64_t seed;
} dpdm_audit_mechanism_options;

/* 400,000 runs of one step at rate 1, confidence 0.95, delta 1e-5; noise_multiplier is to be set. */
DPDM_API dpdm_audit_mechanism_options dpdm_audit_mechanism_default(void);

/* What the attack says on a transcript: "in" (or "out") where the log-likelihood ratio reaches the threshold. Threshold
 * and word are chosen on a quarter of the runs, which is not counted below. */
typedef struct {
    double epsilon_claimed;
    double epsilon_lower; /* at the confidence asked for */
    int exceeded;         /* epsilon_lower > epsilon_claimed: a defect */
    int says_in;          /* the word: "in" where the ratio is at least the threshold, else "out" where it is below */
    double threshold;     /* of the log-likelihood ratio */
    uint64_t hits, hit_trials;                 /* said where it is true */
    uint64_t false_alarms, false_alarm_trials; /* said where it is not */
    double hit_lower, false_alarm_upper;       /* Clopper-Pearson, each at half the risk */
    uint64_t runs, trials;                     /* all, with those that chose the threshold */
} dpdm_audit_mechanism_result;

/* Asked now and then from one thread; non-zero gives up with DPDM_ECANCELLED. done, total: in any unit. */
typedef int (*dpdm_audit_progress_fn)(void *context, uint64_t done, uint64_t total);

/* Runs the audit. progress: NULL or asked now and then. DPDM_EUSAGE or DPDM_ERANGE on impossible options. DPDM_OK says
 * that the audit was run: look at `exceeded`. */
DPDM_API dpdm_status dpdm_audit_mechanism_run(const dpdm_audit_mechanism_options *options,
                                              dpdm_audit_progress_fn progress, void *context,
                                              dpdm_audit_mechanism_result *result, dpdm_error *err);

/* ---- one training: canaries among the records ---- */

typedef struct {
    size_t canaries;   /* gradients of norm far above the clip, each along a random weight of its own */
    double confidence; /* of the lower bound */
    int null;          /* coins are tossed, no canary is put in: the bound must be about 0 */
} dpdm_audit_training_options;

/* 1000 canaries, confidence 0.95. */
DPDM_API dpdm_audit_training_options dpdm_audit_training_default(void);

typedef struct {
    double epsilon_claimed;  /* of the training steps at the config's delta */
    double epsilon_lower;    /* at the confidence asked for */
    double epsilon_expected; /* about what this audit shows of a sound training: more takes more canaries or steps */
    int exceeded;            /* epsilon_lower > epsilon_claimed: a defect */
    uint64_t canaries, inserted;
    uint64_t guesses, right; /* how many guesses was settled beforehand, from public numbers */
    double p_value;          /* of that many right ones if the claim holds */
} dpdm_audit_training_result;

/* Trains as dpdm_train_run does (same plan, gradients, steps, optimiser, prior) with canaries among the records, each by a
 * fair coin, and guesses from the released vectors which are in (Steinke, Nasr, Jagielski 2023). The attacker knows all
 * other records, their draws and their batches; epsilon_lower exceeds the true epsilon with probability at most
 * 1 - confidence. Nothing is written, no ledger is asked and no model leaves: config's out, ledger, resume, overwrite,
 * checkpoints and previews are not used. TOUCHES the data of config->data: the result is covered by no guarantee;
 * public data of the same shape audit the same code. DPDM_EUSAGE on impossible options; progress: after each step. */
DPDM_API dpdm_status dpdm_audit_training_run(const dpdm_train_config *config,
                                             const dpdm_audit_training_options *options,
                                             dpdm_audit_progress_fn progress, void *context,
                                             dpdm_audit_training_result *result, dpdm_error *err);

/* ---- membership: an attack on samples alone ---- */

typedef struct {
    double delta, confidence;
    int threads;   /* 0: all */
    uint64_t seed; /* divides the candidates into a half that chooses the attack and a half that is measured */
} dpdm_audit_membership_options;

/* delta 1e-5, confidence 0.95. */
DPDM_API dpdm_audit_membership_options dpdm_audit_membership_default(void);

/* How an attack does that calls at most a given share of the non-members members. */
typedef struct {
    double target;                             /* the share asked for */
    uint64_t hits, hit_trials;                 /* members called so */
    uint64_t false_alarms, false_alarm_trials; /* non-members called so; the threshold comes from the other half */
    double hit_lower, hit_upper, false_alarm_lower, false_alarm_upper; /* Clopper-Pearson, as if members were
                                                                          independent */
} dpdm_audit_operating_point;

enum { DPDM_AUDIT_POINTS = 2 }; /* targets 0.001 and 0.01 */

/* All of the measured half. */
typedef struct {
    const char *score;                /* the attack that did best on the other half */
    uint64_t members, non_members;    /* measured */
    double auc, auc_lower, auc_upper; /* 0.5: a blind guess; Hoeffding's interval, as if members were independent */
    dpdm_audit_operating_point points[DPDM_AUDIT_POINTS];
    int fair;                /* the numbers of members and non-members (all) look like fair coins */
    double epsilon_lower;    /* 0 where not fair */
    uint64_t guesses, right; /* that gave it */
} dpdm_audit_membership_result;

/* Tries to tell members, which were trained on, from non-members, which were not, by synthetic images alone: by the
 * distance to the nearest, by a kernel density, and by the distance to the nearest synthetic image relative to that of
 * the nearest other candidate. Distances themselves are no measure of privacy and are not reported.
 * epsilon_lower fails with probability at most 1 - confidence if a fair coin of its own, tossed before the training, put
 * each candidate among members or non-members (other records may have been trained on too); docs/privacy/audit.md.
 * TOUCHES members and non-members: the result is covered by no guarantee. A weak attack that finds nothing proves
 * nothing. DPDM_EUSAGE: shapes differ, or a set is too small (20 candidates a side, 2 synthetic images). */
DPDM_API dpdm_status dpdm_audit_membership_run(const dpdm_dataset *synthetic, const dpdm_dataset *members,
                                               const dpdm_dataset *non_members,
                                               const dpdm_audit_membership_options *options,
                                               dpdm_audit_progress_fn progress, void *context,
                                               dpdm_audit_membership_result *result, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
