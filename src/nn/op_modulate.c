/* op_modulate.c - scale and shift of channels by a conditioning vector: y = x (1 + s) + b. */
#include "nn/operators.h"

#include <string.h>

/* in[1]: [1,1,2C], first s, then b. */
static dpdm_status modulate_infer(dpdm_node *node, dpdm_error *err)
{
    const dpdm_dims x = node->in[0], m = node->in[1];
    if (m.height != 1 || m.width != 1 || m.channels != 2 * x.channels)
        return dpdm_error_set(err, DPDM_EINTERNAL, "modulation of %d channels by %d values", x.channels, m.channels);
    node->out = x;
    return DPDM_OK;
}

static void modulate_forward(const dpdm_node_run *run)
{
    const size_t channels = (size_t)run->node->out.channels, floats = dpdm_dims_floats(run->node->out);
    for (size_t n = 0; n < (size_t)run->batch; n++) {
        const float *scale = run->x[1] + n * 2 * channels, *shift = scale + channels;
        const float *x = run->x[0] + n * floats;
        float *y = run->y + n * floats;
        for (size_t i = 0; i < floats; i += channels)
            for (size_t c = 0; c < channels; c++)
                y[i + c] = x[i + c] * (1 + scale[c]) + shift[c];
    }
}

/* dx[0] may be dy, so it is written last. */
static void modulate_backward(const dpdm_node_run *run)
{
    const size_t channels = (size_t)run->node->out.channels, floats = dpdm_dims_floats(run->node->out);
    for (size_t n = 0; n < (size_t)run->batch; n++) {
        const float *scale = run->x[1] + n * 2 * channels;
        const float *x = run->x[0] + n * floats, *dy = run->dy + n * floats;
        if (run->dx[1]) {
            float *by_scale = run->dx[1] + n * 2 * channels, *by_shift = by_scale + channels;
            memset(by_scale, 0, 2 * channels * sizeof *by_scale);
            for (size_t i = 0; i < floats; i += channels)
                for (size_t c = 0; c < channels; c++) {
                    by_scale[c] += dy[i + c] * x[i + c];
                    by_shift[c] += dy[i + c];
                }
        }
        if (run->dx[0]) {
            float *dx = run->dx[0] + n * floats;
            for (size_t i = 0; i < floats; i += channels)
                for (size_t c = 0; c < channels; c++)
                    dx[i + c] = dy[i + c] * (1 + scale[c]);
        }
    }
}

const dpdm_operator dpdm_op_modulate = {
    .name = "modulate",
    .traits = DPDM_OP_IN_PLACE_0 | DPDM_OP_GRADIENT_IN_PLACE_0 | DPDM_OP_KEEPS_INPUTS,
    .infer = modulate_infer,
    .forward = modulate_forward,
    .backward = modulate_backward,
};
