/* simd_conv_winograd.h - 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3); see simd_winograd.h for the transforms.
 *
 * Tiles are taken in blocks that stay in the second-level cache: transform a block (36 planes of tiles x channels), 36
 * matrix products with the transformed weights, transform back. Backward by data is the same with the weights turned
 * around. For the weights' gradient both sides are transformed and the products sum over tiles.
 * The last tile of a row or column may be smaller (14 = 4 + 4 + 4 + 2, 7 = 4 + 3) and then needs fewer planes. So tiles
 * are listed by kind, in an order in which those that need a plane lie side by side, whichever plane it is. Where the pixels
 * of a tile are is written down once for each convolution: with few channels finding them took as long as the transforms.
 * Channels must fill whole vectors. Weights come as nine taps [in][out] and are transformed in each call: that takes a few
 * per cent of its time, and four times less memory has to be fetched than for weights that were transformed before. The
 * gradient: nine taps [in][out]. */
#ifndef DPDM_NN_SIMD_CONV_WINOGRAD_H
#define DPDM_NN_SIMD_CONV_WINOGRAD_H

#include "nn/cpu/simd_winograd.h"
#include "nn/cpu/simd_winograd_product.h"
#include "nn/kernels.h"

enum {
    WINO_PAD = 16,                       /* floats between planes, so that they do not fall on the same cache lines */
    WINO_BLOCK_BYTES = 512 * 1024,       /* both sides of a block */
    WINO_GRADIENT_BLOCK_BYTES = 3 << 19, /* the same for the weights' gradient */
    WINO_FUSED = 4,                      /* divides SIMD_WIDTH */
    WINO_FEW = 4, /* tiles of a record up to which products and transform of the weights' gradient are one */
    WINO_KINDS = 4
};

/* Pixels around a place for a tile, by their number in the picture, -1 for those outside it: the 6 x 6 that an input tile
 * reads, of which the inner 4 x 4 are the tile itself. */
typedef struct {
    int32_t pixel[WINO_PLANES];
} wino_place;

/* Tiles of one size: the first is number `first` of the list; each image has `each` of them, at the places from `place`. */
typedef struct {
    size_t first, count, each;
    int height, width; /* of a tile as it is computed: 4, 3 or 2 */
    const wino_place *place;
} wino_kind;

/* A picture cut into tiles: kinds narrow (at the right edge), whole, low (at the bottom edge), corner; the first and last
 * two are empty if the sizes are multiples of 4. */
typedef struct {
    size_t batch, height, width, tiles;
    wino_kind kind[WINO_KINDS];
} wino_grid;

typedef struct {
    size_t first, count;
} wino_range;

/* Size of the last tile where `rest` pixels are left: a tile of 1 is computed as one of 2. */
static int wino_edge(size_t rest)
{
    return rest == 3 ? 3 : 2;
}

/* Places in a picture: rows x columns, from (top, left), WINO_OUT apart. Returns the next free one. */
static wino_place *wino_places_fill(const dpdm_conv_shape *s, size_t rows, size_t columns, size_t top, size_t left,
                                    wino_place *place)
{
    for (size_t t = 0; t < rows * columns; t++, place++)
        for (int p = 0; p < WINO_PLANES; p++) {
            const ptrdiff_t y = (ptrdiff_t)(top + t / columns * WINO_OUT) + p / WINO_IN - 1;
            const ptrdiff_t x = (ptrdiff_t)(left + t % columns * WINO_OUT) + p % WINO_IN - 1;
            const int inside = y >= 0 && x >= 0 && y < s->height && x < s->width;
            place->pixel[p] = inside ? (int32_t)(y * s->width + x) : -1;
        }
    return place;
}

static size_t wino_places(const dpdm_conv_shape *s)
{
    const size_t down = (s->height + WINO_OUT - 1) / WINO_OUT, across = (s->width + WINO_OUT - 1) / WINO_OUT;
    return down * across;
}

/* place: room for wino_places, which it fills and keeps. */
static wino_grid wino_grid_of(const dpdm_conv_shape *s, wino_place *place)
{
    const size_t h = s->height, w = s->width, n = s->batch, down = h / WINO_OUT, across = w / WINO_OUT;
    const size_t low = h % WINO_OUT != 0, narrow = w % WINO_OUT != 0, top = down * WINO_OUT, left = across * WINO_OUT;
    const int high = wino_edge(h % WINO_OUT), wide = wino_edge(w % WINO_OUT);
    wino_grid g = {n,
                   h,
                   w,
                   0,
                   {{0, n * down * narrow, down * narrow, WINO_OUT, wide, place},
                    {0, n * down * across, down * across, WINO_OUT, WINO_OUT, NULL},
                    {0, n * across * low, across * low, high, WINO_OUT, NULL},
                    {0, n * low * narrow, low * narrow, high, wide, NULL}}};
    g.kind[1].place = place = wino_places_fill(s, down, narrow, 0, left, place);
    g.kind[2].place = place = wino_places_fill(s, down, across, 0, 0, place);
    g.kind[3].place = place = wino_places_fill(s, low, across, top, 0, place);
    wino_places_fill(s, low, narrow, top, left, place);
    for (int k = 0; k < WINO_KINDS; k++) {
        g.kind[k].first = g.tiles;
        g.tiles += g.kind[k].count;
    }
    return g;
}

