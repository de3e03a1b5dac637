/* resize.h - images brought to Inception's size and range. */
#ifndef DPDM_EVAL_RESIZE_H
#define DPDM_EVAL_RESIZE_H

#include "dpdm/features.h"

enum { RESIZE_SIDE = 299, RESIZE_CHANNELS = 3 };

/* Where the output pixels of one axis read: between `low` and `high`, at `share` of the way. */
typedef struct {
    int low[RESIZE_SIDE], high[RESIZE_SIDE];
    float share[RESIZE_SIDE];
} resize_axis;

/* For `size` >= 1 input pixels. */
void resize_axis_init(resize_axis *axis, dpdm_resize method, int size);

/* out [RESIZE_SIDE, RESIZE_SIDE, RESIZE_CHANNELS] = image `record`, bilinear, as floats in about [-1, 1]; a grey image is
 * taken three times. */
void resize_image(const dpdm_dataset *data, uint64_t record, dpdm_resize method, const resize_axis *down,
                  const resize_axis *across, float *out);

#endif
