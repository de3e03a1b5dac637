/* loss.h - the DPDM loss of one image as the network engine wants it (nn/gradient.h). */
#ifndef DPDM_DIFFUSION_LOSS_H
#define DPDM_DIFFUSION_LOSS_H

#include "dpdm/denoiser.h"
#include "nn/gradient.h"

/* One image and what is common to its K draws. */
typedef struct {
    const dpdm_denoiser *denoiser;
    const float *image, *center; /* what is diffused is image - center; center may be NULL */
    int views;                   /* images, one after the other, that the draws see in turn */
    size_t pixels;
    int32_t label;
    int multiplicity;
    double shift; /* where noise levels are spread: of their quantiles, in [0, 1) */
} diffusion_image;

/* Of one view. Draws whether the label is dropped, and the shift of spread levels; arguments as those of dpdm_denoiser_gradient, denoiser and image to outlive *im. */
void diffusion_image_begin(diffusion_image *im, const dpdm_denoiser *denoiser, const float *image, int pixels,
                           int label, int classes, double label_drop, int multiplicity, dpdm_stream *stream);

/* Of a diffusion_image, whose draws are its K noise draws. */
extern const dpdm_loss diffusion_loss;

#endif
