/* privacy_options.c - what the verbs about privacy share. */
#include "privacy_options.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include "base/json.h"
#include "text.h"

static const dpdm_option rows[] = {
    {.name = "epsilon",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(cli_privacy, epsilon),
     .max = DBL_MAX,
     .metavar = "E",
     .help = "the privacy target",
     .given_offset = offsetof(cli_privacy, has_epsilon)},
    {.name = "delta",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(cli_privacy, delta),
     .max = 1,
     .metavar = "D",
     .help = "probability with which epsilon may fail; well below 1 / number of records",
     .given_offset = offsetof(cli_privacy, has_delta)},
    {.name = "sampling-rate",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(cli_privacy, sampling_rate),
     .max = 1,
     .metavar = "Q",
     .help = "probability with which each record is in a step, independently; 1: no subsampling",
     .given_offset = offsetof(cli_privacy, has_rate)},
    {.name = "noise-multiplier",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(cli_privacy, noise_multiplier),
     .min = DBL_TRUE_MIN,
     .max = DBL_MAX,
     .metavar = "S",
     .help = "standard deviation of the noise / clipping norm",
     .given_offset = offsetof(cli_privacy, has_noise)},
    {.name = "steps",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(cli_privacy, steps),
     .min = 1,
     .max = DBL_MAX,
     .metavar = "T",
     .help = "number of steps",
     .given_offset = offsetof(cli_privacy, has_steps)},
    {.name = "group",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(cli_privacy, group),
     .min = 1,
     .max = DPDM_GROUP_MAX,
     .metavar = "M",
     .help = "records that one unit, such as a person, may own; epsilon is for all of them together"},
    {.name = "events",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(cli_privacy, events),
     .size = sizeof(((cli_privacy *)0)->events),
     .metavar = "FILE",
     .help = "JSON list [{\"sampling_rate\": Q, \"noise_multiplier\": S, \"steps\": T}, ...] of what is spent on the "
             "same data, or an event of dp_accounting"},
    {.name = "accountant",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(cli_privacy, accountant),
     .choices = dpdm_accountant_choices,
     .help = "privacy-loss distribution (tight) or Renyi (an independent check)"},
};

const dpdm_option_table cli_privacy_options = {rows, sizeof rows / sizeof *rows};

void cli_privacy_defaults(void *object)
{
    cli_privacy *privacy = object;
    privacy->accountant = DPDM_ACCOUNTANT_PLD;
    privacy->group = 1;
}

dpdm_status cli_privacy_check(const cli_privacy *privacy, dpdm_error *err)
{
    if (privacy->has_delta && !(privacy->delta > 0 && privacy->delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "delta must lie between 0 and 1, both excluded; choose it well below 1 / "
                              "number of records, such as 1e-5");
    return DPDM_OK;
}

void cli_bound_print(const dpdm_bound *bound)
{
    if (isfinite(bound->epsilon_upper))
        printf("epsilon <= %.5g at delta = %g  (%s accountant)\n", dpdm_bound_round(bound->epsilon_upper, 1),
               bound->delta, dpdm_accountant_name(bound->accountant));
    else
        printf("no finite epsilon at delta = %g  (%s accountant)\n", bound->delta,
               dpdm_accountant_name(bound->accountant));
    if (bound->epsilon_lower > 0)
        printf("epsilon >= %.5g: no valid accountant can claim less\n", dpdm_bound_round(bound->epsilon_lower, 0));
}

void cli_assumptions_print(uint64_t group)
{
    char neighbours[200];
    if (group > 1)
        snprintf(
            neighbours, sizeof neighbours,
            "Neighbours: data sets that differ by adding or removing one unit with up to %llu records, all together.",
            (unsigned long long)group);
    else
        snprintf(neighbours, sizeof neighbours,
                 "Neighbours: data sets that differ by adding or removing one record. A person with several records is "
                 "protected less.");
    puts("\nWhat this says");
    cli_text_wrap(stdout, neighbours, 0, 2, 79);
    cli_text_wrap(
        stdout,
        "Sampling: each record is in each step by its own independent draw (Poisson), unseen by anyone. Shuffled "
        "or fixed-size batches have another epsilon.\n"
        "Noise: Gaussian, fresh in every step, on a sum of vectors clipped to the norm that the noise multiplier "
        "is relative to; divided by public numbers only.\n"
        "Every step's output may be seen, and whatever is computed from them later costs nothing.",
        0, 2, 79);
    puts("\nWhat it does not cover");
    cli_text_wrap(stdout,
                  "Settings chosen by looking at the private data, anything else computed from it (losses, statistics, "
                  "class lists), and other uses of the same data, unless they stand in --events.",
                  0, 2, 79);
}
