/* plain_resample.c - reference nearest up x2, average down x2 and max-pool 2x2. */
#include "nn/cpu/plain.h"

#include <string.h>

/* Of a picture whose rows hold w pixels of c channels: the four pixels that output pixel (y, x) of half the size
 * covers. */
typedef struct {
    size_t at[4];
} resample_quad;

static resample_quad resample_quad_at(size_t image, size_t h, size_t w, size_t y, size_t x, size_t c)
{
    const size_t first = ((image * h + 2 * y) * w + 2 * x) * c;
    return (resample_quad){{first, first + c, first + w * c, first + w * c + c}};
}

void plain_up2_forward(int n, int h, int w, int c, const float *x, float *y)
{
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++, x += c) {
                const resample_quad quad = resample_quad_at(e, 2 * (size_t)h, 2 * (size_t)w, i, j, c);
                for (int k = 0; k < 4; k++)
                    memcpy(y + quad.at[k], x, c * sizeof *x);
            }
}

void plain_up2_backward(int n, int h, int w, int c, const float *dy, float *dx)
{
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h; i++)
            for (int j = 0; j < w; j++, dx += c) {
                const resample_quad quad = resample_quad_at(e, 2 * (size_t)h, 2 * (size_t)w, i, j, c);
                for (int d = 0; d < c; d++)
                    dx[d] = (dy[quad.at[0] + d] + dy[quad.at[1] + d]) + (dy[quad.at[2] + d] + dy[quad.at[3] + d]);
            }
}

void plain_down2_forward(int n, int h, int w, int c, const float *x, float *y)
{
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h / 2; i++)
            for (int j = 0; j < w / 2; j++, y += c) {
                const resample_quad quad = resample_quad_at(e, h, w, i, j, c);
                for (int d = 0; d < c; d++)
                    y[d] = 0.25f * ((x[quad.at[0] + d] + x[quad.at[1] + d]) + (x[quad.at[2] + d] + x[quad.at[3] + d]));
            }
}

void plain_down2_backward(int n, int h, int w, int c, const float *dy, float *dx)
{
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h / 2; i++)
            for (int j = 0; j < w / 2; j++, dy += c) {
                const resample_quad quad = resample_quad_at(e, h, w, i, j, c);
                for (int k = 0; k < 4; k++)
                    for (int d = 0; d < c; d++)
                        dx[quad.at[k] + d] = 0.25f * dy[d];
            }
}

void plain_max_pool2_forward(int n, int h, int w, int c, const float *x, float *y, uint8_t *index)
{
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h / 2; i++)
            for (int j = 0; j < w / 2; j++, y += c, index += c) {
                const resample_quad quad = resample_quad_at(e, h, w, i, j, c);
                for (int d = 0; d < c; d++) {
                    y[d] = x[quad.at[0] + d];
                    index[d] = 0;
                    for (uint8_t k = 1; k < 4; k++)
                        if (x[quad.at[k] + d] > y[d]) {
                            y[d] = x[quad.at[k] + d];
                            index[d] = k;
                        }
                }
            }
}

void plain_max_pool2_backward(int n, int h, int w, int c, const uint8_t *index, const float *dy, float *dx)
{
    /* Odd sizes leave a last row or column that no output covers. */
    memset(dx, 0, (size_t)n * h * w * c * sizeof *dx);
    for (int e = 0; e < n; e++)
        for (int i = 0; i < h / 2; i++)
            for (int j = 0; j < w / 2; j++, dy += c, index += c) {
                const resample_quad quad = resample_quad_at(e, h, w, i, j, c);
                for (int d = 0; d < c; d++)
                    dx[quad.at[index[d]] + d] = dy[d];
            }
}
