/* loss.c - the DPDM loss of one image, and D itself, on a workspace of the network engine. */
#include "diffusion/loss.h"

#include <assert.h>

static const float *loss_center(const dpdm_denoiser *denoiser, size_t pixels, int32_t label);
static double loss_residual(const diffusion_image *im, size_t p);
static double loss_level(const diffusion_image *im, int k, dpdm_stream *stream);
static void loss_combine(const dpdm_prior *prior, int32_t label, double sigma, const dpdm_coefficients *c,
                         size_t pixels, const float *from, const float *center, const float *f, float *to);
static void loss_fill(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream);
static double loss_derive(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream);
static void loss_error(const diffusion_image *im, double sigma, const dpdm_coefficients *c, const float *f, float *g);

const dpdm_loss diffusion_loss = {loss_fill, loss_derive};

void diffusion_image_begin(diffusion_image *im, const dpdm_denoiser *denoiser, const float *image, int pixels,
                           int label, int classes, double label_drop, int multiplicity, dpdm_stream *stream)
{
    assert(pixels > 0 && multiplicity > 0 && label >= 0 && label <= classes);
    int dropped = dpdm_stream_uniform(stream) < label_drop;
    if (dropped)
        label = classes;
    *im = (diffusion_image){.denoiser = denoiser,
                            .image = image,
                            .center = loss_center(denoiser, (size_t)pixels, label),
                            .views = 1,
                            .pixels = (size_t)pixels,
                            .label = label,
                            .multiplicity = multiplicity,
                            .shift = denoiser->spread ? dpdm_stream_uniform(stream) : 0};
}

void dpdm_denoiser_gradient(const dpdm_denoiser *denoiser, dpdm_workspace *workspace, const float *image, int pixels,
                            int label, int classes, double label_drop, int multiplicity, dpdm_stream *stream,
                            float *gradient, double *loss)
{
    diffusion_image im;
    diffusion_image_begin(&im, denoiser, image, pixels, label, classes, label_drop, multiplicity, stream);
    double total = dpdm_loss_gradient(&diffusion_loss, &im, multiplicity, workspace, stream, NULL, gradient);
    if (loss)
        *loss = total;
}

void dpdm_denoiser_apply(const dpdm_denoiser *denoiser, dpdm_workspace *workspace, int pixels, const float *x,
                         const double *sigma, const int32_t *labels, int n, float *out)
{
    size_t size = (size_t)pixels;
    int capacity = dpdm_workspace_batch(workspace);

    dpdm_workspace_dropout(workspace, NULL);
    for (int first = 0; first < n; first += capacity) {
        int used = n - first < capacity ? n - first : capacity;
        for (int i = 0; i < used; i++) {
            dpdm_coefficients c = dpdm_denoiser_coefficients(denoiser, sigma[first + i]);
            const float *from = x + (size_t)(first + i) * size;
            const float *center = loss_center(denoiser, size, labels[first + i]);
            float *to = dpdm_workspace_x(workspace) + (size_t)i * size;
            for (size_t p = 0; p < size; p++)
                to[p] = (float)(c.in * ((double)from[p] - (center ? (double)center[p] : 0.0)));
            dpdm_workspace_noise(workspace)[i] = (float)c.noise;
            dpdm_workspace_labels(workspace)[i] = labels[first + i];
        }
        dpdm_workspace_clear_inputs(workspace, used);
        const float *output = dpdm_workspace_forward(workspace);
        for (int i = 0; i < used; i++) {
            dpdm_coefficients c = dpdm_denoiser_coefficients(denoiser, sigma[first + i]);
            const float *from = x + (size_t)(first + i) * size, *f = output + (size_t)i * size;
            const float *center = loss_center(denoiser, size, labels[first + i]);
            float *to = out + (size_t)(first + i) * size;
            loss_combine(denoiser->prior, labels[first + i], sigma[first + i], &c, size, from, center, f, to);
        }
    }
}

static const float *loss_center(const dpdm_denoiser *denoiser, size_t pixels, int32_t label)
{
    return denoiser->prior ? denoiser->prior->center + (size_t)label * pixels : NULL;
}

