/* simd_conv_narrow.h - 3x3 convolutions of stride 1 between a few channels and many: the first and last of a network.
 *
 * The narrow side is spread out: row p of "patches" holds the 3x3 neighbourhood of pixel p, 9 x narrow floats (zeros outside
 * the picture). Then everything is a product with the wide side, whichever of the two is the input:
 *   gather    wide   = patches(narrow) A                  forward if the input is narrow, else backward by data
 *   scatter   narrow = patches' of (wide B)               the adjoint: the other of the two
 *   gradient  dA    += patches(narrow)' wide
 * A: [9 narrow][wide]; B: its transpose, rows filled up to whole vectors. Taps are turned by 180 degrees where the wide side
 * is the input. Positions are taken in blocks, so that patches stay in the first-level cache. */
#ifndef DPDM_NN_SIMD_CONV_NARROW_H
#define DPDM_NN_SIMD_CONV_NARROW_H

#include "nn/cpu/simd_gemm.h"
#include "nn/kernels.h"

enum { NARROW_MOST = 8 /* channels of the narrow side */, NARROW_ROWS = GEMM_RUN };

typedef struct {
    size_t batch, height, width, narrow, wide;
    int turned; /* the wide side is the input */
} narrow_shape;

static narrow_shape narrow_shape_of(const dpdm_conv_shape *s)
{
    const int turned = s->out_channels < s->in_channels;
    return (narrow_shape){s->batch,
                          s->height,
                          s->width,
                          turned ? s->out_channels : s->in_channels,
                          turned ? s->in_channels : s->out_channels,
                          turned};
}

/* Floats of a row of patches, and of B: 9 x narrow in whole vectors. */
static size_t narrow_row(const narrow_shape *s)
{
    return (9 * s->narrow + SIMD_WIDTH - 1) / SIMD_WIDTH * SIMD_WIDTH;
}

static size_t narrow_scratch_floats(const narrow_shape *s)
{
    return NARROW_ROWS * narrow_row(s);
}

static size_t narrow_packed_floats(const narrow_shape *s)
{
    return s->wide * (9 * s->narrow + narrow_row(s));
}

static size_t narrow_positions(const narrow_shape *s)
{
    return s->batch * s->height * s->width;
}

/* packed: A, then B. */
static void narrow_pack(const narrow_shape *s, const float *weight, float *packed)
{
    const size_t n = s->narrow, w = s->wide, row = narrow_row(s);
    float *b = packed + 9 * n * w;
    memset(b, 0, w * row * sizeof *b);
    for (size_t tap = 0; tap < 9; tap++)
        for (size_t i = 0; i < n; i++)
            for (size_t o = 0; o < w; o++) {
                const float value = s->turned ? weight[(i * w + o) * 9 + 8 - tap] : weight[(o * n + i) * 9 + tap];
                packed[(tap * n + i) * w + o] = b[o * row + tap * n + i] = value;
            }
}

/* dweight [out][in][3][3] from the gradient by A. */
static void narrow_unpack(const narrow_shape *s, const float *gradient, float *dweight)
{
    const size_t n = s->narrow, w = s->wide;
    for (size_t tap = 0; tap < 9; tap++)
        for (size_t i = 0; i < n; i++)
            for (size_t o = 0; o < w; o++)
                dweight[s->turned ? (i * w + o) * 9 + 8 - tap : (o * n + i) * 9 + tap] =
                    gradient[(tap * n + i) * w + o];
}

/* Pixel p of the batch and its place. */
typedef struct {
    size_t p, row, column;
} narrow_place;

static narrow_place narrow_place_of(const narrow_shape *s, size_t p)
{
    return (narrow_place){p, p / s->width % s->height, p % s->width};
}

static void narrow_next(const narrow_shape *s, narrow_place *at)
{
    at->p++;
    if (++at->column == s->width) {
        at->column = 0;
        at->row = at->row + 1 == s->height ? 0 : at->row + 1;
    }
}

/* The taps [*from, *to) of row k of the kernel that lie inside the picture; the offset of the first of the three, counted
 * in pixels of the batch. */
