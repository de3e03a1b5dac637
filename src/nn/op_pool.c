/* op_pool.c - largest and mean value of windows of any odd size; windows are cut at the border (the mean is that of the
 * pixels inside), or only whole ones count (valid). */
#include "nn/operators.h"

#include <string.h>

/* The pixels of a window: rows [top, bottom), columns [left, right). */
typedef struct {
    int top, bottom, left, right;
} pool_window;

static void pool_range(int at, int size, const dpdm_node *node, int *first, int *end)
{
    *first = at * node->stride - (node->valid ? 0 : node->kernel / 2);
    *end = *first + node->kernel;
    *first = *first < 0 ? 0 : *first;
    *end = *end > size ? size : *end;
}

static pool_window pool_window_of(const dpdm_node *node, int y, int x)
{
    pool_window w;
    pool_range(y, node->in[0].height, node, &w.top, &w.bottom);
    pool_range(x, node->in[0].width, node, &w.left, &w.right);
    return w;
}

static dpdm_status pool_infer(dpdm_node *node, dpdm_error *err)
{
    const dpdm_dims in = node->in[0];
    if (node->kernel < 1 || node->kernel % 2 == 0 || node->stride < 1)
        return dpdm_error_set(err, DPDM_EUNSUPPORTED, "pooling by windows of %d, stride %d: the window must be odd",
                              node->kernel, node->stride);
    if (node->valid && (in.height < node->kernel || in.width < node->kernel))
        return dpdm_error_set(err, DPDM_EUSAGE, "a picture of %d x %d is too small to pool windows of %d x %d",
                              in.height, in.width, node->kernel, node->kernel);
    node->out = (dpdm_dims){dpdm_conv_windows(in.height, node->kernel, node->stride, node->valid),
                            dpdm_conv_windows(in.width, node->kernel, node->stride, node->valid), in.channels};
    return DPDM_OK;
}

/* Calls visit for each output pixel with its window; in and out are the floats of one example's input and output. */
typedef void (*pool_visit)(const dpdm_node_run *run, pool_window window, size_t in, size_t out);

static void pool_each(const dpdm_node_run *run, pool_visit visit)
{
    const dpdm_node *node = run->node;
    const size_t in = dpdm_dims_floats(node->in[0]), channels = node->out.channels;
    size_t out = 0;
    for (int n = 0; n < run->batch; n++)
        for (int y = 0; y < node->out.height; y++)
            for (int x = 0; x < node->out.width; x++, out += channels)
                visit(run, pool_window_of(node, y, x), n * in, out);
}

static size_t pool_at(const dpdm_node_run *run, size_t image, int y, int x)
{
    const dpdm_dims in = run->node->in[0];
    return image + ((size_t)y * in.width + x) * in.channels;
}

static void max_pool_pixel(const dpdm_node_run *run, pool_window w, size_t image, size_t out)
{
    const size_t channels = run->node->out.channels;
    float *to = run->y + out;
    memcpy(to, run->x[0] + pool_at(run, image, w.top, w.left), channels * sizeof *to);
    for (int y = w.top; y < w.bottom; y++)
        for (int x = w.left; x < w.right; x++) {
            const float *from = run->x[0] + pool_at(run, image, y, x);
            for (size_t c = 0; c < channels; c++)
                to[c] = from[c] > to[c] ? from[c] : to[c];
        }
}

/* The gradient goes to the first pixel, in reading order, that has the largest value. */
static void max_pool_pixel_back(const dpdm_node_run *run, pool_window w, size_t image, size_t out)
{
    for (size_t c = 0; c < (size_t)run->node->out.channels; c++) {
        size_t best = pool_at(run, image, w.top, w.left) + c;
        for (int y = w.top; y < w.bottom; y++)
            for (int x = w.left; x < w.right; x++) {
                const size_t at = pool_at(run, image, y, x) + c;
                best = run->x[0][at] > run->x[0][best] ? at : best;
            }
        run->dx[0][best] += run->dy[out + c];
    }
}

static float pool_share(pool_window w)
{
    return 1.0f / (float)((w.bottom - w.top) * (w.right - w.left));
}

static void average_pool_pixel(const dpdm_node_run *run, pool_window w, size_t image, size_t out)
{
    const size_t channels = run->node->out.channels;
    const float share = pool_share(w);
    float *to = run->y + out;
    memset(to, 0, channels * sizeof *to);
    for (int y = w.top; y < w.bottom; y++)
        for (int x = w.left; x < w.right; x++) {
            const float *from = run->x[0] + pool_at(run, image, y, x);
            for (size_t c = 0; c < channels; c++)
                to[c] += from[c];
        }
    for (size_t c = 0; c < channels; c++)
        to[c] *= share;
}

static void average_pool_pixel_back(const dpdm_node_run *run, pool_window w, size_t image, size_t out)
{
    const size_t channels = run->node->out.channels;
    const float share = pool_share(w), *from = run->dy + out;
    for (int y = w.top; y < w.bottom; y++)
        for (int x = w.left; x < w.right; x++) {
            float *to = run->dx[0] + pool_at(run, image, y, x);
            for (size_t c = 0; c < channels; c++)
                to[c] += share * from[c];
        }
}

static void pool_clear(const dpdm_node_run *run)
{
    memset(run->dx[0], 0, run->batch * dpdm_dims_floats(run->node->in[0]) * sizeof(float));
}

static void max_pool_forward(const dpdm_node_run *run)
{
    pool_each(run, max_pool_pixel);
}

static void max_pool_backward(const dpdm_node_run *run)
{
    pool_clear(run);
    pool_each(run, max_pool_pixel_back);
}

static void average_pool_forward(const dpdm_node_run *run)
{
    pool_each(run, average_pool_pixel);
}

static void average_pool_backward(const dpdm_node_run *run)
{
    pool_clear(run);
    pool_each(run, average_pool_pixel_back);
}

const dpdm_operator dpdm_op_max_pool = {.name = "max_pool",
                                        .traits = DPDM_OP_KEEPS_INPUTS,
                                        .infer = pool_infer,
                                        .forward = max_pool_forward,
                                        .backward = max_pool_backward};

const dpdm_operator dpdm_op_average_pool = {
    .name = "average_pool", .infer = pool_infer, .forward = average_pool_forward, .backward = average_pool_backward};
