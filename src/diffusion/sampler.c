/* sampler.c - DDIM, Euler-Maruyama and EDM Heun over a denoiser given as a function. */
#include "dpdm/sampler.h"

#include <math.h>

static const double gamma_limit = 0.41421356237309504880; /* sqrt(2) - 1 (Karras et al. 2022, algorithm 2) */

/* One run: its arguments and the parts of its scratch, each [n, pixels]. */
typedef struct {
    const dpdm_sampler *sampler;
    dpdm_denoise_fn denoise;
    void *context;
    const dpdm_key *key;
    uint64_t first;
    int n;
    size_t pixels;
    const int32_t *labels;
    float *x, *denoised, *other, *next, *noise;
} sampler_run;

static double sampler_level(const dpdm_sampler *sampler, int i);
static void sampler_draw(sampler_run *run, uint64_t step);
static void sampler_denoise(sampler_run *run, const float *x, double t, float *out);
static void sampler_step_ddim(sampler_run *run, int step, double t, double t_next);
static void sampler_step_euler(sampler_run *run, int step, double t, double t_next);
static void sampler_step_heun(sampler_run *run, int step, double t, double t_next);

dpdm_sampler dpdm_sampler_default(dpdm_sampler_kind kind)
{
    return (dpdm_sampler){
        .kind = kind,
        .steps = 50,
        .t_min = 0.002,
        .t_max = 80.0,
        .rho = 7.0,
        .churn = 0.0,
        .churn_min = 0.05,
        .churn_max = 50.0,
        .churn_noise = 1.0,
        .guidance = 0.0,
    };
}

const char *dpdm_sampler_name(dpdm_sampler_kind kind)
{
    static const char *const names[] = {"ddim", "ddim-stochastic", "heun", "euler-maruyama"};
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

dpdm_status dpdm_sampler_check(const dpdm_sampler *s, dpdm_error *err)
{
    if ((unsigned)s->kind > DPDM_SAMPLER_EULER_MARUYAMA)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "unknown sampler; known are ddim, ddim-stochastic, heun and euler-maruyama");
    if (s->steps < 2 || s->steps > 100000)
        return dpdm_error_set(err, DPDM_EUSAGE, "sampler steps must be in 2..100000, not %d", s->steps);
    if (!(s->t_min >= 1e-6 && s->t_min < s->t_max && s->t_max <= 1e6 && s->rho >= 1.0 && s->rho <= 100.0))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "sampler levels need 1e-6 <= t_min < t_max <= 1e6 and rho in [1, 100], not t_min %g, "
                              "t_max %g, rho %g",
                              s->t_min, s->t_max, s->rho);
    if (!(s->churn >= 0.0 && s->churn <= 1e6 && s->churn_min >= 0.0 && s->churn_max >= 0.0 && s->churn_noise >= 0.0 &&
          s->churn_noise <= 10.0))
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "churn must be in [0, 1e6], its bounds >= 0 and its noise scale in [0, 10], not churn %g, "
            "min %g, max %g, noise %g",
            s->churn, s->churn_min, s->churn_max, s->churn_noise);
    if (!(s->guidance >= 0.0 && s->guidance <= 1000.0))
        return dpdm_error_set(err, DPDM_EUSAGE, "guidance must be in [0, 1000], not %g", s->guidance);
    return DPDM_OK;
}

void dpdm_sampler_levels(const dpdm_sampler *sampler, double *levels)
{
    for (int i = 0; i <= sampler->steps; i++)
        levels[i] = sampler_level(sampler, i);
}

int dpdm_sampler_evaluations(const dpdm_sampler *sampler)
{
    int once = sampler->kind == DPDM_SAMPLER_HEUN ? 2 * sampler->steps - 1 : sampler->steps;
    return sampler->guidance > 0.0 ? 2 * once : once;
}

void dpdm_sampler_run(const dpdm_sampler *sampler, dpdm_denoise_fn denoise, void *context, const dpdm_key *key,
                      uint64_t first, int n, int pixels, const int32_t *labels, float *scratch, float *out)
{
    size_t all = (size_t)n * (size_t)pixels;
    sampler_run run = {.sampler = sampler,
                       .denoise = denoise,
                       .context = context,
                       .key = key,
                       .first = first,
                       .n = n,
                       .pixels = (size_t)pixels,
                       .labels = labels,
                       .x = out,
                       .denoised = scratch,
                       .other = scratch + all,
                       .next = scratch + 2 * all,
                       .noise = scratch + 3 * all};

    sampler_draw(&run, 0);
    for (size_t p = 0; p < all; p++)
        run.x[p] = (float)(sampler->t_max * (double)run.noise[p]);
    for (int step = 0; step < sampler->steps; step++) {
        double t = sampler_level(sampler, step), t_next = sampler_level(sampler, step + 1);
        if (sampler->kind == DPDM_SAMPLER_HEUN)
            sampler_step_heun(&run, step, t, t_next);
        else if (sampler->kind == DPDM_SAMPLER_EULER_MARUYAMA && t_next > 0.0)
            sampler_step_euler(&run, step, t, t_next);
        else
            sampler_step_ddim(&run, step, t, t_next);
    }
}

