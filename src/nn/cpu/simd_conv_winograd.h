/* simd_conv_winograd.h - 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3); see simd_winograd.h for the
 * transforms.
 *
 * Tiles are taken in blocks that stay in the second-level cache: transform a block (36 planes of tiles x channels), 36
 * matrix products with the transformed weights, transform back. Backward by data is the same with the weights turned
 * around. For the weights' gradient both sides are transformed and the products sum over tiles.
 * Channels must fill whole vectors. Packed weights: 36 planes [in][out], then (training) 36 planes [out][in] of the
 * turned kernels; the gradient: nine taps [in][out]. */
#ifndef DPDM_NN_SIMD_CONV_WINOGRAD_H
#define DPDM_NN_SIMD_CONV_WINOGRAD_H

#include "nn/cpu/simd_gemm.h"
#include "nn/cpu/simd_winograd.h"
#include "nn/kernels.h"

enum {
    WINO_PAD = 16,                       /* floats between planes, so that they do not fall on the same cache lines */
    WINO_BLOCK_BYTES = 512 * 1024,       /* both sides of a block */
    WINO_GRADIENT_BLOCK_BYTES = 3 << 19, /* the same for the weights' gradient, where each block adds to all planes */
    WINO_SUM_RUN = 64                    /* positions of one partial sum of the bias gradient */
};

/* One picture size, cut into tiles. */
typedef struct {
    size_t batch, height, width, rows, columns; /* rows x columns tiles an image */
} wino_grid;

/* Position of a tile: walks over columns, rows and images. */
typedef struct {
    size_t image, row, column;
} wino_place;

static wino_grid wino_grid_of(const dpdm_conv_shape *s)
{
    return (wino_grid){s->batch, s->height, s->width, (s->height + WINO_OUT - 1) / WINO_OUT,
                       (s->width + WINO_OUT - 1) / WINO_OUT};
}

static size_t wino_tiles(const wino_grid *g)
{
    return g->batch * g->rows * g->columns;
}

static void wino_next(const wino_grid *g, wino_place *p)
{
    if (++p->column == g->columns) {
        p->column = 0;
        if (++p->row == g->rows) {
            p->row = 0;
            p->image++;
        }
    }
}

/* Where the size x size pixels from (row, column) of an image are; `zeros` for those outside it. */
static void wino_pixels(const wino_grid *g, const float *image, size_t channels, ptrdiff_t row, ptrdiff_t column,
                        int size, const float *zeros, const float **at)
{
    for (ptrdiff_t y = row; y < row + size; y++)
        for (ptrdiff_t x = column; x < column + size; x++) {
            const int inside = y >= 0 && x >= 0 && y < (ptrdiff_t)g->height && x < (ptrdiff_t)g->width;
            *at++ = inside ? image + (size_t)(y * (ptrdiff_t)g->width + x) * channels : zeros;
        }
}

/* Tiles of a block: as many as fit in `bytes`, a multiple of `rows`. */
static size_t wino_block(size_t bytes, size_t rows, size_t in, size_t out)
{
    const size_t fit = bytes / (WINO_POINTS * sizeof(float) * (in + out)) / rows * rows;
    return fit > rows ? fit : rows;
}

/* For products with the weights: whole rows of the inner kernel's tiles. */
static size_t wino_block_convolve(size_t in, size_t out)
{
    return wino_block(WINO_BLOCK_BYTES, GEMM_SUMS, in, out);
}

/* For the weights' gradient: each block adds to all planes, so larger ones pay. */
static size_t wino_block_gradient(size_t in, size_t out)
{
    return wino_block(WINO_GRADIENT_BLOCK_BYTES, 4, in, out);
}

static size_t wino_plane(size_t tiles, size_t channels)
{
    return tiles * channels + WINO_PAD;
}

static size_t wino_scratch_floats(const dpdm_conv_shape *s)
{
    const size_t in = s->in_channels, out = s->out_channels, convolve = wino_block_convolve(in, out);
    const size_t gradient = wino_block_gradient(in, out), tiles = gradient > convolve ? gradient : convolve;
    return WINO_POINTS * (wino_plane(in, out) + wino_plane(tiles, in) + wino_plane(tiles, out));
}

/* Transforms `tiles` input tiles from `place`. */
static void wino_input_block(const wino_grid *g, const float *x, size_t channels, const float *zeros, wino_place place,
                             size_t tiles, float *v)
{
    const size_t plane = wino_plane(tiles, channels);
    for (size_t t = 0; t < tiles; t++, wino_next(g, &place)) {
        const float *at[WINO_POINTS];
        wino_pixels(g, x + place.image * g->height * g->width * channels, channels,
                    (ptrdiff_t)(place.row * WINO_OUT) - 1, (ptrdiff_t)(place.column * WINO_OUT) - 1, WINO_IN, zeros,
                    at);
        for (size_t c = 0; c < channels; c += SIMD_WIDTH)
            wino_input(at, c, v + t * channels + c, plane);
    }
}

