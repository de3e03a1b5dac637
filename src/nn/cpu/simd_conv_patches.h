/* simd_conv_patches.h - convolutions as matrix products with patches: any kernel, stride and number of channels.
 *
 * One side of the convolution is spread out: row p of "patches" holds what window p sees of it, kernel x kernel_width x
 * channels floats (zeros outside the picture). Then everything is a product with the other side, which has a pixel a window:
 *   gather    other  = patches(spread) A                 forward if the input is spread, else backward by data
 *   scatter   spread = patches' of (other B)             the adjoint: the other of the two
 *   gradient  dA    += patches(spread)' other
 * A: [depth of a patch][other]; B: its transpose; rows of both are filled up to whole vectors. The input is spread, but where
 * the output has so few channels that its own patches are the smaller ("turned": stride 1, padded; taps are then turned by
 * 180 degrees). Patches are made for a block of windows and a part of their depth at a time, so that they stay in the
 * second-level cache and memory does not grow with the picture. Sums of a pixel are taken in an order that does not depend
 * on where blocks of windows begin, so an example's result does not depend on its place in the batch. */
#ifndef DPDM_NN_SIMD_CONV_PATCHES_H
#define DPDM_NN_SIMD_CONV_PATCHES_H

#include "nn/cpu/simd_gemm.h"
#include "nn/kernels.h"

enum {
    PATCH_FEW = 8,         /* channels of an output that is spread */
    PATCH_ROWS = GEMM_RUN, /* windows at a time */
    PATCH_DEPTH = 240      /* of the depth: whole vectors, an odd number of cache lines */
};

typedef struct {
    size_t batch, height, width, channels; /* of the side that is spread */
    size_t rows, columns, other;           /* windows, and channels of the other side */
    size_t high, wide, stride;             /* of the kernel */
    size_t top, left;                      /* padding */
    int turned;                            /* the output is spread */
} patch_shape;

static patch_shape patch_shape_of(const dpdm_conv_shape *s)
{
    const int turned = s->stride == 1 && !s->valid && s->out_channels < s->in_channels &&
                       s->out_channels <= PATCH_FEW && s->out_channels % SIMD_WIDTH != 0;
    const size_t high = s->kernel, wide = dpdm_conv_kernel_width(s);
    return (patch_shape){.batch = s->batch,
                         .height = s->height,
                         .width = s->width,
                         .channels = turned ? s->out_channels : s->in_channels,
                         .rows = dpdm_conv_out_height(s),
                         .columns = dpdm_conv_out_width(s),
                         .other = turned ? s->in_channels : s->out_channels,
                         .high = high,
                         .wide = wide,
                         .stride = s->stride,
                         .top = s->valid ? 0 : high / 2,
                         .left = s->valid ? 0 : wide / 2,
                         .turned = turned};
}

static size_t patch_depth(const patch_shape *s)
{
    return s->high * s->wide * s->channels;
}

static size_t patch_windows(const patch_shape *s)
{
    return s->batch * s->rows * s->columns;
}

/* Floats of a row of patches in scratch. */
static size_t patch_row(const patch_shape *s)
{
    return simd_whole(patch_depth(s) < PATCH_DEPTH ? patch_depth(s) : PATCH_DEPTH);
}

static size_t patch_scratch_floats(const patch_shape *s)
{
    const size_t rows = patch_windows(s) < PATCH_ROWS ? patch_windows(s) : PATCH_ROWS;
    return rows * patch_row(s) + SIMD_WIDTH;
}

/* Floats of A, and of B behind it. */
static size_t patch_forth_floats(const patch_shape *s)
{
    return patch_depth(s) * simd_whole(s->other);
}

static size_t patch_back_floats(const patch_shape *s)
{
    return s->other * simd_whole(patch_depth(s));
}

/* Place of element (depth k, other o) of A in weights [out][in][tap]. */
static size_t patch_weight(const patch_shape *s, size_t tap, size_t channel, size_t o)
{
    const size_t taps = s->high * s->wide;
    return s->turned ? (channel * s->other + o) * taps + taps - 1 - tap : (o * s->channels + channel) * taps + tap;
}

