/* denoiser.c - the table of denoisers: coefficients, noise levels and their limits, one row a kind. */
#include "dpdm/denoiser.h"

#include <math.h>

static const double half_pi = 1.57079632679489661923;

/* One row: what a kind is called, what its constants must satisfy, and its two formulas. */
typedef struct {
    const char *name;
    int (*valid)(const dpdm_denoiser *d);
    const char *limits; /* the same condition for people */
    dpdm_coefficients (*coefficients)(const dpdm_denoiser *d, double s);
    double (*draw)(const dpdm_denoiser *d, dpdm_stream *stream);
    double (*level)(const dpdm_denoiser *d, double u); /* the quantile of draw at u in (0, 1) */
} denoiser_row;

static const denoiser_row *denoiser_find(const dpdm_denoiser *denoiser);

dpdm_denoiser dpdm_denoiser_default(dpdm_denoiser_kind kind)
{
    return (dpdm_denoiser){
        .kind = kind,
        .sigma_data = 0.57735026918962576451, /* sqrt(1/3): pixels uniform in [-1, 1] */
        .p_mean = -1.2,
        .p_std = 1.2,
        .logsnr_min = -9.0,
        .logsnr_max = 13.0,
        .beta_min = 0.1,
        .beta_d = 19.9,
        .time_min = 1e-5,
        .time_scale = 999.0,
        .sigma_min = 0.02,
        .sigma_max = 100.0,
    };
}

const char *dpdm_denoiser_name(dpdm_denoiser_kind kind)
{
    const denoiser_row *row = denoiser_find(&(dpdm_denoiser){.kind = kind});
    return row ? row->name : "unknown";
}

dpdm_status dpdm_denoiser_check(const dpdm_denoiser *denoiser, dpdm_error *err)
{
    const denoiser_row *row = denoiser_find(denoiser);
    if (!row)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown denoiser; known are edm, v, vp and ve");
    if (!row->valid(denoiser))
        return dpdm_error_set(err, DPDM_EUSAGE, "denoiser %s: its constants must satisfy %s", row->name, row->limits);
    if (denoiser->prior && denoiser->prior->rank && denoiser->kind != DPDM_DENOISER_EDM)
        return dpdm_error_set(err, DPDM_EUSAGE, "denoiser %s: a prior with a covariance goes with edm only", row->name);
    if (denoiser->ranges && denoiser->kind != DPDM_DENOISER_EDM)
        return dpdm_error_set(err, DPDM_EUSAGE, "denoiser %s: noise-levels are for edm only", row->name);
    return DPDM_OK;
}

dpdm_coefficients dpdm_denoiser_coefficients(const dpdm_denoiser *denoiser, double sigma)
{
    return denoiser_find(denoiser)->coefficients(denoiser, sigma);
}

/* The quantile of a mixture of ranges. */
static double ranges_level(const dpdm_denoiser *d, double u)
{
    int i = 0;
    for (; i + 1 < d->ranges && u >= d->range[i].share; i++)
        u -= d->range[i].share;
    const double within = fmin(u / d->range[i].share, 1);
    return exp(d->range[i].low + (d->range[i].high - d->range[i].low) * within);
}

double dpdm_denoiser_level(const dpdm_denoiser *denoiser, double u)
{
    if (denoiser->ranges)
        return ranges_level(denoiser, u);
    return denoiser_find(denoiser)->level(denoiser, u);
}

double dpdm_denoiser_draw(const dpdm_denoiser *denoiser, dpdm_stream *stream)
{
    if (denoiser->ranges)
        return ranges_level(denoiser, dpdm_stream_uniform(stream));
    return denoiser_find(denoiser)->draw(denoiser, stream);
}

/* EDM (Karras et al. 2022). */

static int edm_valid(const dpdm_denoiser *d)
{
    return d->sigma_data >= 1e-3 && d->sigma_data <= 1e3 && fabs(d->p_mean) <= 10.0 && d->p_std >= 0.0 &&
           d->p_std <= 4.0;
}

/* The same for the covariance of a prior, which need not be sigma_data^2 I. */
static dpdm_coefficients edm_prior_coefficients(const dpdm_prior *prior, double s)
{
    double posterior = dpdm_prior_posterior_variance(prior, s);
    return (dpdm_coefficients){
        .skip = dpdm_prior_rest(prior, s),
        .out = sqrt(posterior),
        .in = 1.0 / sqrt(s * s + dpdm_prior_variance(prior)),
        .noise = log(s) / 4.0,
        .weight = 1.0 / posterior,
    };
}

static dpdm_coefficients edm_coefficients(const dpdm_denoiser *d, double s)
{
    if (d->prior && d->prior->rank)
        return edm_prior_coefficients(d->prior, s);
    double data = d->sigma_data, total = s * s + data * data;
    return (dpdm_coefficients){
        .skip = data * data / total,
        .out = s * data / sqrt(total),
        .in = 1.0 / sqrt(total),
        .noise = log(s) / 4.0,
        .weight = total / ((s * data) * (s * data)),
    };
}

/* The quantile of the standard normal at p in (0, 1), to 1e-7 of itself (Wichura 1988, AS 241, PPND7). */
static double normal_quantile(double p)
{
    const double q = p - 0.5;
    double r = 0.180625 - q * q;
    if (r >= 0)
        return q * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179) /
               (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
    r = sqrt(-log(q < 0 ? p : 1 - p));
    double value;
    if (r <= 5) {
        r -= 1.6;
        value = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777) /
                ((0.12021132975 * r + 0.73700164250) * r + 1);
    } else {
        r -= 5;
        value = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150) /
                ((0.012258202635 * r + 0.24197894225) * r + 1);
    }
    return q < 0 ? -value : value;
}