/* The same picture cut for another batch. */
static wino_grid wino_grid_batch(const wino_grid *grid, size_t batch)
{
    wino_grid g = *grid;
    g.batch = batch;
    g.tiles = 0;
    for (int k = 0; k < WINO_KINDS; k++) {
        g.kind[k].first = g.tiles;
        g.kind[k].count = batch * g.kind[k].each;
        g.tiles += g.kind[k].count;
    }
    return g;
}

/* Tiles that need this plane: narrow and corner tiles have the points of their width only, low and corner ones those of
 * their height. */
static wino_range wino_users(const wino_grid *g, int plane)
{
    const int across = wino_has_point(g->kind[3].width, plane % 6), down = wino_has_point(g->kind[3].height, plane / 6);
    const size_t first = across ? 0 : g->kind[1].first;
    const size_t end = !down ? g->kind[2].first : !across ? g->kind[3].first : g->tiles;
    return (wino_range){first, end - first};
}

/* What two ranges share, counted from the start of the second. */
static wino_range wino_overlap(wino_range a, size_t first, size_t count)
{
    const size_t from = a.first > first ? a.first : first;
    const size_t end = a.first + a.count < first + count ? a.first + a.count : first + count;
    return end > from ? (wino_range){from - first, end - from} : (wino_range){0, 0};
}

/* Tiles of a block: as many as fit in `bytes`, a multiple of `rows`. */
static size_t wino_block(size_t bytes, size_t rows, size_t in, size_t out)
{
    const size_t fit = bytes / (WINO_PLANES * sizeof(float) * (in + out)) / rows * rows;
    return fit > rows ? fit : rows;
}

/* For products with the weights: whole rows of the inner kernel's tiles. */
static size_t wino_block_convolve(size_t in, size_t out)
{
    return wino_block(WINO_BLOCK_BYTES, GEMM_RUN / 4, in, out);
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
    return WINO_PLANES * (wino_plane(in, out) + wino_plane(tiles, in) + wino_plane(tiles, out));
}

/* Where the pixels of a place are in an image of so many channels; `zeros` for those outside it. */
SIMD_INLINE void wino_pixels(const wino_place *place, const float *image, size_t channels, const float *zeros,
                             const float **at)
{
    for (int p = 0; p < WINO_PLANES; p++)
        at[p] = place->pixel[p] < 0 ? zeros : image + (ptrdiff_t)place->pixel[p] * (ptrdiff_t)channels;
}

/* A side of a block: tiles [first, first + count) of a picture, transformed in planes[36][count][channels]. */
typedef struct {
    const wino_grid *grid;
    size_t channels, first, count;
    float *planes;
} wino_side;

/* What is done with the tiles of one kind; rows and columns are constants of it. */
typedef enum { WINO_INPUT, WINO_SLOPE, WINO_OUTPUT } wino_work;

/* Reads a tile of x and transforms it: as input (the kernel's reach around it) or as the derivative by an output. */
SIMD_INLINE void wino_read(const wino_side *s, const wino_work work, const simd_element element, const int rows,
                           const int columns, const wino_place *place, const float *image, const float *zeros,
                           float *to)
{
    const float *at[WINO_PLANES];
    wino_pixels(place, image, s->channels, zeros, at);
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH)
        if (work == WINO_INPUT)
            wino_input(rows, columns, element, at, c, to + wino_row(element, c), wino_plane(s->count, s->channels));
        else
            wino_slope(rows, columns, at + WINO_IN + 1, c, to + c, wino_plane(s->count, s->channels));
}

/* Transforms a tile back and writes what of it lies in the picture. */
SIMD_INLINE void wino_write(const wino_side *s, const int rows, const int columns, const wino_place *place,
                            const float *bias, const float *from, float *image)
{
    const int32_t *pixel = place->pixel + WINO_IN + 1;
    for (size_t c = 0; c < s->channels; c += SIMD_WIDTH) {
        simd_float tile[WINO_OUT][WINO_OUT];
        const simd_float start = bias ? simd_load(bias + c) : simd_set(0);
        wino_output(rows, columns, from + c, wino_plane(s->count, s->channels), tile);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) {
                const ptrdiff_t to = pixel[i * WINO_IN + j];
                if (to >= 0)
                    simd_store(image + to * (ptrdiff_t)s->channels + c, tile[i][j] + start);
            }
    }
}

