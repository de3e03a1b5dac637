/* private_accuracy.c - see private_accuracy.h; proof: docs/privacy/accuracy.md. */
#include "dpdm/private_accuracy.h"

#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "dpdm/gaussian.h"
#include "privacy/delta.h"

struct dpdm_private_accuracy {
    uint64_t records;
    size_t measures;
    float *right;     /* [records, measures]: how many of the calls labelled the image rightly */
    uint32_t *counts; /* [measures]: calls */
};

dpdm_status dpdm_private_accuracy_create(uint64_t records, size_t measures, dpdm_private_accuracy **accuracy,
                                         dpdm_error *err)
{
    *accuracy = NULL;
    if (measures < 1 || measures > DPDM_PRIVATE_ACCURACY_MEASURES)
        return dpdm_error_set(err, DPDM_EUSAGE, "%zu accuracies to release: must be 1 to %d", measures,
                              DPDM_PRIVATE_ACCURACY_MEASURES);
    dpdm_private_accuracy *a = calloc(1, sizeof *a);
    if (a && records <= SIZE_MAX / measures / sizeof *a->right) {
        *a = (dpdm_private_accuracy){.records = records,
                                     .measures = measures,
                                     .right = calloc(records * measures + 1, sizeof *a->right),
                                     .counts = calloc(measures, sizeof *a->counts)};
    }
    if (!a || !a->right || !a->counts) {
        dpdm_private_accuracy_destroy(a);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to count %zu accuracies of %" PRIu64 " images", measures,
                              records);
    }
    *accuracy = a;
    return DPDM_OK;
}

void dpdm_private_accuracy_destroy(dpdm_private_accuracy *a)
{
    if (!a)
        return;
    if (a->right)
        sodium_memzero(a->right, (a->records * a->measures + 1) * sizeof *a->right);
    free(a->right);
    free(a->counts);
    free(a);
}

dpdm_status dpdm_private_accuracy_count(dpdm_private_accuracy *a, size_t measure, const dpdm_dataset *test,
                                        const float *probabilities, dpdm_error *err)
{
    if (measure >= a->measures || test->count != a->records)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "accuracy %zu of %zu on %" PRIu64 " images, where %" PRIu64 " images are counted",
                              measure, a->measures, test->count, a->records);
    if (test->owners)
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "released accuracies protect single test images, but these data say who owns them, and one "
            "person may own several: test on data with one image of each person, without owners");
    for (uint64_t i = 0; i < a->records; i++) {
        const float *p = probabilities + i * (uint64_t)test->classes;
        int best = 0;
        for (int c = 1; c < test->classes; c++)
            best = p[c] > p[best] ? c : best;
        a->right[i * a->measures + measure] += best == test->labels[i] ? 1.0F : 0.0F;
    }
    a->counts[measure]++;
    return DPDM_OK;
}

/* sums [2 measures] += every image's pairs (r, 1 - r), on the grid. Each image is one call of dpdm_grid_add, which
 * certifies its norm in integers whatever the floats are. */
static dpdm_status accuracy_sum(const dpdm_private_accuracy *a, const dpdm_grid *grid, float *pairs, int64_t *sums,
                                dpdm_error *err)
{
    for (uint64_t i = 0; i < a->records; i++) {
        for (size_t m = 0; m < a->measures; m++) {
            const float r = a->right[i * a->measures + m] / (float)a->counts[m];
            pairs[2 * m] = r;
            pairs[2 * m + 1] = 1 - r;
        }
        dpdm_status status = dpdm_grid_add(grid, pairs, 2 * a->measures, sums, NULL, err);
        if (status)
            return status;
    }
    return DPDM_OK;
}

/* Only released values from here on. deviation: of the noise in each sum. */
static dpdm_released_accuracy accuracy_of(double right, double wrong, double deviation)
{
    right = right > 0 ? right : 0;
    wrong = wrong > 0 ? wrong : 0;
    const double total = right + wrong > 1 ? right + wrong : 1, share = right < total ? right / total : 1;
    return (dpdm_released_accuracy){.accuracy = share,
                                    .deviation = deviation / total * sqrt(share * share + (1 - share) * (1 - share))};
}

static dpdm_status accuracy_noise(const dpdm_grid *grid, double sigma, const dpdm_key *key, size_t n, int64_t *sums,
                                  dpdm_error *err)
{
    dpdm_key own = {{0}};
    dpdm_status status = key ? DPDM_OK : dpdm_key_generate(&own, err);
    if (!status)
        status = dpdm_gaussian_add(grid, sigma, key ? key : &own, DPDM_PURPOSE_EVENT, 0, 0, n, sums, err);
    dpdm_key_wipe(&own);
    return status;
}

dpdm_status dpdm_private_accuracy_plan(double epsilon, double delta, dpdm_event *event, dpdm_bound *bound,
                                       dpdm_error *err)
{
    *event = (dpdm_event){.sampling_rate = 1, .steps = 1};
    if (!(epsilon > 0) || !isfinite(epsilon))
        return dpdm_error_set(err, DPDM_EUSAGE, "to release accuracies, epsilon must be above 0");
    dpdm_status status = dpdm_delta_check(delta, 0, NULL, err);
    if (status)
        return status;
    return dpdm_calibrate_noise(epsilon, delta, 1, 1, NULL, 0, DPDM_ACCOUNTANT_PLD, &event->noise_multiplier, bound,
                                err);
}

static dpdm_status accuracy_check(const dpdm_private_accuracy *a, const dpdm_grid *grid, double sigma, dpdm_error *err)
{
    for (size_t m = 0; m < a->measures; m++)
        if (a->counts[m] == 0)
            return dpdm_error_set(err, DPDM_EUSAGE, "accuracy %zu was never counted", m);
    if (dpdm_grid_capacity(grid, sigma) < a->records)
        return dpdm_error_set(err, DPDM_ERANGE, "%" PRIu64 " test images are too many to count exactly", a->records);
    return DPDM_OK;
}

dpdm_status dpdm_private_accuracy_release(const dpdm_private_accuracy *a, double epsilon, double delta,
                                          const dpdm_key *key, dpdm_released_accuracy *released, dpdm_event *event,
                                          dpdm_bound *bound, dpdm_error *err)
{
    const size_t n = 2 * a->measures;
    const dpdm_grid grid = {.size = sizeof(dpdm_grid), .clip = sqrt((double)a->measures), .bits = DPDM_GRID_BITS};
    dpdm_status status = dpdm_private_accuracy_plan(epsilon, delta, event, bound, err);
    const double sigma = event->noise_multiplier;
    if (!status)
        status = accuracy_check(a, &grid, sigma, err);
    if (status)
        return status;
    int64_t *sums = calloc(n, sizeof *sums);
    float *values = calloc(n, sizeof *values);
    if (!sums || !values)
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to release %zu accuracies", a->measures);
    if (!status)
        status = accuracy_sum(a, &grid, values, sums, err);
    if (!status)
        status = accuracy_noise(&grid, sigma, key, n, sums, err);
    if (!status) {
        dpdm_grid_release(&grid, sums, n, 1, values);
        for (size_t m = 0; m < a->measures; m++)
            released[m] = accuracy_of((double)values[2 * m], (double)values[2 * m + 1], sigma * grid.clip);
    }
    if (sums)
        sodium_memzero(sums, n * sizeof *sums);
    free(sums);
    free(values);
    return status;
}
