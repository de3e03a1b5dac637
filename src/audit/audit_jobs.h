/* audit_jobs.h - the audits (dpdm/audit.h) as `dpdm audit` and dpdm.h run them: their options by table, their results as JSON.
 *
 * A watch hears of "audit". The JSON functions return an object for cJSON_Delete, NULL when out of memory. That a bound
 * exceeds the claim is no failure of these calls: the result says "exceeded". */
#ifndef DPDM_AUDIT_JOBS_H
#define DPDM_AUDIT_JOBS_H

#include <cjson/cJSON.h>
#include "base/options.h"
#include "base/watch.h"
#include "dpdm/audit.h"
#include "dpdm/reading.h"

/* ---- what the results share ---- */

/* What results say that were computed from somebody's data. */
extern const char dpdm_audit_touches_data[];
/* part / all; 0 of nothing. */
double dpdm_audit_share(uint64_t part, uint64_t all);
/* The same keys in each: epsilon_lower, epsilon_claimed, ratio, delta, confidence, exceeded. */
void dpdm_audit_bound_json(cJSON *json, double epsilon_lower, double epsilon_claimed, double delta, double confidence);

/* ---- the mechanism ---- */

typedef struct {
    dpdm_audit_mechanism_options audit;
    double epsilon; /* what noise_multiplier is calibrated to, if that is not given */
    int has_epsilon, has_noise;
} dpdm_audit_mechanism_job;

extern const dpdm_option_table dpdm_audit_mechanism_table;
void dpdm_audit_mechanism_defaults(void *object);
/* Settles the noise multiplier in *job, then audits. DPDM_EUSAGE unless one of epsilon and noise multiplier is given. */
dpdm_status dpdm_audit_mechanism_job_run(dpdm_audit_mechanism_job *job, const dpdm_watch *watch,
                                         dpdm_audit_mechanism_result *result, dpdm_error *err);
cJSON *dpdm_audit_mechanism_to_json(const dpdm_audit_mechanism_options *options,
                                    const dpdm_audit_mechanism_result *result);

/* ---- one training; its config has the table of train/config.h ---- */

typedef struct {
    uint64_t canaries;
    double confidence;
    int null;
} dpdm_audit_training_job;

extern const dpdm_option_table dpdm_audit_training_table;
void dpdm_audit_training_defaults(void *object);
dpdm_status dpdm_audit_training_job_run(const dpdm_train_config *config, const dpdm_audit_training_job *job,
                                        const dpdm_watch *watch, dpdm_audit_training_result *result, dpdm_error *err);
cJSON *dpdm_audit_training_to_json(const dpdm_train_config *config, const dpdm_audit_training_job *o,
                                   const dpdm_audit_training_result *r);

/* ---- membership ---- */

typedef struct {
    char synthetic[1024], members[1024], non_members[1024], data_dir[1024];
    dpdm_audit_membership_options audit;
    double claim;                 /* an epsilon to hold the bound against; 0: none */
    dpdm_reading_options reading; /* of the real images */
} dpdm_audit_membership_job;

typedef struct {
    const dpdm_dataset *synthetic, *members, *non_members;
} dpdm_audit_membership_sets;

extern const dpdm_option_table dpdm_audit_membership_table;
void dpdm_audit_membership_defaults(void *object);
/* given: the sets in memory; NULL: those that the options name. */
dpdm_status dpdm_audit_membership_job_run(const dpdm_audit_membership_job *job, const dpdm_audit_membership_sets *given,
                                          const dpdm_watch *watch, dpdm_audit_membership_result *result,
                                          dpdm_error *err);
cJSON *dpdm_audit_membership_to_json(const dpdm_audit_membership_job *o, const dpdm_audit_membership_result *r);
/* What every reader of the result must hear, and what its bound rests on (or why there is none). */
extern const char dpdm_audit_weak_note[];
const char *dpdm_audit_coins_note(const dpdm_audit_membership_result *result);

#endif