/* x: the picture read or (output) NULL; extra: zeros, or (output) the bias; y: the picture written by output. */
SIMD_INLINE void wino_kind_work(const wino_side *s, const wino_work work, const simd_element element, const int rows,
                                const int columns, const wino_kind *k, const float *x, const float *extra, float *y)
{
    const wino_range mine = wino_overlap((wino_range){k->first, k->count}, s->first, s->count);
    if (mine.count == 0)
        return;
    const size_t picture = s->grid->height * s->grid->width * s->channels, index = s->first + mine.first - k->first;
    size_t at = index / k->each * picture, place = index % k->each;
    for (size_t t = mine.first; t < mine.first + mine.count; t++) {
        float *transformed = s->planes + t * wino_row(element, s->channels);
        if (work == WINO_OUTPUT)
            wino_write(s, rows, columns, k->place + place, extra, transformed, y + at);
        else
            wino_read(s, work, element, rows, columns, k->place + place, x + at, extra, transformed);
        if (++place == k->each) {
            place = 0;
            at += picture;
        }
    }
}

/* The tiles of a block, kind by kind. */
SIMD_INLINE void wino_block_work(const wino_side *s, const wino_work work, const simd_element element, const float *x,
                                 const float *extra, float *y)
{
    for (const wino_kind *k = s->grid->kind; k < s->grid->kind + WINO_KINDS; k++)
        switch (k->height * 8 + k->width) {
        case 4 * 8 + 4:
            wino_kind_work(s, work, element, 4, 4, k, x, extra, y);
            break;
        case 4 * 8 + 3:
            wino_kind_work(s, work, element, 4, 3, k, x, extra, y);
            break;
        case 4 * 8 + 2:
            wino_kind_work(s, work, element, 4, 2, k, x, extra, y);
            break;
        case 3 * 8 + 4:
            wino_kind_work(s, work, element, 3, 4, k, x, extra, y);
            break;
        case 3 * 8 + 3:
            wino_kind_work(s, work, element, 3, 3, k, x, extra, y);
            break;
        case 3 * 8 + 2:
            wino_kind_work(s, work, element, 3, 2, k, x, extra, y);
            break;
        case 2 * 8 + 4:
            wino_kind_work(s, work, element, 2, 4, k, x, extra, y);
            break;
        case 2 * 8 + 3:
            wino_kind_work(s, work, element, 2, 3, k, x, extra, y);
            break;
        default:
            wino_kind_work(s, work, element, 2, 2, k, x, extra, y);
            break;
        }
}

/* For products with the weights. */
static void wino_input_block(const wino_side *s, const float *x, const float *zeros)
{
    wino_block_work(s, WINO_INPUT, wino_element, x, zeros, NULL);
}

/* For products with slopes. */
static void wino_input_floats(const wino_side *s, const float *x, const float *zeros)
{
    wino_block_work(s, WINO_INPUT, SIMD_FLOATS, x, zeros, NULL);
}

static void wino_slope_block(const wino_side *s, const float *dy, const float *zeros)
{
    wino_block_work(s, WINO_SLOPE, SIMD_FLOATS, dy, zeros, NULL);
}

static void wino_output_block(const wino_side *s, const float *bias, float *y)
{
    wino_block_work(s, WINO_OUTPUT, SIMD_FLOATS, NULL, bias, y);
}

/* y = conv(x) + bias, weight: nine taps [in][out]. */
static void wino_convolve(const wino_grid *g, size_t in, size_t out, const float *x, const float *weight,
                          const float *bias, const float *zeros, float *y, float *scratch)
{
    const size_t block = wino_block_convolve(in, out), u_plane = wino_plane(in, out);
    float *u = scratch, *v = u + WINO_PLANES * u_plane, *m = v + WINO_PLANES * wino_plane(block, in);
    for (size_t i = 0; i < in * out; i += SIMD_WIDTH)
        wino_kernel(weight + i, in * out, u + i, u_plane);
    for (size_t p = 0; p < WINO_PLANES; p++)
        wino_weights(in, out, u + p * u_plane);
    for (size_t first = 0; first < g->tiles; first += block) {
        const size_t tiles = g->tiles - first < block ? g->tiles - first : block;
        const size_t v_plane = wino_plane(tiles, in), m_plane = wino_plane(tiles, out);
        wino_input_block(&(wino_side){g, in, first, tiles, v}, x, zeros);
        for (int p = 0; p < WINO_PLANES; p++) {
            const wino_range use = wino_overlap(wino_users(g, p), first, tiles);
            wino_product(use.count, in, out, v + p * v_plane + use.first * wino_row(wino_element, in), u + p * u_plane,
                         m + p * m_plane + use.first * out);
        }
        wino_output_block(&(wino_side){g, out, first, tiles, m}, bias, y);
    }
}

