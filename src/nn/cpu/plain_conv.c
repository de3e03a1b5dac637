/* plain_conv.c - reference convolution: loops over output pixels and kernel taps; the innermost loop runs over channels
 * that lie side by side, so that any compiler vectorises it. */
#include "nn/cpu/plain.h"

#include <stdlib.h>
#include <string.h>

/* Where one kernel tap meets the input, for one output pixel: tap number and pixel index, or outside the picture. */
typedef struct {
    int tap;
    size_t pixel;
} plain_tap;

static int conv_taps(const dpdm_conv_shape *s, int image, int oy, int ox, plain_tap *taps);
static size_t conv_weights(const dpdm_conv_shape *s);

enum { MAX_TAPS = DPDM_CONV_KERNEL_MOST * DPDM_CONV_KERNEL_MOST };

dpdm_status plain_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err)
{
    if (dpdm_conv_check(shape, err))
        return DPDM_EUNSUPPORTED;
    dpdm_conv *c = calloc(1, sizeof *c);
    if (!c)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    c->shape = *shape;
    c->gradient_floats = conv_weights(shape);
    c->packed_floats = conv_weights(shape) * (training ? 2 : 1);
    *conv = c;
    return DPDM_OK;
}

void plain_conv_destroy(dpdm_conv *conv)
{
    free(conv);
}

void plain_conv_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const dpdm_conv_shape *s = &conv->shape;
    const size_t in = s->in_channels, out = s->out_channels, taps = (size_t)s->kernel * dpdm_conv_kernel_width(s);
    const int training = conv->packed_floats > conv_weights(s);
    float *transposed = packed + conv_weights(s);
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t t = 0; t < taps; t++) {
                const float w = weight[(o * in + i) * taps + t];
                packed[(t * in + i) * out + o] = w;
                if (training)
                    transposed[(t * out + o) * in + i] = w;
            }
}

void plain_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                        void *scratch)
{
    const dpdm_conv_shape *s = &conv->shape;
    const size_t in = s->in_channels, out = s->out_channels;
    const int oh = dpdm_conv_out_height(s), ow = dpdm_conv_out_width(s);
    (void)scratch;
    for (int n = 0; n < s->batch; n++)
        for (int oy = 0; oy < oh; oy++)
            for (int ox = 0; ox < ow; ox++, y += out) {
                plain_tap taps[MAX_TAPS];
                const int count = conv_taps(s, n, oy, ox, taps);
                for (size_t o = 0; o < out; o++)
                    y[o] = bias ? bias[o] : 0;
                for (int t = 0; t < count; t++) {
                    const float *px = x + taps[t].pixel * in, *w = packed + taps[t].tap * in * out;
                    for (size_t i = 0; i < in; i++, w += out)
                        for (size_t o = 0; o < out; o++)
                            y[o] += px[i] * w[o];
                }
            }
}

void plain_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, void *scratch)
{
    const dpdm_conv_shape *s = &conv->shape;
    const size_t in = s->in_channels, out = s->out_channels;
    const int oh = dpdm_conv_out_height(s), ow = dpdm_conv_out_width(s);
    const float *transposed = packed + conv_weights(s);
    (void)scratch;
    memset(dx, 0, (size_t)s->batch * s->height * s->width * in * sizeof *dx);
    for (int n = 0; n < s->batch; n++)
        for (int oy = 0; oy < oh; oy++)
            for (int ox = 0; ox < ow; ox++, dy += out) {
                plain_tap taps[MAX_TAPS];
                const int count = conv_taps(s, n, oy, ox, taps);
                for (int t = 0; t < count; t++) {
                    float *px = dx + taps[t].pixel * in;
                    const float *w = transposed + taps[t].tap * in * out;
                    for (size_t o = 0; o < out; o++, w += in)
                        for (size_t i = 0; i < in; i++)
                            px[i] += dy[o] * w[i];
                }
            }
}

void plain_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient, float *dbias,
                                void *scratch)
{
    const dpdm_conv_shape record = dpdm_conv_record(&conv->shape), *s = &record;
    const size_t in = s->in_channels, out = s->out_channels;
    const int oh = dpdm_conv_out_height(s), ow = dpdm_conv_out_width(s);
    (void)scratch;
    for (int n = 0; n < s->batch; n++)
        for (int oy = 0; oy < oh; oy++)
            for (int ox = 0; ox < ow; ox++, dy += out) {
                plain_tap taps[MAX_TAPS];
                const int count = conv_taps(s, n, oy, ox, taps);
                for (int t = 0; t < count; t++) {
                    const float *px = x + taps[t].pixel * in;
                    float *g = gradient + taps[t].tap * in * out;
                    for (size_t i = 0; i < in; i++, g += out)
                        for (size_t o = 0; o < out; o++)
                            g[o] += px[i] * dy[o];
                }
                for (size_t o = 0; dbias && o < out; o++)
                    dbias[o] += dy[o];
            }
}

void plain_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const dpdm_conv_shape *s = &conv->shape;
    const size_t in = s->in_channels, out = s->out_channels, taps = (size_t)s->kernel * dpdm_conv_kernel_width(s);
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t t = 0; t < taps; t++)
                dweight[(o * in + i) * taps + t] = gradient[(t * in + i) * out + o];
}

/* The taps of output pixel (oy, ox) that lie inside the picture, in row-major order of the kernel. */
static int conv_taps(const dpdm_conv_shape *s, int image, int oy, int ox, plain_tap *taps)
{
    const int wide = dpdm_conv_kernel_width(s);
    const int top = oy * s->stride - (s->valid ? 0 : s->kernel / 2), left = ox * s->stride - (s->valid ? 0 : wide / 2);
    int count = 0;
    for (int ky = 0; ky < s->kernel; ky++)
        for (int kx = 0; kx < wide; kx++) {
            const int iy = top + ky, ix = left + kx;
            if (iy < 0 || iy >= s->height || ix < 0 || ix >= s->width)
                continue;
            taps[count].tap = ky * wide + kx;
            taps[count].pixel = ((size_t)image * s->height + iy) * s->width + ix;
            count++;
        }
    return count;
}

static size_t conv_weights(const dpdm_conv_shape *s)
{
    return (size_t)s->in_channels * s->out_channels * s->kernel * dpdm_conv_kernel_width(s);
}
