/* onednn_conv.c - see onednn_conv.h.
 *
 * A plan holds three primitives (forward, backward by data, backward by weights), their descriptors and three reorders
 * (weights to each of the two packed layouts, weight gradient back). All of it is immutable after creation. Memory
 * objects are made for each call around the caller's buffers: they cost well under a microsecond and keep threads
 * apart. */
#include "nn/cpu/onednn_conv.h"
#include "nn/cpu/onednn_compat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN_FLOATS = 16, MAX_ARGS = 6 };

/* One primitive and the descriptor it came from. */
typedef struct {
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t run;
} onednn_pass;

typedef struct {
    dnnl_engine_t engine;
    onednn_tensor x, y, bias, weight; /* plain layouts */
    onednn_tensor record_x, record_y; /* of one record */
    onednn_pass record;               /* forward of one record: the plan that its gradient refers to; never run */
    onednn_pass forward, data, gradient, pack_forward, pack_data, unpack;
    size_t x_floats, y_floats;
    size_t data_offset;                  /* of the weights for backward data, within `packed` */
    size_t gradient_offset, bias_offset; /* of one call's weight and bias gradient, within scratch, in floats */
    float *zeros;                        /* the bias where there is none */
} onednn_plan;

/* Argument of a primitive: which, its descriptor and buffer. */
typedef struct {
    int name;
    onednn_desc desc;
    void *data;
} onednn_arg;

static dnnl_status_t plan_init(onednn_plan *plan, const dpdm_conv_shape *shape, int training);
static void plan_sizes(onednn_plan *plan, int training, dpdm_conv *conv);
static void plan_release(onednn_plan *plan);
static dnnl_status_t pass_run(const onednn_plan *plan, const onednn_pass *pass, const onednn_arg *args, int count);
static onednn_desc pass_md(const onednn_pass *pass, dnnl_query_t what);
static size_t md_floats(onednn_desc desc);
static void fill_nan(float *x, size_t n);

dpdm_status onednn_conv_create(const dpdm_conv_shape *shape, int training, dpdm_conv **conv, dpdm_error *err)
{
    dpdm_conv *c = calloc(1, sizeof *c);
    onednn_plan *plan = calloc(1, sizeof *plan);
    float *zeros = shape->out_channels > 0 ? calloc((size_t)shape->out_channels, sizeof *zeros) : NULL;
    if (!c || !plan || !zeros) {
        free(c);
        free(plan);
        free(zeros);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a convolution plan");
    }
    c->shape = *shape;
    c->plan = plan;
    plan->zeros = zeros;
    int threads = onednn_threads_one();
    dnnl_status_t status = plan_init(plan, shape, training);
    onednn_threads_restore(threads);
    if (status != dnnl_success) {
        char version[32];
        onednn_version(version, sizeof version);
        onednn_conv_destroy(c);
        return dpdm_error_set(
            err, status == dnnl_out_of_memory ? DPDM_ENOMEM : DPDM_EUNSUPPORTED,
            "oneDNN %s cannot plan a convolution of %d x %d x %d x %d to %d channels, kernel %d x %d, stride "
            "%d (oneDNN status %d); the kernel set \"plain\" may do it",
            version, shape->batch, shape->height, shape->width, shape->in_channels, shape->out_channels, shape->kernel,
            dpdm_conv_kernel_width(shape), shape->stride, (int)status);
    }
    plan_sizes(plan, training, c);
    *conv = c;
    return DPDM_OK;
}

void onednn_conv_destroy(dpdm_conv *conv)
{
    if (!conv)
        return;
    onednn_plan *plan = conv->plan;
    plan_release(plan);
    free(plan->zeros);
    free(plan);
    free(conv);
}

void onednn_conv_pack(const dpdm_conv *conv, const float *weight, float *packed)
{
    const onednn_plan *plan = conv->plan;
    const onednn_desc plain = onednn_tensor_desc(&plan->weight);
    const onednn_pass *pack[2] = {&plan->pack_forward, &plan->pack_data};
    const onednn_pass *use[2] = {&plan->forward, &plan->data};
    for (int i = 0; i < 2 && use[i]->run; i++) {
        onednn_desc desc = pass_md(use[i], dnnl_query_weights_md);
        float *to = packed + (i ? plan->data_offset : 0);
        onednn_arg args[] = {{DNNL_ARG_FROM, plain, (void *)weight}, {DNNL_ARG_TO, desc, to}};
        if (pass_run(plan, pack[i], args, 2) != dnnl_success)
            fill_nan(to, md_floats(desc));
    }
}