static ptrdiff_t narrow_taps(const narrow_shape *s, const narrow_place *at, size_t k, size_t *from, size_t *to)
{
    const int inside = at->row + k >= 1 && at->row + k <= s->height;
    *from = at->column == 0;
    *to = !inside ? *from : at->column + 1 == s->width ? 2 : 3;
    return (ptrdiff_t)(at->p + k * s->width) - (ptrdiff_t)s->width - 1;
}

/* Rows [first, first + rows) of patches. */
static void narrow_patches(const narrow_shape *s, const float *x, size_t first, size_t rows, float *patches)
{
    const size_t n = s->narrow, row = narrow_row(s);
    narrow_place at = narrow_place_of(s, first);
    memset(patches, 0, rows * row * sizeof *patches);
    for (size_t r = 0; r < rows; r++, narrow_next(s, &at), patches += row)
        for (size_t k = 0; k < 3; k++) {
            size_t from, to;
            const ptrdiff_t source = narrow_taps(s, &at, k, &from, &to) * (ptrdiff_t)n;
            for (size_t i = from * n; i < to * n; i++)
                patches[3 * n * k + i] = x[source + (ptrdiff_t)i];
        }
}

/* The adjoint: adds row r of patches to the neighbourhood of pixel first + r. */
static void narrow_spread(const narrow_shape *s, const float *patches, size_t first, size_t rows, float *y)
{
    const size_t n = s->narrow, row = narrow_row(s);
    narrow_place at = narrow_place_of(s, first);
    for (size_t r = 0; r < rows; r++, narrow_next(s, &at), patches += row)
        for (size_t k = 0; k < 3; k++) {
            size_t from, to;
            const ptrdiff_t target = narrow_taps(s, &at, k, &from, &to) * (ptrdiff_t)n;
            for (size_t i = from * n; i < to * n; i++)
                y[target + (ptrdiff_t)i] += patches[3 * n * k + i];
        }
}

/* wide = patches(x) A + bias */
static void narrow_gather(const narrow_shape *s, const float *x, const float *packed, const float *bias, float *y,
                          float *scratch)
{
    const size_t all = narrow_positions(s), row = narrow_row(s);
    for (size_t first = 0; first < all; first += NARROW_ROWS) {
        const size_t rows = all - first < NARROW_ROWS ? all - first : NARROW_ROWS;
        narrow_patches(s, x, first, rows, scratch);
        simd_gemm_direct(rows, s->wide, 9 * s->narrow, (simd_matrix){scratch, row, 1}, packed, s->wide,
                         (simd_target){y + first * s->wide, s->wide, 1, 0, bias});
    }
}

/* narrow = adjoint of patches, of (x B), + bias */
static void narrow_scatter(const narrow_shape *s, const float *x, const float *packed, const float *bias, float *y,
                           float *scratch)
{
    const size_t all = narrow_positions(s), row = narrow_row(s), n = s->narrow;
    const float *b = packed + 9 * n * s->wide;
    for (size_t i = 0; i < all * n; i++)
        y[i] = bias ? bias[i % n] : 0;
    for (size_t first = 0; first < all; first += NARROW_ROWS) {
        const size_t rows = all - first < NARROW_ROWS ? all - first : NARROW_ROWS;
        simd_gemm_direct(rows, row, s->wide, (simd_matrix){x + first * s->wide, s->wide, 1}, b, row,
                         (simd_target){scratch, row, 1, 0, NULL});
        narrow_spread(s, scratch, first, rows, y);
    }
}

/* gradient (by A) += patches(x)' wide; x: the narrow side. */
static void narrow_gradient(const narrow_shape *s, const float *x, const float *wide, float *gradient, float *scratch)
{
    const size_t all = narrow_positions(s), row = narrow_row(s);
    for (size_t first = 0; first < all; first += NARROW_ROWS) {
        const size_t rows = all - first < NARROW_ROWS ? all - first : NARROW_ROWS;
        narrow_patches(s, x, first, rows, scratch);
        simd_gemm_direct(9 * s->narrow, s->wide, rows, (simd_matrix){scratch, 1, row}, wide + first * s->wide, s->wide,
                         (simd_target){gradient, s->wide, 1, 1, NULL});
    }
}

#endif
