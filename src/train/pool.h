/* pool.h - images shrunk by a whole factor, and back, without a change of norm: the map is P, whose rows are orthonormal, so
 * ||P r|| <= ||r||, and P^T takes orthonormal directions of shrunk images to orthonormal ones of whole images. */
#ifndef DPDM_TRAIN_POOL_H
#define DPDM_TRAIN_POOL_H

#include <stddef.h>

/* Shape of whole images [height, width, channels], and the factor, a divisor of height and width. */
typedef struct {
    int height, width, channels, factor;
} pool_shape;

/* Values of a shrunk image. */
size_t pool_size(pool_shape shape);
/* low[pool_size] = P r: the sum of each factor x factor block of a channel over the factor. r may be low for the factor 1. */
void pool_shrink(pool_shape shape, const float *r, float *low);
/* r = P^T low. */
void pool_widen(pool_shape shape, const double *low, float *r);

#endif
