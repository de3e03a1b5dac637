/* sample_options.h - a table with a row of every type, shared by the tests of options. */
#ifndef SAMPLE_OPTIONS_H
#define SAMPLE_OPTIONS_H

#include <float.h>
#include "base/options.h"

typedef struct {
    int verbose, count, noise_given;
    uint64_t seed;
    double noise, rate;
    char out[16];
    enum { RED, DARK_GREEN, BLUE } colour;
    int levels[4];
    int secret;
} sample;

static const char *const sample_colours[] = {"red", "dark-green", "blue", NULL};

static const dpdm_option sample_rows[] = {
    {.name = "verbose", .type = DPDM_OPTION_FLAG, .offset = offsetof(sample, verbose)},
    {.name = "count", .type = DPDM_OPTION_INT, .offset = offsetof(sample, count), .min = -5, .max = 100},
    {.name = "seed", .type = DPDM_OPTION_U64, .offset = offsetof(sample, seed), .flags = DPDM_OPTION_PUBLIC},
    {.name = "noise-multiplier",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(sample, noise),
     .min = DBL_TRUE_MIN,
     .max = DBL_MAX,
     .given_offset = offsetof(sample, noise_given),
     .metavar = "S"},
    {.name = "sampling-rate",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(sample, rate),
     .min = 0,
     .max = 1,
     .flags = DPDM_OPTION_PUBLIC},
    {.name = "out", .type = DPDM_OPTION_STRING, .offset = offsetof(sample, out), .size = sizeof(((sample *)0)->out)},
    {.name = "colour",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(sample, colour),
     .choices = sample_colours,
     .flags = DPDM_OPTION_ONCE},
    {.name = "levels",
     .type = DPDM_OPTION_INT_LIST,
     .offset = offsetof(sample, levels),
     .size = 4,
     .min = 1,
     .max = 64},
    {.name = "secret", .type = DPDM_OPTION_FLAG, .offset = offsetof(sample, secret), .flags = DPDM_OPTION_NO_FILE},
};

static const dpdm_option_table sample_table = {sample_rows, sizeof sample_rows / sizeof *sample_rows};

#endif