void onednn_conv_forward(const dpdm_conv *conv, const float *x, const float *packed, const float *bias, float *y,
                         void *scratch)
{
    const onednn_plan *plan = conv->plan;
    const onednn_pass *pass = &plan->forward;
    onednn_arg args[] = {
        {DNNL_ARG_SRC, onednn_tensor_desc(&plan->x), (void *)x},
        {DNNL_ARG_WEIGHTS, pass_md(pass, dnnl_query_weights_md), (void *)packed},
        {DNNL_ARG_BIAS, onednn_tensor_desc(&plan->bias), (void *)(bias ? bias : plan->zeros)},
        {DNNL_ARG_DST, onednn_tensor_desc(&plan->y), y},
        {DNNL_ARG_SCRATCHPAD, pass_md(pass, dnnl_query_scratchpad_md), scratch},
    };
    if (pass_run(plan, pass, args, 5) != dnnl_success)
        fill_nan(y, plan->y_floats);
}

void onednn_conv_backward_data(const dpdm_conv *conv, const float *dy, const float *packed, float *dx, void *scratch)
{
    const onednn_plan *plan = conv->plan;
    const onednn_pass *pass = &plan->data;
    onednn_arg args[] = {
        {DNNL_ARG_DIFF_DST, onednn_tensor_desc(&plan->y), (void *)dy},
        {DNNL_ARG_WEIGHTS, pass_md(pass, dnnl_query_weights_md), (void *)(packed + plan->data_offset)},
        {DNNL_ARG_DIFF_SRC, onednn_tensor_desc(&plan->x), dx},
        {DNNL_ARG_SCRATCHPAD, pass_md(pass, dnnl_query_scratchpad_md), scratch},
    };
    if (pass_run(plan, pass, args, 4) != dnnl_success)
        fill_nan(dx, plan->x_floats);
}

/* oneDNN overwrites, so one call's gradients go to scratch and are added from there. */
void onednn_conv_backward_weight(const dpdm_conv *conv, const float *x, const float *dy, float *gradient, float *dbias,
                                 void *scratch)
{
    const onednn_plan *plan = conv->plan;
    const onednn_pass *pass = &plan->gradient;
    float *once = (float *)scratch + plan->gradient_offset, *once_bias = (float *)scratch + plan->bias_offset;
    onednn_arg args[] = {
        {DNNL_ARG_SRC, onednn_tensor_desc(&plan->record_x), (void *)x},
        {DNNL_ARG_DIFF_DST, onednn_tensor_desc(&plan->record_y), (void *)dy},
        {DNNL_ARG_DIFF_WEIGHTS, pass_md(pass, dnnl_query_diff_weights_md), once},
        {DNNL_ARG_DIFF_BIAS, onednn_tensor_desc(&plan->bias), once_bias},
        {DNNL_ARG_SCRATCHPAD, pass_md(pass, dnnl_query_scratchpad_md), scratch},
    };
    if (pass_run(plan, pass, args, 5) != dnnl_success)
        fill_nan(once, conv->gradient_floats);
    for (size_t i = 0; i < conv->gradient_floats; i++)
        gradient[i] += once[i];
    for (int i = 0; dbias && i < conv->shape.out_channels; i++)
        dbias[i] += once_bias[i];
}

void onednn_conv_unpack_gradient(const dpdm_conv *conv, const float *gradient, float *dweight)
{
    const onednn_plan *plan = conv->plan;
    const onednn_desc plain = onednn_tensor_desc(&plan->weight);
    onednn_arg args[] = {{DNNL_ARG_FROM, pass_md(&plan->gradient, dnnl_query_diff_weights_md), (void *)gradient},
                         {DNNL_ARG_TO, plain, dweight}};
    if (pass_run(plan, &plan->unpack, args, 2) != dnnl_success)
        fill_nan(dweight, md_floats(plain));
}

void onednn_version(char *text, size_t size)
{
    const dnnl_version_t *v = dnnl_version();
    snprintf(text, size, "%d.%d.%d", v->major, v->minor, v->patch);
}