static double edm_level(const dpdm_denoiser *d, double u)
{
    return exp(d->p_mean + d->p_std * normal_quantile(u));
}

static double edm_draw(const dpdm_denoiser *d, dpdm_stream *stream)
{
    float normal;
    dpdm_stream_normals(stream, &normal, 1);
    return exp(d->p_mean + d->p_std * (double)normal);
}

/* v (Salimans and Ho 2022), with the sign of F that DPDM uses. sigma = tan(pi t / 2). */

static double v_time(double sigma)
{
    return atan(sigma) / half_pi; /* = (2/pi) acos(1/sqrt(1+sigma^2)), without its cancellation at small sigma */
}

static int v_valid(const dpdm_denoiser *d)
{
    return d->logsnr_min >= -20.0 && d->logsnr_min < d->logsnr_max && d->logsnr_max <= 20.0;
}

static dpdm_coefficients v_coefficients(const dpdm_denoiser *d, double s)
{
    (void)d;
    double total = 1.0 + s * s;
    return (dpdm_coefficients){
        .skip = 1.0 / total,
        .out = s / sqrt(total),
        .in = 1.0 / sqrt(total),
        .noise = v_time(s),
        .weight = total / (s * s),
    };
}

static double v_level(const dpdm_denoiser *d, double u)
{
    double low = v_time(exp(-d->logsnr_max / 2.0)), high = v_time(exp(-d->logsnr_min / 2.0));
    return tan(half_pi * (low + (high - low) * u));
}

static double v_draw(const dpdm_denoiser *d, dpdm_stream *stream)
{
    return v_level(d, dpdm_stream_uniform(stream));
}

/* VP (Song et al. 2021 as in Karras et al. 2022, table 1). */

static int vp_valid(const dpdm_denoiser *d)
{
    return d->beta_min >= 0.0 && d->beta_min <= 40.0 && d->beta_d >= 1e-3 && d->beta_d <= 40.0 && d->time_min >= 1e-9 &&
           d->time_min < 1.0 && d->time_scale > 0.0 && d->time_scale <= 1e6;
}

static dpdm_coefficients vp_coefficients(const dpdm_denoiser *d, double s)
{
    double ratio = d->beta_min / d->beta_d, l = 2.0 * log1p(s * s) / d->beta_d;
    /* sqrt(ratio^2 + l) - ratio, without its cancellation at small sigma */
    double time = l / (sqrt(ratio * ratio + l) + ratio);
    return (dpdm_coefficients){
        .skip = 1.0,
        .out = -s,
        .in = 1.0 / sqrt(s * s + 1.0),
        .noise = d->time_scale * time,
        .weight = 1.0 / (s * s),
    };
}

static double vp_level(const dpdm_denoiser *d, double u)
{
    double t = d->time_min + (1.0 - d->time_min) * u;
    return sqrt(expm1(d->beta_d * t * t / 2.0 + d->beta_min * t));
}

static double vp_draw(const dpdm_denoiser *d, dpdm_stream *stream)
{
    return vp_level(d, dpdm_stream_uniform(stream));
}

/* VE (Song et al. 2021 as in Karras et al. 2022, table 1). */

static int ve_valid(const dpdm_denoiser *d)
{
    return d->sigma_min >= 1e-6 && d->sigma_min < d->sigma_max && d->sigma_max <= 1e6;
}

static dpdm_coefficients ve_coefficients(const dpdm_denoiser *d, double s)
{
    (void)d;
    return (dpdm_coefficients){.skip = 1.0, .out = s, .in = 1.0, .noise = log(s / 2.0), .weight = 1.0 / (s * s)};
}

static double ve_level(const dpdm_denoiser *d, double u)
{
    double low = log(d->sigma_min), high = log(d->sigma_max);
    return exp(low + (high - low) * u);
}

static double ve_draw(const dpdm_denoiser *d, dpdm_stream *stream)
{
    return ve_level(d, dpdm_stream_uniform(stream));
}

static const denoiser_row *denoiser_find(const dpdm_denoiser *denoiser)
{
    static const denoiser_row rows[] = {
        [DPDM_DENOISER_EDM] = {"edm", edm_valid, "sigma_data in [0.001, 1000], p_mean in [-10, 10] and p_std in [0, 4]",
                               edm_coefficients, edm_draw, edm_level},
        [DPDM_DENOISER_V] = {"v", v_valid, "-20 <= logsnr_min < logsnr_max <= 20", v_coefficients, v_draw, v_level},
        [DPDM_DENOISER_VP] = {"vp", vp_valid,
                              "beta_min in [0, 40], beta_d in [0.001, 40], time_min in [1e-9, 1) and time_scale in "
                              "(0, 1e6]",
                              vp_coefficients, vp_draw, vp_level},
        [DPDM_DENOISER_VE] = {"ve", ve_valid, "1e-6 <= sigma_min < sigma_max <= 1e6", ve_coefficients, ve_draw,
                              ve_level},
    };
    return (unsigned)denoiser->kind < sizeof rows / sizeof *rows ? &rows[denoiser->kind] : NULL;
}
