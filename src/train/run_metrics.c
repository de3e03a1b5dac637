/* run_metrics.c - the figures of a step. The public ones are computed from what the private step released, from the
 * weights and from constants; the private ones only where the config asks for them. */
#include "train/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"

enum { METRICS_LINES = 5000 };

static double metrics_norm(const float *values, const float *less, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        double value = less ? (double)values[i] - (double)less[i] : (double)values[i];
        sum += value * value;
    }
    return sqrt(sum);
}

/* ---- public ---- */

/* The released gradient is a mean g of clipped gradients plus noise of standard deviation sigma C / B in each of P
 * coordinates, so |released|^2 less P (sigma C / B)^2 estimates |g|^2 without bias. */
static dpdm_status metrics_add_public(dpdm_run *run, dpdm_error *err)
{
    const dpdm_run_state *state = run->training.state;
    size_t n = state->parameters;
    double released = metrics_norm(run->training.gradient, NULL, n);
    double noise = run->plan.noise_multiplier * run->config.clip / run->plan.batch * sqrt((double)n);
    const dpdm_metric figures[] = {
        {"epsilon_upper", run->loop.shown.epsilon_spent},
        {"learning_rate", run->training.learning_rate},
        {"released_gradient_norm", released},
        {"noise_norm_expected", noise},
        {"signal_norm_estimate", sqrt(fmax(0, released * released - noise * noise))},
        {"weight_norm", metrics_norm(state->params, NULL, n)},
        {"average_distance", metrics_norm(state->params, state->average, n)},
    };
    return dpdm_metrics_add(&run->metrics, state->step, figures, sizeof figures / sizeof *figures, err);
}

/* ---- private ---- */

static int norm_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Norms that are not finite go to the end; the number of the others. */
static uint64_t norms_sort(double *norms, uint64_t count)
{
    uint64_t finite = 0;
    for (uint64_t i = 0; i < count; i++) {
        double norm = norms[i];
        if (!isfinite(norm))
            continue;
        norms[i] = norms[finite];
        norms[finite++] = norm;
    }
    qsort(norms, finite, sizeof *norms, norm_compare);
    return finite;
}

static dpdm_status metrics_add_private(dpdm_run *run, dpdm_error *err)
{
    const dpdm_private_diagnostics *seen = &run->diagnostics;
    uint64_t clipped = 0, finite = norms_sort(seen->norms, seen->selected);
    double loss = 0, images = (double)seen->selected;
    for (uint64_t i = 0; i < finite; i++)
        clipped += seen->norms[i] > run->config.clip;
    for (uint64_t i = 0; i < seen->selected; i++)
        loss += run->losses[seen->chosen[i]];
    const dpdm_metric figures[] = {
        {"batch_size", images},
        {"loss", seen->selected ? loss / images : NAN},
        {"gradient_norm_median", finite ? seen->norms[finite / 2] : NAN},
        {"gradient_norm_90_percent", finite ? seen->norms[finite * 9 / 10] : NAN},
        {"clipped_share", finite ? (double)clipped / (double)finite : NAN},
        {"gradients_not_finite", (double)(seen->selected - finite)},
        {"seconds", dpdm_clock_seconds() - run->step_started},
    };
    return dpdm_metrics_add(&run->private_metrics, run->training.state->step, figures, sizeof figures / sizeof *figures,
                            err);
}

static dpdm_status metrics_watch(dpdm_run *run, dpdm_error *err)
{
    size_t records = (size_t)run->training.data.count + 1;
    run->diagnostics.chosen = calloc(records, sizeof *run->diagnostics.chosen);
    run->diagnostics.norms = calloc(records, sizeof *run->diagnostics.norms);
    run->losses = calloc(records, sizeof *run->losses);
    if (!run->diagnostics.chosen || !run->diagnostics.norms || !run->losses)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the private metrics");
    dpdm_task_source_watch(run->training.source, run->losses);
    return dpdm_metrics_open(&run->private_metrics, run->folder.private_log, 1, run->config.tensorboard,
                             run->training.state->step, err);
}

/* ---- both ---- */

dpdm_status dpdm_run_metrics_open(dpdm_run *run, dpdm_error *err)
{
    const dpdm_train_config *config = &run->config;
    if (!run->kept)
        return DPDM_OK;
    run->metrics_every = config->metrics_every ? config->metrics_every : 1 + (run->plan.steps - 1) / METRICS_LINES;
    dpdm_status status =
        dpdm_metrics_open(&run->metrics, run->folder.root, 0, config->tensorboard, run->training.state->step, err);
    return status || !config->private_metrics ? status : metrics_watch(run, err);
}

dpdm_status dpdm_run_metrics_add(dpdm_run *run, dpdm_error *err)
{
    uint64_t step = run->training.state->step;
    if (!run->kept)
        return DPDM_OK;
    if (step % run->metrics_every != 0 && step != run->plan.steps)
        return DPDM_OK;
    dpdm_status status = metrics_add_public(run, err);
    return status || !run->config.private_metrics ? status : metrics_add_private(run, err);
}

void dpdm_run_metrics_close(dpdm_run *run)
{
    dpdm_metrics_close(&run->metrics);
    dpdm_metrics_close(&run->private_metrics);
    free(run->diagnostics.chosen);
    free(run->diagnostics.norms);
    free(run->losses);
}