static dnnl_status_t pass_create(onednn_pass *pass, dnnl_status_t described)
{
    return described == dnnl_success ? dnnl_primitive_create(&pass->run, pass->desc) : described;
}

static dnnl_status_t reorder_init(const onednn_plan *plan, onednn_pass *pass, onednn_desc from, onednn_desc to)
{
    return pass_create(pass,
                       dnnl_reorder_primitive_desc_create(&pass->desc, from, plan->engine, to, plan->engine, NULL));
}

static dnnl_status_t tensors_init(onednn_plan *plan, const dpdm_conv_shape *s, int out_h, int out_w, onednn_tensor *any)
{
    const int record = dpdm_conv_record(s).batch;
    const dnnl_dims_t x = {s->batch, s->in_channels, s->height, s->width};
    const dnnl_dims_t y = {s->batch, s->out_channels, out_h, out_w};
    const dnnl_dims_t record_x = {record, s->in_channels, s->height, s->width};
    const dnnl_dims_t record_y = {record, s->out_channels, out_h, out_w};
    const dnnl_dims_t weight = {s->out_channels, s->in_channels, s->kernel, dpdm_conv_kernel_width(s)};
    const dnnl_dims_t bias = {s->out_channels};
    dnnl_status_t status = onednn_tensor_init(&plan->x, 4, x, dnnl_nhwc);
    if (status == dnnl_success)
        status = onednn_tensor_init(&plan->y, 4, y, dnnl_nhwc);
    if (status == dnnl_success)
        status = onednn_tensor_init(&plan->record_x, 4, record_x, dnnl_nhwc);
    if (status == dnnl_success)
        status = onednn_tensor_init(&plan->record_y, 4, record_y, dnnl_nhwc);
    if (status == dnnl_success)
        status = onednn_tensor_init(&plan->bias, 1, bias, dnnl_a);
    if (status == dnnl_success)
        status = onednn_tensor_init(&plan->weight, 4, weight, dnnl_oihw);
    return status == dnnl_success ? onednn_tensor_init(any, 4, weight, dnnl_format_tag_any) : status;
}

static dnnl_status_t passes_init(onednn_plan *plan, const onednn_convolution *conv, int training,
                                 const_dnnl_primitive_attr_t attr)
{
    const onednn_desc plain = onednn_tensor_desc(&plan->weight);
    onednn_pass *f = &plan->forward, *d = &plan->data, *g = &plan->gradient;
    dnnl_status_t status =
        pass_create(f, onednn_convolution_desc(&f->desc, plan->engine, ONEDNN_FORWARD, training, conv, NULL, attr));
    if (status == dnnl_success)
        status = reorder_init(plan, &plan->pack_forward, plain, pass_md(f, dnnl_query_weights_md));
    if (!training || status != dnnl_success)
        return status;
    status = pass_create(
        d, onednn_convolution_desc(&d->desc, plan->engine, ONEDNN_BACKWARD_DATA, training, conv, f->desc, attr));
    if (status == dnnl_success)
        status = reorder_init(plan, &plan->pack_data, plain, pass_md(d, dnnl_query_weights_md));
    onednn_convolution one = *conv;
    one.x = onednn_tensor_desc(&plan->record_x);
    one.y = onednn_tensor_desc(&plan->record_y);
    if (status == dnnl_success)
        status = onednn_convolution_desc(&plan->record.desc, plan->engine, ONEDNN_FORWARD, training, &one, NULL, attr);
    if (status == dnnl_success)
        status = pass_create(g, onednn_convolution_desc(&g->desc, plan->engine, ONEDNN_BACKWARD_WEIGHT, training, &one,
                                                        plan->record.desc, attr));
    return status == dnnl_success ? reorder_init(plan, &plan->unpack, pass_md(g, dnnl_query_diff_weights_md), plain)
                                  : status;
}