/* A and B, each where it is not NULL. */
static void patch_pack(const patch_shape *s, const float *weight, float *forth, float *back)
{
    const size_t forth_row = simd_whole(s->other), back_row = simd_whole(patch_depth(s));
    if (forth)
        memset(forth, 0, patch_forth_floats(s) * sizeof *forth);
    if (back)
        memset(back, 0, patch_back_floats(s) * sizeof *back);
    for (size_t tap = 0, k = 0; tap < s->high * s->wide; tap++)
        for (size_t channel = 0; channel < s->channels; channel++, k++)
            for (size_t o = 0; o < s->other; o++) {
                const float value = weight[patch_weight(s, tap, channel, o)];
                if (forth)
                    forth[k * forth_row + o] = value;
                if (back)
                    back[o * back_row + k] = value;
            }
}

/* dweight [out][in][tap] from the gradient, [depth][other]. */
static void patch_unpack(const patch_shape *s, const float *gradient, float *dweight)
{
    for (size_t tap = 0; tap < s->high * s->wide; tap++)
        for (size_t channel = 0; channel < s->channels; channel++)
            for (size_t o = 0; o < s->other; o++)
                dweight[patch_weight(s, tap, channel, o)] = *gradient++;
}

/* A window: its image's first pixel, and its own first pixel's row and column, which may lie in the padding. */
typedef struct {
    size_t image;
    ptrdiff_t row, column;
} patch_place;

static patch_place patch_place_of(const patch_shape *s, size_t window)
{
    const size_t each = s->rows * s->columns, at = window % each;
    return (patch_place){window / each * s->height * s->width,
                         (ptrdiff_t)(at / s->columns * s->stride) - (ptrdiff_t)s->top,
                         (ptrdiff_t)(at % s->columns * s->stride) - (ptrdiff_t)s->left};
}

/* The window after this one. */
SIMD_INLINE void patch_next(const patch_shape *s, patch_place *at)
{
    const ptrdiff_t stride = (ptrdiff_t)s->stride, top = (ptrdiff_t)s->top, left = (ptrdiff_t)s->left;
    at->column += stride;
    if (at->column + left < (ptrdiff_t)s->columns * stride)
        return;
    at->column = -left;
    at->row += stride;
    if (at->row + top < (ptrdiff_t)s->rows * stride)
        return;
    at->row = -top;
    at->image += s->height * s->width;
}

/* Floats [left, right) of a row of the kernel lie inside the picture, if the row does. */
typedef struct {
    size_t left, right;
} patch_sides;

SIMD_INLINE patch_sides patch_sides_of(const patch_shape *s, const patch_place *at)
{
    const size_t before = at->column < 0 ? (size_t)-at->column : 0;
    const size_t room = (size_t)((ptrdiff_t)s->width - at->column);
    return (patch_sides){before * s->channels, (room < s->wide ? room : s->wide) * s->channels};
}

/* Windows [first, first + rows), depths [depth, depth + count) of their patches. */
typedef struct {
    size_t first, rows, depth, count;
} patch_block;

/* A part of a row of patches, counted from the block's depth: floats [begin, end) belong to one row of the kernel; those in
 * [from, to) lie inside the picture, side by side, the first at `pixel`. */
typedef struct {
    size_t begin, end, from, to, pixel;
} patch_run;

/* The part that row k of the kernel has in a block. */
SIMD_INLINE patch_run patch_run_of(const patch_shape *s, const patch_block *b, const patch_place *at, patch_sides sides,
                                   size_t k)
{
    const size_t line = s->wide * s->channels, start = k * line, last = b->depth + b->count;
    const size_t begin = start > b->depth ? start : b->depth, end = start + line < last ? start + line : last;
    const ptrdiff_t row = at->row + (ptrdiff_t)k;
    const size_t left = start + sides.left, right = start + sides.right;
    const size_t from = left > begin ? left : begin, to = right < end ? right : end;
    if (row < 0 || row >= (ptrdiff_t)s->height || from >= to)
        return (patch_run){begin - b->depth, end - b->depth, end - b->depth, end - b->depth, 0};
    const size_t origin = (size_t)((ptrdiff_t)at->image + row * (ptrdiff_t)s->width + at->column) * s->channels;
    return (patch_run){begin - b->depth, end - b->depth, from - b->depth, to - b->depth, origin + from - start};
}

/* Whole vectors are stored: what runs over the end of a part, and of a row, is written again by what follows, and behind the
 * last row scratch has room for a vector. */