/* gradient (nine taps [in][out]) += G' u G with u the sums over a block's tiles of v z, one vector of outputs `o` of
 * WINO_FUSED inputs from `i` at a time: what lies between products and transform stays in registers and the first-level
 * cache. */
SIMD_INLINE void wino_fused(const wino_side *v, const wino_side *z, size_t i, size_t o, float *gradient)
{
    const size_t v_plane = wino_plane(v->count, v->channels), z_plane = wino_plane(z->count, z->channels);
    simd_float half[WINO_FUSED][3][WINO_IN];
    for (int column = 0; column < WINO_IN; column++) {
        simd_float u[WINO_FUSED][WINO_IN], line[3];
        for (int row = 0; row < WINO_IN; row++) {
            const int p = row * WINO_IN + column;
            const wino_range use = wino_overlap(wino_users(v->grid, p), v->first, v->count);
            const float *left = v->planes + p * v_plane + use.first * v->channels + i;
            const float *right = z->planes + p * z_plane + use.first * z->channels + o;
            simd_float sum[WINO_FUSED];
            for (int q = 0; q < WINO_FUSED; q++)
                sum[q] = simd_set(0);
            for (size_t t = 0; t < use.count; t++, left += v->channels, right += z->channels) {
                const simd_float slope = simd_load(right);
                for (int q = 0; q < WINO_FUSED; q++)
                    sum[q] += simd_set(left[q]) * slope;
            }
            for (int q = 0; q < WINO_FUSED; q++)
                u[q][row] = sum[q];
        }
        for (int q = 0; q < WINO_FUSED; q++) {
            wino_gradient_line(u[q], line);
            for (int tap = 0; tap < 3; tap++)
                half[q][tap][column] = line[tap];
        }
    }
    for (int q = 0; q < WINO_FUSED; q++)
        for (size_t row = 0; row < 3; row++) {
            simd_float line[3];
            wino_gradient_line(half[q][row], line);
            for (size_t tap = 0; tap < 3; tap++) {
                float *to = gradient + ((row * 3 + tap) * v->channels + i + q) * z->channels + o;
                simd_store(to, simd_load(to) + line[tap]);
            }
        }
}

/* The weight gradient of few tiles: products and transform at once, since writing 36 planes of products and reading them
 * again takes longer than the products. */
static void wino_weight_gradient_few(const wino_side *v, const wino_side *z, float *gradient)
{
    for (size_t i = 0; i < v->channels; i += WINO_FUSED)
        for (size_t o = 0; o < z->channels; o += SIMD_WIDTH)
            wino_fused(v, z, i, o, gradient);
}

/* gradient (nine taps [in][out]) += weight gradient. */
static void wino_weight_gradient(const wino_grid *g, size_t in, size_t out, const float *x, const float *dy,
                                 const float *zeros, float *gradient, float *scratch)
{
    const size_t block = wino_block_gradient(in, out), u_plane = wino_plane(in, out);
    float *u = scratch, *v = u + WINO_PLANES * u_plane, *z = v + WINO_PLANES * wino_plane(block, in);
    if (g->tiles <= WINO_FEW && g->tiles <= block) {
        const wino_side input = {g, in, 0, g->tiles, v}, slope = {g, out, 0, g->tiles, z};
        wino_input_floats(&input, x, zeros);
        wino_slope_block(&slope, dy, zeros);
        wino_weight_gradient_few(&input, &slope, gradient);
        return;
    }
    for (size_t first = 0; first < g->tiles; first += block) {
        const size_t tiles = g->tiles - first < block ? g->tiles - first : block;
        const size_t v_plane = wino_plane(tiles, in), z_plane = wino_plane(tiles, out);
        wino_input_floats(&(wino_side){g, in, first, tiles, v}, x, zeros);
        wino_slope_block(&(wino_side){g, out, first, tiles, z}, dy, zeros);
        for (int p = 0; p < WINO_PLANES; p++) {
            const wino_range use = wino_overlap(wino_users(g, p), first, tiles);
            if (use.count == 0 && first > 0)
                continue;
            wino_gradient_product(use.count, in, out, v + p * v_plane + use.first * in,
                                  z + p * z_plane + use.first * out, first > 0, u + p * u_plane);
        }
    }
    for (size_t i = 0; i < in * out; i += SIMD_WIDTH)
        wino_gradient(u + i, u_plane, gradient + i, in * out);
}

#endif