static dnnl_status_t plan_init(onednn_plan *plan, const dpdm_conv_shape *s, int training)
{
    const int out_h = dpdm_conv_out_height(s), out_w = dpdm_conv_out_width(s), wide = dpdm_conv_kernel_width(s);
    const int top = s->valid ? 0 : s->kernel / 2, left = s->valid ? 0 : wide / 2;
    onednn_tensor any = {0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = dnnl_engine_create(&plan->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = tensors_init(plan, s, out_h, out_w, &any);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success) {
        const onednn_convolution conv = {
            .x = onednn_tensor_desc(&plan->x),
            .weight = onednn_tensor_desc(&any),
            .bias = onednn_tensor_desc(&plan->bias),
            .y = onednn_tensor_desc(&plan->y),
            .stride = {s->stride, s->stride},
            .padding_left = {top, left},
            .padding_right = {(out_h - 1) * s->stride + s->kernel - s->height - top,
                              (out_w - 1) * s->stride + wide - s->width - left},
        };
        status = passes_init(plan, &conv, training, attr);
    }
    if (attr)
        dnnl_primitive_attr_destroy(attr);
    onednn_tensor_release(&any);
    return status;
}

static size_t round_up(size_t floats)
{
    return (floats + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

static void plan_sizes(onednn_plan *plan, int training, dpdm_conv *conv)
{
    const onednn_pass *passes[3] = {&plan->forward, &plan->data, &plan->gradient};
    size_t scratch = 0;
    for (int i = 0; i < (training ? 3 : 1); i++) {
        size_t floats = md_floats(pass_md(passes[i], dnnl_query_scratchpad_md));
        scratch = floats > scratch ? floats : scratch;
    }
    plan->x_floats = md_floats(onednn_tensor_desc(&plan->x));
    plan->y_floats = md_floats(onednn_tensor_desc(&plan->y));
    plan->data_offset = round_up(md_floats(pass_md(&plan->forward, dnnl_query_weights_md)));
    plan->gradient_offset = round_up(scratch);
    conv->packed_floats = plan->data_offset;
    if (training) {
        conv->packed_floats += md_floats(pass_md(&plan->data, dnnl_query_weights_md));
        conv->gradient_floats = md_floats(pass_md(&plan->gradient, dnnl_query_diff_weights_md));
    }
    plan->bias_offset = plan->gradient_offset + round_up(conv->gradient_floats);
    conv->scratch_bytes = (plan->bias_offset + round_up((size_t)conv->shape.out_channels)) * sizeof(float);
}

static void plan_release(onednn_plan *plan)
{
    onednn_pass *passes[] = {&plan->record,       &plan->forward,   &plan->data,  &plan->gradient,
                             &plan->pack_forward, &plan->pack_data, &plan->unpack};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        if (passes[i]->run)
            dnnl_primitive_destroy(passes[i]->run);
        if (passes[i]->desc)
            dnnl_primitive_desc_destroy(passes[i]->desc);
    }
    onednn_tensor_release(&plan->x);
    onednn_tensor_release(&plan->y);
    onednn_tensor_release(&plan->record_x);
    onednn_tensor_release(&plan->record_y);
    onednn_tensor_release(&plan->bias);
    onednn_tensor_release(&plan->weight);
    if (plan->engine)
        dnnl_engine_destroy(plan->engine);
}

static dnnl_status_t pass_run(const onednn_plan *plan, const onednn_pass *pass, const onednn_arg *args, int count)
{
    dnnl_exec_arg_t list[MAX_ARGS];
    dnnl_stream_t stream = NULL;
    int made = 0;
    const int threads = onednn_threads_one();
    dnnl_status_t status = dnnl_stream_create(&stream, plan->engine, dnnl_stream_default_flags);
    for (; made < count && status == dnnl_success; made++) {
        list[made].arg = args[made].name;
        status = dnnl_memory_create(&list[made].memory, args[made].desc, plan->engine, args[made].data);
        if (status != dnnl_success)
            break;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_execute(pass->run, stream, count, list);
    if (status == dnnl_success)
        status = dnnl_stream_wait(stream);
    while (made-- > 0)
        dnnl_memory_destroy(list[made].memory);
    if (stream)
        dnnl_stream_destroy(stream);
    onednn_threads_restore(threads);
    return status;
}

static onednn_desc pass_md(const onednn_pass *pass, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pass->desc, what, 0);
}

static size_t md_floats(onednn_desc desc)
{
    return desc ? (dnnl_memory_desc_get_size(desc) + sizeof(float) - 1) / sizeof(float) : 0;
}

static void fill_nan(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = NAN;
}