static double sampler_level(const dpdm_sampler *sampler, int i)
{
    if (i >= sampler->steps)
        return 0.0;
    double inverse = 1.0 / sampler->rho, high = pow(sampler->t_max, inverse), low = pow(sampler->t_min, inverse);
    return pow(high + (low - high) * i / (sampler->steps - 1), sampler->rho);
}

/* Fills run->noise with the normals of one step of every image. */
static void sampler_draw(sampler_run *run, uint64_t step)
{
    for (int i = 0; i < run->n; i++) {
        dpdm_stream stream;
        dpdm_stream_init(&stream, run->key, DPDM_PURPOSE_SAMPLE, step, run->first + (uint64_t)i);
        dpdm_stream_normals(&stream, run->noise + (size_t)i * run->pixels, run->pixels);
        dpdm_stream_wipe(&stream);
    }
}

/* out = D(x; t), guided. Uses run->other where there is guidance. */
static void sampler_denoise(sampler_run *run, const float *x, double t, float *out)
{
    double g = run->sampler->guidance;
    size_t all = (size_t)run->n * run->pixels;

    run->denoise(run->context, x, t, run->labels, run->n, out);
    if (g <= 0.0 || !run->labels)
        return;
    run->denoise(run->context, x, t, NULL, run->n, run->other);
    for (size_t p = 0; p < all; p++)
        out[p] = (float)((1.0 + g) * (double)out[p] - g * (double)run->other[p]);
}

/* The ancestral step draws from the posterior of x(t_next) given x(t) and x(0) = D, so that it has the right variance
 * whatever the step size. */
static void sampler_step_ddim(sampler_run *run, int step, double t, double t_next)
{
    size_t all = (size_t)run->n * run->pixels;
    int stochastic = run->sampler->kind == DPDM_SAMPLER_DDIM_STOCHASTIC && t_next > 0.0;
    double ratio = t_next / t, keep = stochastic ? ratio * ratio : ratio;

    sampler_denoise(run, run->x, t, run->denoised);
    for (size_t p = 0; p < all; p++) {
        double d = (double)run->denoised[p];
        run->x[p] = (float)(d + keep * ((double)run->x[p] - d));
    }
    if (!stochastic)
        return;
    double fresh = ratio * sqrt(t * t - t_next * t_next);
    sampler_draw(run, (uint64_t)step + 1);
    for (size_t p = 0; p < all; p++)
        run->x[p] = (float)((double)run->x[p] + fresh * (double)run->noise[p]);
}

/* Euler-Maruyama on the reverse SDE dx = 2 (x - D) / t dt + sqrt(2 t) dw, as time runs down from t to t_next. The
 * drift overshoots D where t_next < t / 2: few steps give much worse images than the ancestral step does. */
static void sampler_step_euler(sampler_run *run, int step, double t, double t_next)
{
    size_t all = (size_t)run->n * run->pixels;
    double dt = t_next - t, drift = 2.0 * dt / t, fresh = sqrt(2.0 * fabs(dt) * t);

    sampler_denoise(run, run->x, t, run->denoised);
    sampler_draw(run, (uint64_t)step + 1);
    for (size_t p = 0; p < all; p++) {
        double x = (double)run->x[p];
        run->x[p] = (float)(x + drift * (x - (double)run->denoised[p]) + fresh * (double)run->noise[p]);
    }
}

/* Moves run->x from t to t (1 + gamma) by fresh noise; returns that level. */
static double sampler_churn(sampler_run *run, int step, double t)
{
    const dpdm_sampler *s = run->sampler;
    if (s->churn <= 0.0 || t < s->churn_min || t > s->churn_max)
        return t;
    size_t all = (size_t)run->n * run->pixels;
    double t_hat = t * (1.0 + fmin(s->churn / s->steps, gamma_limit));
    double fresh = s->churn_noise * sqrt(t_hat * t_hat - t * t);
    sampler_draw(run, (uint64_t)step + 1);
    for (size_t p = 0; p < all; p++)
        run->x[p] = (float)((double)run->x[p] + fresh * (double)run->noise[p]);
    return t_hat;
}

/* Slopes are d = (x - D) / t. */
static void sampler_step_heun(sampler_run *run, int step, double t, double t_next)
{
    size_t all = (size_t)run->n * run->pixels;
    double t_hat = sampler_churn(run, step, t), ratio = t_next / t_hat, half = 0.5 * (t_next - t_hat);
    float *next = t_next > 0.0 ? run->next : run->x, *denoised_next = run->noise; /* noise is free by now */

    sampler_denoise(run, run->x, t_hat, run->denoised);
    for (size_t p = 0; p < all; p++) {
        double d = (double)run->denoised[p];
        next[p] = (float)(d + ratio * ((double)run->x[p] - d)); /* = x + (t_next - t_hat) slope */
    }
    if (t_next <= 0.0)
        return;
    sampler_denoise(run, next, t_next, denoised_next);
    for (size_t p = 0; p < all; p++) {
        double slope = ((double)run->x[p] - (double)run->denoised[p]) / t_hat;
        double slope_next = ((double)next[p] - (double)denoised_next[p]) / t_next;
        run->x[p] = (float)((double)run->x[p] + half * (slope + slope_next));
    }
}
