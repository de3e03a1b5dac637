/* augment.h - random views of an image, for gradients averaged before clipping (De et al. 2022). */
#ifndef DPDM_TRAIN_AUGMENT_H
#define DPDM_TRAIN_AUGMENT_H

#include "dpdm/rng.h"

typedef struct {
    int height, width, channels;
    int shift;  /* at most so many pixels in both directions; what comes in repeats the edge */
    int mirror; /* left and right change places with probability 1/2 */
} dpdm_augmentation;

/* view = a random view of image, both [height, width, channels]; draws come from the stream alone: two for the shift, one
 * for the mirror, always all three. */
void dpdm_augment(const dpdm_augmentation *how, const float *image, dpdm_stream *stream, float *view);

#endif
