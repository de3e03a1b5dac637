/* audit_scores.c - distances from each candidate to all synthetic images and to all other candidates. */
#include "audit/audit_scores.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/pool.h"

enum {
    SCORES_RUN = 16384,     /* pixels whose squared differences fit in 32 bits: 16384 * 255^2 < 2^31 */
    SCORES_BANDWIDTH = 200, /* synthetic images that choose the width of the kernel */
    SCORES_FAR = 40         /* exp(-40) adds nothing to a sum that is at least 1 */
};

typedef struct {
    const dpdm_dataset *synthetic, *members, *non_members;
    size_t pixels, count;
    double width; /* 2 h^2 of the kernel, in squared pixel distances */
    double *scores;
    double *nearest; /* [SCORES_BANDWIDTH] */
    dpdm_audit_progress_fn progress;
    void *context;
    atomic_uint_fast64_t done;
    atomic_int stopped;
} scores_job;

static const char *const score_names[AUDIT_SCORES] = {"nearest", "density", "relative"};

const char *audit_score_name(audit_score score)
{
    return score_names[score];
}

static uint64_t squared_distance(const uint8_t *a, const uint8_t *b, size_t pixels)
{
    uint64_t sum = 0;
    for (size_t start = 0; start < pixels; start += SCORES_RUN) {
        size_t left = pixels - start, n = left < SCORES_RUN ? left : SCORES_RUN;
        int32_t part = 0;
        for (size_t i = 0; i < n; i++) {
            int32_t difference = (int32_t)a[start + i] - (int32_t)b[start + i];
            part += difference * difference;
        }
        sum += (uint64_t)part;
    }
    return sum;
}

static const uint8_t *candidate(const scores_job *job, size_t index)
{
    uint64_t members = job->members->count;
    return index < members ? job->members->pixels + index * job->pixels
                           : job->non_members->pixels + (index - members) * job->pixels;
}

/* The distance to the nearest other candidate: how lonely a place this is, synthetic images or not. */
static double nearest_candidate(const scores_job *job, size_t index)
{
    const uint8_t *own = candidate(job, index);
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < job->count; i++) {
        uint64_t distance = i == index ? UINT64_MAX : squared_distance(own, candidate(job, i), job->pixels);
        least = distance < least ? distance : least;
    }
    return (double)least;
}

/* The nearest of the synthetic images but `own` (SIZE_MAX: all), and ln sum exp(-distance / width) in passing. */
static double nearest_synthetic(const scores_job *job, const uint8_t *image, size_t own, double *density)
{
    double least = INFINITY, sum = 0;
    for (size_t i = 0; i < job->synthetic->count; i++) {
        if (i == own)
            continue;
        double distance = (double)squared_distance(image, job->synthetic->pixels + i * job->pixels, job->pixels);
        double beyond = (distance - least) / job->width;
        if (distance < least) {
            sum = isinf(least) ? 1 : sum * exp(beyond) + 1;
            least = distance;
        } else if (beyond < SCORES_FAR) {
            sum += exp(-beyond);
        }
    }
    if (density)
        *density = log(sum) - least / job->width;
    return least;
}

static int scores_stopped(scores_job *job, int worker)
{
    if (worker == 0 && job->progress && job->progress(job->context, atomic_load(&job->done), job->count))
        atomic_store(&job->stopped, 1);
    return atomic_load(&job->stopped);
}

static void scores_task(void *context, int worker, uint64_t index)
{
    scores_job *job = context;
    if (scores_stopped(job, worker))
        return;
    double density, nearest = nearest_synthetic(job, candidate(job, index), SIZE_MAX, &density);
    job->scores[AUDIT_NEAREST * job->count + index] = -nearest;
    job->scores[AUDIT_DENSITY * job->count + index] = density;
    job->scores[AUDIT_RELATIVE * job->count + index] =
        log(nearest_candidate(job, index) + 1) - log(nearest + 1); /* 1: copies have a finite score */
    atomic_fetch_add(&job->done, 1);
}

static void width_task(void *context, int worker, uint64_t index)
{
    scores_job *job = context;
    (void)worker;
    size_t own = (size_t)(index * job->synthetic->count / SCORES_BANDWIDTH);
    job->nearest[index] = nearest_synthetic(job, job->synthetic->pixels + own * job->pixels, own, NULL);
}

/* The mean squared distance of a synthetic image to the next one; at least 1, for sets of copies. */
static void width_choose(scores_job *job, dpdm_pool *pool)
{
    double nearest[SCORES_BANDWIDTH], sum = 0;
    job->nearest = nearest;
    job->width = 1;
    dpdm_pool_run(pool, SCORES_BANDWIDTH, width_task, job);
    for (int i = 0; i < SCORES_BANDWIDTH; i++)
        sum += nearest[i] / SCORES_BANDWIDTH;
    job->width = fmax(sum, 1);
}

dpdm_status audit_scores_compute(const dpdm_dataset *synthetic, const dpdm_dataset *members,
                                 const dpdm_dataset *non_members, int threads, dpdm_audit_progress_fn progress,
                                 void *context, double *scores, dpdm_error *err)
{
    scores_job job = {.synthetic = synthetic,
                      .members = members,
                      .non_members = non_members,
                      .pixels = (size_t)synthetic->height * (size_t)synthetic->width * (size_t)synthetic->channels,
                      .count = (size_t)(members->count + non_members->count),
                      .scores = scores,
                      .progress = progress,
                      .context = context};
    atomic_init(&job.done, 0);
    atomic_init(&job.stopped, 0);
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(threads, &pool, err);
    if (status)
        return status;
    width_choose(&job, pool);
    scores_stopped(&job, 0); /* the tasks may leave none to worker 0, the one that asks */
    dpdm_pool_run(pool, job.count, scores_task, &job);
    dpdm_pool_destroy(pool);
    return atomic_load(&job.stopped) ? dpdm_error_set(err, DPDM_ECANCELLED, "the audit was stopped; it has no result")
                                     : DPDM_OK;
}