/* to = D from the noisy image `from` and the network's output f; to may be from. */
static void loss_combine(const dpdm_prior *prior, int32_t label, double sigma, const dpdm_coefficients *c,
                         size_t pixels, const float *from, const float *center, const float *f, float *to)
{
    float coefficient[DPDM_PRIOR_RANK_MAX];
    int correlated = prior && prior->rank;
    if (correlated)
        dpdm_prior_project(prior, label, sigma, from, center, 0, NULL, coefficient);
    for (size_t p = 0; p < pixels; p++) {
        double m = center ? (double)center[p] : 0.0;
        to[p] = (float)(m + c->skip * ((double)from[p] - m) + c->out * (double)f[p]);
    }
    if (correlated)
        dpdm_prior_expand(prior, coefficient, to);
}

static double loss_residual(const diffusion_image *im, size_t p)
{
    return (double)im->image[p] - (im->center ? (double)im->center[p] : 0.0);
}

/* The image as draw k of K sees it. */
static diffusion_image loss_view(const diffusion_image *im, int k)
{
    diffusion_image seen = *im;
    seen.image += (size_t)(k % im->views) * im->pixels;
    return seen;
}

/* The noise level of draw k of K. */
static double loss_level(const diffusion_image *im, int k, dpdm_stream *stream)
{
    if (!im->denoiser->spread)
        return dpdm_denoiser_draw(im->denoiser, stream);
    /* Within (0, 1) also where k = 0 and the shift is 0. */
    return dpdm_denoiser_level(im->denoiser, (k + 0x1p-20 + im->shift * (1 - 0x1p-19)) / im->multiplicity);
}

/* Levels and noises are wanted again after the forward pass: drawing them twice costs some 6 us for 28 x 28 pixels. */
static void loss_fill(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const diffusion_image *im = of;
    for (int k = at; k < at + used; k++) {
        const diffusion_image seen = loss_view(im, first + k - at);
        double sigma = loss_level(im, first + k - at, stream);
        dpdm_coefficients c = dpdm_denoiser_coefficients(im->denoiser, sigma);
        float *x = dpdm_workspace_x(workspace) + (size_t)k * im->pixels;
        dpdm_stream_normals(stream, x, im->pixels);
        for (size_t p = 0; p < im->pixels; p++)
            x[p] = (float)(c.in * (loss_residual(&seen, p) + sigma * (double)x[p]));
        dpdm_workspace_noise(workspace)[k] = (float)c.noise;
        dpdm_workspace_labels(workspace)[k] = im->label;
    }
}

/* g holds n and becomes e = D - x = (c_skip - 1) x + c_skip sigma n + c_out F, which does not cancel at small sigma; with
 * a covariance, plus what the posterior mean keeps in its directions. */
static void loss_error(const diffusion_image *im, double sigma, const dpdm_coefficients *c, const float *f, float *g)
{
    float coefficient[DPDM_PRIOR_RANK_MAX];
    const dpdm_prior *prior = im->denoiser->prior;
    int correlated = prior && prior->rank;
    double by_image = c->skip - 1.0, by_noise = c->skip * sigma;
    if (correlated)
        dpdm_prior_project(prior, im->label, sigma, im->image, im->center, sigma, g, coefficient);
    for (size_t p = 0; p < im->pixels; p++)
        g[p] = (float)(by_image * loss_residual(im, p) + by_noise * (double)g[p] + c->out * (double)f[p]);
    if (correlated)
        dpdm_prior_expand(prior, coefficient, g);
}

/* The derivative of the loss by F is 2 lambda c_out e / (pixels K). */
static double loss_derive(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream)
{
    const diffusion_image *im = of;
    const float *output = dpdm_workspace_output(workspace);
    float *gradient = dpdm_workspace_output_gradient(workspace);
    double share = 1.0 / ((double)im->pixels * im->multiplicity), total = 0.0;
    for (int k = at; k < at + used; k++) {
        const diffusion_image seen = loss_view(im, first + k - at);
        double sigma = loss_level(im, first + k - at, stream);
        dpdm_coefficients c = dpdm_denoiser_coefficients(im->denoiser, sigma);
        double scale = 2.0 * c.weight * c.out * share, sum = 0.0;
        const float *f = output + (size_t)k * im->pixels;
        float *g = gradient + (size_t)k * im->pixels;
        dpdm_stream_normals(stream, g, im->pixels);
        loss_error(&seen, sigma, &c, f, g);
        for (size_t p = 0; p < im->pixels; p++) {
            sum += (double)g[p] * (double)g[p];
            g[p] = (float)(scale * (double)g[p]);
        }
        total += c.weight * share * sum;
    }
    return total;
}