static void wino_output_block(const wino_grid *g, const float *m, size_t channels, const float *bias, wino_place place,
                              size_t tiles, float *y)
{
    const size_t plane = wino_plane(tiles, channels);
    for (size_t t = 0; t < tiles; t++, wino_next(g, &place)) {
        const size_t top = place.row * WINO_OUT, left = place.column * WINO_OUT;
        const size_t height = g->height - top < WINO_OUT ? g->height - top : WINO_OUT;
        const size_t width = g->width - left < WINO_OUT ? g->width - left : WINO_OUT;
        float *corner = y + ((place.image * g->height + top) * g->width + left) * channels;
        for (size_t c = 0; c < channels; c += SIMD_WIDTH) {
            simd_float tile[WINO_OUT][WINO_OUT];
            wino_output(m + t * channels + c, plane, bias ? simd_load(bias + c) : simd_set(0), tile);
            for (size_t i = 0; i < height; i++)
                for (size_t j = 0; j < width; j++)
                    simd_store(corner + (i * g->width + j) * channels + c, tile[i][j]);
        }
    }
}

/* y = conv(x) + bias, weight: nine taps [in][out]. */
static void wino_convolve(const wino_grid *g, size_t in, size_t out, const float *x, const float *weight,
                          const float *bias, const float *zeros, float *y, float *scratch)
{
    const size_t block = wino_block_convolve(in, out), all = wino_tiles(g), u_plane = wino_plane(in, out);
    float *u = scratch, *v = u + WINO_POINTS * u_plane, *m = v + WINO_POINTS * wino_plane(block, in);
    wino_place place = {0, 0, 0};
    for (size_t i = 0; i < in * out; i += SIMD_WIDTH)
        wino_kernel(weight + i, in * out, u + i, u_plane);
    for (size_t first = 0; first < all; first += block) {
        const size_t tiles = all - first < block ? all - first : block;
        const size_t v_plane = wino_plane(tiles, in), m_plane = wino_plane(tiles, out);
        wino_input_block(g, x, in, zeros, place, tiles, v);
        for (size_t p = 0; p < WINO_POINTS; p++)
            simd_gemm_direct(tiles, out, in, (simd_matrix){v + p * v_plane, in, 1}, u + p * u_plane, out,
                             (simd_target){m + p * m_plane, out, 1, 0, NULL});
        wino_output_block(g, m, out, bias, place, tiles, y);
        for (size_t t = 0; t < tiles; t++)
            wino_next(g, &place);
    }
}

static void wino_slope_block(const wino_grid *g, const float *dy, size_t channels, const float *zeros, wino_place place,
                             size_t tiles, float *z)
{
    const size_t plane = wino_plane(tiles, channels);
    for (size_t t = 0; t < tiles; t++, wino_next(g, &place)) {
        const float *at[WINO_OUT * WINO_OUT];
        wino_pixels(g, dy + place.image * g->height * g->width * channels, channels, (ptrdiff_t)(place.row * WINO_OUT),
                    (ptrdiff_t)(place.column * WINO_OUT), WINO_OUT, zeros, at);
        for (size_t c = 0; c < channels; c += SIMD_WIDTH)
            wino_slope(at, c, z + t * channels + c, plane);
    }
}

/* gradient (nine taps [in][out]) += weight gradient. */
static void wino_weight_gradient(const wino_grid *g, size_t in, size_t out, const float *x, const float *dy,
                                 const float *zeros, float *gradient, float *scratch)
{
    const size_t block = wino_block_gradient(in, out), all = wino_tiles(g);
    const size_t u_plane = wino_plane(in, out);
    float *u = scratch, *v = u + WINO_POINTS * u_plane, *z = v + WINO_POINTS * wino_plane(block, in);
    wino_place place = {0, 0, 0};
    for (size_t first = 0; first < all; first += block) {
        const size_t tiles = all - first < block ? all - first : block;
        const size_t v_plane = wino_plane(tiles, in), z_plane = wino_plane(tiles, out);
        wino_input_block(g, x, in, zeros, place, tiles, v);
        wino_slope_block(g, dy, out, zeros, place, tiles, z);
        for (size_t p = 0; p < WINO_POINTS; p++)
            simd_gemm_direct(in, out, tiles, (simd_matrix){v + p * v_plane, 1, in}, z + p * z_plane, out,
                             (simd_target){u + p * u_plane, out, 1, first > 0, NULL});
        for (size_t t = 0; t < tiles; t++)
            wino_next(g, &place);
    }
    for (size_t i = 0; i < in * out; i += SIMD_WIDTH)
        wino_gradient(u + i, u_plane, gradient + i, in * out);
}

#endif