static void patch_gather(const patch_shape *shape, const float *x, patch_block b, float *patches)
{
    const patch_shape own = *shape, *s = &own; /* a store cannot change it: stays in registers */
    const size_t line = s->wide * s->channels, row = patch_row(s);
    patch_place at = patch_place_of(s, b.first);
    for (size_t r = 0; r < b.rows; r++, patches += row, patch_next(s, &at)) {
        const patch_sides sides = patch_sides_of(s, &at);
        for (size_t k = b.depth / line; k * line < b.depth + b.count; k++) {
            const patch_run run = patch_run_of(s, &b, &at, sides, k);
            const float *inside = x + run.pixel - run.from;
            size_t i = run.from;
            for (size_t j = run.begin; j < run.from; j += SIMD_WIDTH)
                simd_store(patches + j, simd_set(0));
            for (; i + SIMD_WIDTH <= run.to; i += SIMD_WIDTH)
                simd_store(patches + i, simd_load(inside + i));
            if (i < run.to)
                simd_store(patches + i, simd_load_first(inside + i, run.to - i));
            for (size_t j = run.to; j < run.end; j += SIMD_WIDTH)
                simd_store(patches + j, simd_set(0));
        }
    }
}

/* The adjoint: adds a block of patches to what its windows see. */
static void patch_scatter(const patch_shape *shape, const float *patches, patch_block b, float *y)
{
    const patch_shape own = *shape, *s = &own;
    const size_t line = s->wide * s->channels, row = patch_row(s);
    patch_place at = patch_place_of(s, b.first);
    for (size_t r = 0; r < b.rows; r++, patches += row, patch_next(s, &at)) {
        const patch_sides sides = patch_sides_of(s, &at);
        for (size_t k = b.depth / line; k * line < b.depth + b.count; k++) {
            const patch_run run = patch_run_of(s, &b, &at, sides, k);
            float *inside = y + run.pixel;
            for (size_t i = run.from; i < run.to; i++)
                *inside++ += patches[i];
        }
    }
}

static patch_block patch_block_at(const patch_shape *s, size_t first, size_t depth)
{
    const size_t rows = patch_windows(s) - first, count = patch_depth(s) - depth;
    return (patch_block){first, rows < PATCH_ROWS ? rows : PATCH_ROWS, depth,
                         count < PATCH_DEPTH ? count : PATCH_DEPTH};
}

/* other = patches(x) A + bias */
static void patches_forth(const patch_shape *s, const float *x, const float *forth, const float *bias, float *y,
                          float *scratch)
{
    const size_t n = s->other, row = simd_whole(n);
    for (size_t first = 0; first < patch_windows(s); first += PATCH_ROWS)
        for (size_t depth = 0; depth < patch_depth(s); depth += PATCH_DEPTH) {
            const patch_block b = patch_block_at(s, first, depth);
            patch_gather(s, x, b, scratch);
            simd_gemm_direct(b.rows, n, b.count, (simd_matrix){scratch, patch_row(s), 1}, forth + depth * row, row,
                             (simd_target){y + first * n, n, 1, depth > 0, bias});
        }
}

/* spread = adjoint of patches, of (x B), + bias */
static void patches_back(const patch_shape *s, const float *x, const float *back, const float *bias, float *y,
                         float *scratch)
{
    const size_t n = s->channels, pixels = s->batch * s->height * s->width, row = simd_whole(patch_depth(s));
    for (size_t i = 0; i < pixels * n; i++)
        y[i] = bias ? bias[i % n] : 0;
    for (size_t depth = 0; depth < patch_depth(s); depth += PATCH_DEPTH)
        for (size_t first = 0; first < patch_windows(s); first += PATCH_ROWS) {
            const patch_block b = patch_block_at(s, first, depth);
            simd_gemm_direct(b.rows, simd_whole(b.count), s->other, (simd_matrix){x + first * s->other, s->other, 1},
                             back + depth, row, (simd_target){scratch, patch_row(s), 1, 0, NULL});
            patch_scatter(s, scratch, b, y);
        }
}

/* gradient [depth][other] += patches(x)' other */
static void patches_gradient(const patch_shape *s, const float *x, const float *other, float *gradient, float *scratch)
{
    const size_t n = s->other;
    for (size_t depth = 0; depth < patch_depth(s); depth += PATCH_DEPTH)
        for (size_t first = 0; first < patch_windows(s); first += PATCH_ROWS) {
            const patch_block b = patch_block_at(s, first, depth);
            patch_gather(s, x, b, scratch);
            simd_gemm_lines(b.count, n, b.rows, (simd_matrix){scratch, 1, patch_row(s)}, other + first * n,
                            (simd_target){gradient + depth * n, n, 1, 1, NULL});
        }
}

#endif
