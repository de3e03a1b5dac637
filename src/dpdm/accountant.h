/* accountant.h - epsilon of compositions of Poisson-subsampled Gaussian mechanisms.
 *
 * Neighbours: add or remove one unit; the bound covers both directions. An event is `steps` repetitions of one
 * mechanism; events compose in the order given (order does not matter to the bound).
 * epsilon_upper is a proven upper bound on the exact epsilon(delta), every rounding taken in the safe direction;
 * epsilon_lower a lower bound where the accountant has one (else 0). Outside the range that is proven the
 * functions return DPDM_ERANGE with the reason; they never switch method silently. docs/privacy/accounting.md.
 * Thread-safe; no globals. */
#ifndef DPDM_ACCOUNTANT_H
#define DPDM_ACCOUNTANT_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { DPDM_ACCOUNTANT_PLD = 0, DPDM_ACCOUNTANT_RDP = 1 } dpdm_accountant;

typedef struct {
    double sampling_rate;    /* q in [0, 1]; 1: no subsampling */
    double noise_multiplier; /* sigma > 0: noise standard deviation / sensitivity */
    uint64_t steps;          /* T >= 1 */
} dpdm_event;

typedef struct {
    double epsilon_upper; /* infinity where no finite bound exists */
    double epsilon_lower;
    double delta;
    dpdm_accountant accountant;
    double order; /* RDP: the order that gave the bound; else 0 */
} dpdm_bound;

enum { DPDM_ACCOUNTANTS = DPDM_ACCOUNTANT_RDP + 1 };

/* "pld", "rdp": by number, NULL at the end, for options. */
extern const char *const dpdm_accountant_choices[];
DPDM_API const char *dpdm_accountant_name(dpdm_accountant accountant);
/* Is there one of that name? *accountant: which. */
int dpdm_accountant_find(const char *name, dpdm_accountant *accountant);

/* epsilon at delta, delta in (0, 1), of the composition of events[0..count). */
DPDM_API dpdm_status dpdm_account(const dpdm_event *events, size_t count, double delta, dpdm_accountant accountant,
                                  dpdm_bound *bound, dpdm_error *err);

/* delta at epsilon >= 0: upper bound and lower bound (0 where the accountant has none). */
DPDM_API dpdm_status dpdm_account_delta(const dpdm_event *events, size_t count, double epsilon,
                                        dpdm_accountant accountant, double *delta_upper, double *delta_lower,
                                        dpdm_error *err);

/* The smallest noise multiplier, to 0.1 %, with which events[0..count) (their own noise given and kept) followed by
 * `steps` steps at sampling_rate have epsilon_upper <= epsilon at delta; never over the target. fixed may be NULL.
 * *bound is that of the whole composition at the returned multiplier. */
DPDM_API dpdm_status dpdm_calibrate_noise(double epsilon, double delta, double sampling_rate, uint64_t steps,
                                          const dpdm_event *fixed, size_t count, dpdm_accountant accountant,
                                          double *noise_multiplier, dpdm_bound *bound, dpdm_error *err);
/* The most steps within (epsilon, delta) at a given noise multiplier and rate; 0 if not even one. */
DPDM_API dpdm_status dpdm_calibrate_steps(double epsilon, double delta, double sampling_rate, double noise_multiplier,
                                          dpdm_accountant accountant, uint64_t *steps, dpdm_bound *bound,
                                          dpdm_error *err);
/* The largest sampling rate within (epsilon, delta), to 0.1 %, at a given noise multiplier and number of steps. */
DPDM_API dpdm_status dpdm_calibrate_rate(double epsilon, double delta, double noise_multiplier, uint64_t steps,
                                         dpdm_accountant accountant, double *sampling_rate, dpdm_bound *bound,
                                         dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
