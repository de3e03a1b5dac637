/* audit_guesses.c - see audit_guesses.h. */
#include "audit/audit_guesses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/audit.h"
#include "dpdm/rng.h"
#include "audit/audit_mechanism.h"

enum { PLAN_TRIES_MOST = 16, PLAN_DRAWS = 10000000, PLAN_NORMALS = 1024 };

/* What qsort sees: a score's size and whose it is. */
typedef struct {
    double size;
    size_t index;
} guess_rank;

static int guess_compare(const void *a, const void *b)
{
    const guess_rank *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->index > y->index) - (x->index < y->index);
}

dpdm_status audit_guesses_count(const double *scores, const uint8_t *in, size_t count, uint64_t *right, dpdm_error *err)
{
    guess_rank *ranks = malloc((count + 1) * sizeof *ranks);
    if (!ranks)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to rank %zu guesses", count);
    for (size_t i = 0; i < count; i++)
        ranks[i] = (guess_rank){isnan(scores[i]) ? 0 : fabs(scores[i]), i};
    qsort(ranks, count, sizeof *ranks, guess_compare);
    uint64_t sum = 0;
    for (size_t k = 0; k < count; k++) {
        size_t i = ranks[k].index;
        sum += (scores[i] > 0) == (in[i] != 0);
        right[k] = sum;
    }
    free(ranks);
    return DPDM_OK;
}

uint64_t audit_guesses_best(const uint64_t *right, size_t canaries, double delta, double risk, double *epsilon)
{
    uint64_t best = 1;
    *epsilon = 0;
    /* Every number up to 32, then steps of a thirty-second, and all. */
    for (size_t next = 1, k = 0; k < canaries; next += 1 + next / 32) {
        k = next < canaries ? next : canaries;
        double bound = dpdm_audit_one_run_epsilon(canaries, k, right[k - 1], delta, risk);
        if (bound > *epsilon) {
            *epsilon = bound;
            best = k;
        }
    }
    return best;
}

/* ---- the ideal mechanism ---- */

/* Normals in portions; a stream of its own for each try. */
typedef struct {
    dpdm_stream stream;
    float normals[PLAN_NORMALS];
    size_t used;
} plan_noise;

static double plan_normal(plan_noise *noise)
{
    if (noise->used == PLAN_NORMALS) {
        dpdm_stream_normals(&noise->stream, noise->normals, PLAN_NORMALS);
        noise->used = 0;
    }
    return noise->normals[noise->used++];
}

static double plan_score(plan_noise *noise, int in, double rate, double noise_multiplier, uint64_t steps)
{
    double score = 0;
    for (uint64_t t = 0; t < steps; t++) {
        int there = in && dpdm_stream_uniform(&noise->stream) < rate;
        double x = (there ? 1 : 0) + noise_multiplier * plan_normal(noise);
        score += audit_log_likelihood_ratio(x, rate, noise_multiplier);
    }
    return score;
}

dpdm_status audit_guesses_plan(size_t canaries, double rate, double noise_multiplier, uint64_t steps, double delta,
                               double risk, uint64_t *guesses, double *epsilon, dpdm_error *err)
{
    double work = (double)canaries * (double)steps, room = PLAN_DRAWS / work;
    int tries = room >= PLAN_TRIES_MOST ? PLAN_TRIES_MOST : room > 1 ? (int)room : 1;
    double *scores = malloc(canaries * sizeof *scores);
    uint64_t *right = malloc(2 * canaries * sizeof *right), *sum = right ? right + canaries : NULL;
    uint8_t *in = malloc(canaries);
    dpdm_key key;
    dpdm_status status = DPDM_OK;
    if (!scores || !right || !in)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to plan the guesses of %zu canaries", canaries);
    dpdm_key_from_seed(&key, 0); /* made-up noise: nothing rests on it but the choice of a number */
    for (int try = 0; !status && try < tries; try++) {
        plan_noise noise = {.used = PLAN_NORMALS};
        dpdm_stream_init(&noise.stream, &key, DPDM_PURPOSE_TEST, (uint64_t)try, 0);
        for (size_t i = 0; i < canaries; i++) {
            in[i] = (uint8_t)dpdm_stream_below(&noise.stream, 2);
            scores[i] = plan_score(&noise, in[i], rate, noise_multiplier, steps);
        }
        status = audit_guesses_count(scores, in, canaries, right, err);
        for (size_t k = 0; !status && k < canaries; k++)
            sum[k] = (try ? sum[k] : 0) + right[k];
    }
    for (size_t k = 0; !status && k < canaries; k++)
        right[k] = (sum[k] + (uint64_t)tries / 2) / (uint64_t)tries;
    if (!status)
        *guesses = audit_guesses_best(right, canaries, delta, risk, epsilon);
    free(in);
    free(right);
    free(scores);
    return status;
}
