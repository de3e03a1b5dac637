/* unit_kernel_sets.c - every kernel of every set this CPU can run, against the reference set "plain": sizes of the
 * networks, and odd ones (1 pixel, 1 channel, channels that fill no vector, batch 1).
 *
 * Errors are the largest difference over the largest reference value. Both sides round in fp32 (unit 6e-8) and sum up
 * to 1152 products in different orders, which random data turn into errors of at most a few times 1e-6; a wrong or
 * missing term is of order 1e-2 or more. TOLERANCE lies between with a factor of ten to spare on either side.
 * A set that multiplies in bfloat16 (unit 4e-3) has errors of up to 2 % in 3x3 convolutions, where Winograd's transforms make them
 * grow: there PAIR_TOLERANCE catches only what is wrong in many terms, such as one number of a pair. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "dpdm/network.h"
#include "nn/kernels.h"

static const double TOLERANCE = 2e-5, PAIR_TOLERANCE = 4e-2;

/* 64-byte aligned floats, uniform in [-1, 1) from a small generator; the caller frees. */
static float *buffer_random(size_t n, uint32_t seed)
{
    float *x = aligned_alloc(64, (n * sizeof *x + 127) / 64 * 64);
    assert_non_null(x);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / 8388608.0f - 1.0f;
    }
    return x;
}

static float *buffer_copy(const float *x, size_t n)
{
    float *y = buffer_random(n, 0);
    memcpy(y, x, n * sizeof *y);
    return y;
}

static double largest(const float *x, size_t n)
{
    double top = 0;
    for (size_t i = 0; i < n; i++)
        top = fmax(top, fabs(x[i]));
    return top;
}

static void check_within(const char *set, const char *what, const float *got, const float *want, size_t n,
                         double allowed)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs(got[i] - want[i]) <= allowed)) /* NaN fails */
            fail_msg("%s %s: %g for %g at %zu, allowed error %g", set, what, got[i], want[i], i, allowed);
}

static void check_close(const char *set, const char *what, const float *got, const float *want, size_t n,
                        double tolerance)
{
    check_within(set, what, got, want, n, tolerance * largest(want, n));
}

/* ---- convolutions ---- */

typedef struct {
    float *y, *dx, *dweight, *dbias;
} conv_result;

static conv_result conv_run(const dpdm_kernels *set, const dpdm_conv_shape *s, int with_bias)
{
    const int oh = dpdm_conv_out_height(s), ow = dpdm_conv_out_width(s);
    const size_t nx = (size_t)s->batch * s->height * s->width * s->in_channels;
    const size_t ny = (size_t)s->batch * oh * ow * s->out_channels;
    const size_t nw = (size_t)s->out_channels * s->in_channels * s->kernel * dpdm_conv_kernel_width(s);
    dpdm_error err = {0};
    dpdm_conv *conv;
    if (set->conv_create(s, 1, &conv, &err))
        fail_msg("%s", err.message);
    float *x = buffer_random(nx, 1), *w = buffer_random(nw, 2), *b = buffer_random(s->out_channels, 3);
    float *dy = buffer_random(ny, 4), *packed = buffer_random(conv->packed_floats, 5);
    float *gradient = buffer_random(conv->gradient_floats, 6), *scratch = buffer_random(conv->scratch_bytes / 4 + 1, 7);
    conv_result r = {buffer_random(ny, 8), buffer_random(nx, 9), buffer_random(nw, 10),
                     buffer_random(s->out_channels, 11)};
    memset(gradient, 0, conv->gradient_floats * sizeof *gradient);
    memset(scratch, 0xff, conv->scratch_bytes); /* NaN: nothing may rely on what is there */
    set->conv_pack(conv, w, packed);
    set->conv_forward(conv, x, packed, with_bias ? b : NULL, r.y, scratch);
    set->conv_backward_data(conv, dy, packed, r.dx, scratch);
    for (int i = 0; i < 2; i++) /* gradients add up over calls */
        set->conv_backward_weight(conv, x, dy, gradient, with_bias ? r.dbias : NULL, scratch);
    set->conv_unpack_gradient(conv, gradient, r.dweight);
    set->conv_destroy(conv);
    free(x), free(w), free(b), free(dy), free(packed), free(gradient), free(scratch);
    return r;
}

static void conv_result_free(conv_result *r)
{
    free(r->y), free(r->dx), free(r->dweight), free(r->dbias);
}

static void check_conv(const dpdm_kernels *set, dpdm_conv_shape s, int with_bias)
{
    const dpdm_kernels *plain = dpdm_kernels_find("plain");
    const int oh = dpdm_conv_out_height(&s), ow = dpdm_conv_out_width(&s);
    conv_result got = conv_run(set, &s, with_bias), want = conv_run(plain, &s, with_bias);
    const double tolerance = set->bf16 && s.kernel == 3 ? PAIR_TOLERANCE : TOLERANCE;
    char name[100];
    snprintf(name, sizeof name, "conv %dx%dx%d %d->%d k%dx%d s%d%s", s.batch, s.height, s.width, s.in_channels,
             s.out_channels, s.kernel, dpdm_conv_kernel_width(&s), s.stride, s.valid ? " valid" : "");
    check_close(set->name, name, got.y, want.y, (size_t)s.batch * oh * ow * s.out_channels, tolerance);
    check_close(set->name, name, got.dx, want.dx, (size_t)s.batch * s.height * s.width * s.in_channels, tolerance);
    check_close(set->name, name, got.dweight, want.dweight,
                (size_t)s.out_channels * s.in_channels * s.kernel * dpdm_conv_kernel_width(&s), tolerance);
    check_close(set->name, name, got.dbias, want.dbias, s.out_channels, TOLERANCE);
    conv_result_free(&got);
    conv_result_free(&want);
}

/* Everything that a convolution makes of one example: of a batch in which it lies at `at`. */
static conv_result conv_run_record(const dpdm_kernels *set, const dpdm_conv_shape *s, const float *x, const float *dy,
                                   int at)
{
    dpdm_conv *conv = NULL;
    dpdm_error err;
    conv_result got;
    assert_int_equal(set->conv_create(s, 1, &conv, &err), DPDM_OK);
    const size_t in = (size_t)s->height * s->width * s->in_channels;
    const size_t out = (size_t)dpdm_conv_out_height(s) * dpdm_conv_out_width(s) * s->out_channels;
    const size_t weights = (size_t)s->in_channels * s->out_channels * s->kernel * dpdm_conv_kernel_width(s);
    float *weight = buffer_random(weights, 2), *packed = buffer_random(conv->packed_floats, 5);
    float *scratch = buffer_random(conv->scratch_bytes / sizeof(float) + 1, 7);
    float *y = buffer_random(out * s->batch, 8), *dx = buffer_random(in * s->batch, 9);
    float *gradient = buffer_random(conv->gradient_floats, 6);
    got = (conv_result){buffer_random(out, 8), buffer_random(in, 9), buffer_random(weights, 10),
                        buffer_random(s->out_channels, 11)};
    memset(gradient, 0, conv->gradient_floats * sizeof *gradient);
    set->conv_pack(conv, weight, packed);
    set->conv_forward(conv, x, packed, NULL, y, scratch);
    memcpy(got.y, y + at * out, out * sizeof *y);
    set->conv_backward_data(conv, dy, packed, dx, scratch);
    memcpy(got.dx, dx + at * in, in * sizeof *dx);
    set->conv_backward_weight(conv, x + at * in, dy + at * out, gradient, got.dbias, scratch);
    set->conv_unpack_gradient(conv, gradient, got.dweight);
    set->conv_destroy(conv);
    free(weight), free(packed), free(scratch), free(y), free(dx), free(gradient);
    return got;
}

/* What becomes of an example is the same bits at every place of a batch, whatever lies beside it. */
static void check_conv_records(const dpdm_kernels *set, dpdm_conv_shape s)
{
    enum { PLACES = 5 };
    s.batch = PLACES;
    s.record = 1;
    const size_t in = (size_t)s.height * s.width * s.in_channels;
    const size_t out = (size_t)dpdm_conv_out_height(&s) * dpdm_conv_out_width(&s) * s.out_channels;
    const size_t weights = (size_t)s.in_channels * s.out_channels * s.kernel * dpdm_conv_kernel_width(&s);
    float *x = buffer_random(in * PLACES, 1), *dy = buffer_random(out * PLACES, 4);
    conv_result first = conv_run_record(set, &s, x, dy, 0);
    for (int at = 1; at < PLACES; at++) {
        memcpy(x + at * in, x, in * sizeof *x);
        memcpy(dy + at * out, dy, out * sizeof *dy);
        for (size_t i = (at - 1) * in; i < at * in; i++) /* the place where it was */
            x[i] = i % 2 ? NAN : INFINITY;
        for (size_t i = (at - 1) * out; i < at * out; i++)
            dy[i] = NAN;
        conv_result got = conv_run_record(set, &s, x, dy, at);
        assert_memory_equal(got.y, first.y, out * sizeof *x);
        assert_memory_equal(got.dx, first.dx, in * sizeof *x);
        assert_memory_equal(got.dweight, first.dweight, weights * sizeof *x);
        assert_memory_equal(got.dbias, first.dbias, s.out_channels * sizeof *x);
        conv_result_free(&got);
        memcpy(x, x + at * in, in * sizeof *x);
        memcpy(dy, dy + at * out, out * sizeof *dy);
    }
    conv_result_free(&first);
    free(x), free(dy);
}

static void test_convolutions(const dpdm_kernels *set)
{
    static const dpdm_conv_shape shapes[] = {
        {2, 28, 28, 1, 32, 3, 1, 0, 0, 0},
        {1, 28, 28, 32, 32, 3, 1, 0, 0, 0},
        {2, 28, 28, 32, 1, 3, 1, 0, 0, 0},
        {1, 28, 28, 96, 32, 1, 1, 0, 0, 0},
        {2, 14, 14, 32, 64, 3, 1, 0, 0, 0},
        {3, 7, 7, 128, 64, 3, 1, 0, 0, 0},
        {5, 7, 7, 64, 64, 1, 1, 0, 0, 0},
        {4, 1, 1, 128, 64, 1, 1, 0, 0, 0},
        {1, 32, 32, 3, 32, 3, 1, 0, 0, 0},
        {1, 8, 8, 64, 64, 3, 1, 0, 0, 0},
        {1, 9, 5, 7, 5, 3, 1, 0, 0, 0},
        {2, 1, 1, 3, 2, 3, 1, 0, 0, 0},
        {1, 2, 3, 16, 17, 3, 1, 0, 0, 0},
        {1, 13, 11, 24, 40, 3, 1, 0, 0, 0},
        {2, 6, 7, 33, 20, 3, 2, 0, 0, 0},
        {3, 5, 5, 1, 1, 5, 1, 0, 0, 0},
        {2, 9, 8, 5, 6, 1, 2, 0, 0, 0},
        {7, 1, 1, 10, 3, 1, 1, 0, 0, 0},
        {2, 4, 4, 16, 16, 3, 1, 0, 0, 0},
        {1, 28, 28, 64, 64, 3, 1, 0, 0, 0},
        {2, 14, 14, 80, 48, 3, 1, 0, 0, 0},
        {1, 1, 1, 784, 100, 1, 1, 0, 0, 0},
        {2, 5, 9, 4, 16, 3, 1, 0, 0, 0},
        {2, 9, 5, 16, 8, 3, 1, 0, 0, 0},
        {3, 1, 4, 2, 32, 3, 1, 0, 0, 0},
        {1, 3, 1, 64, 3, 3, 1, 0, 0, 0},
        {2, 9, 6, 32, 16, 3, 1, 0, 0, 0},
        {1, 3, 5, 16, 48, 3, 1, 0, 0, 0},
        {3, 2, 13, 32, 32, 3, 1, 0, 0, 0},
        {1, 6, 11, 48, 16, 3, 1, 0, 0, 0},
        {2, 9, 11, 16, 32, 1, 1, 7, 0, 0},
        {2, 11, 9, 32, 16, 7, 1, 1, 0, 0},
        {1, 8, 8, 5, 7, 1, 1, 3, 0, 0},
        {1, 8, 7, 16, 16, 3, 1, 1, 0, 0},
        {2, 9, 8, 3, 32, 3, 2, 0, 1, 0},
        {1, 9, 9, 32, 32, 3, 1, 0, 1, 0},
        {1, 3, 5, 16, 16, 3, 2, 0, 1, 0},
        {2, 6, 7, 5, 4, 3, 2, 5, 1, 0},
        {1, 7, 6, 16, 48, 5, 1, 0, 0, 0},
        /* Several blocks of windows and of the depth of patches, with parts of a vector at their ends. */
        {2, 13, 11, 40, 24, 5, 1, 0, 0, 0},
        {2, 17, 9, 32, 48, 1, 1, 7, 0, 0},
        {2, 9, 13, 48, 33, 7, 1, 1, 0, 0},
        {2, 21, 19, 34, 20, 3, 2, 0, 0, 0},
        {2, 22, 20, 32, 64, 3, 2, 0, 0, 0},
        {2, 15, 16, 20, 16, 3, 2, 0, 1, 0},
        {2, 11, 13, 20, 7, 7, 1, 0, 0, 0},
        {2, 12, 11, 37, 5, 5, 2, 3, 0, 0},
        {3, 9, 9, 7, 21, 1, 1, 0, 0, 0},
        {2, 12, 12, 33, 65, 1, 1, 0, 0, 0},
        {1, 20, 20, 32, 48, 1, 2, 0, 0, 0},
        {9, 1, 1, 321, 37, 1, 1, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_conv(set, shapes[i], i % 3 != 2);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_conv_records(set, shapes[i]);
}

/* One plan, used by several threads at once: each must get the bits that a lone thread gets. */
typedef struct {
    const dpdm_kernels *set;
    const dpdm_conv *conv;
    const float *x, *dy, *packed;
    float *y, *dx, *gradient, *scratch;
} conv_user;

static void *conv_use(void *argument)
{
    conv_user *u = argument;
    for (int i = 0; i < 3; i++) {
        memset(u->gradient, 0, u->conv->gradient_floats * sizeof *u->gradient);
        u->set->conv_forward(u->conv, u->x, u->packed, NULL, u->y, u->scratch);
        u->set->conv_backward_data(u->conv, u->dy, u->packed, u->dx, u->scratch);
        u->set->conv_backward_weight(u->conv, u->x, u->dy, u->gradient, NULL, u->scratch);
    }
    return NULL;
}

static void check_conv_threads(const dpdm_kernels *set, dpdm_conv_shape s)
{
    enum { USERS = 3 };
    const size_t nx = (size_t)s.batch * s.height * s.width * s.in_channels, ny = nx / s.in_channels * s.out_channels;
    const size_t nw = (size_t)s.out_channels * s.in_channels * s.kernel * s.kernel;
    dpdm_conv *conv;
    assert_int_equal(set->conv_create(&s, 1, &conv, NULL), DPDM_OK);
    float *x = buffer_random(nx, 1), *dy = buffer_random(ny, 2), *w = buffer_random(nw, 3);
    float *packed = buffer_random(conv->packed_floats, 4);
    conv_user user[USERS];
    pthread_t thread[USERS];
    set->conv_pack(conv, w, packed);
    for (int i = 0; i < USERS; i++)
        user[i] = (conv_user){set,
                              conv,
                              x,
                              dy,
                              packed,
                              buffer_random(ny, 5),
                              buffer_random(nx, 6),
                              buffer_random(conv->gradient_floats, 7),
                              buffer_random(conv->scratch_bytes / 4 + 1, 8)};
    conv_use(&user[0]);
    for (int i = 1; i < USERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, conv_use, &user[i]), 0);
    for (int i = 1; i < USERS; i++) {
        pthread_join(thread[i], NULL);
        assert_memory_equal(user[i].y, user[0].y, ny * sizeof *x);
        assert_memory_equal(user[i].dx, user[0].dx, nx * sizeof *x);
        assert_memory_equal(user[i].gradient, user[0].gradient, conv->gradient_floats * sizeof *x);
    }
    for (int i = 0; i < USERS; i++)
        free(user[i].y), free(user[i].dx), free(user[i].gradient), free(user[i].scratch);
    set->conv_destroy(conv);
    free(x), free(dy), free(w), free(packed);
}

static void test_conv_threads(const dpdm_kernels *set)
{
    check_conv_threads(set, (dpdm_conv_shape){2, 14, 14, 32, 64, 3, 1, 0, 0, 0});
    check_conv_threads(set, (dpdm_conv_shape){4, 14, 14, 1, 32, 3, 1, 0, 0, 0});
    check_conv_threads(set, (dpdm_conv_shape){4, 7, 7, 64, 64, 1, 1, 0, 0, 0});
}

/* ---- group norm ---- */

static void check_norm(const dpdm_kernels *set, dpdm_group_norm_shape s, int with_bias, float offset)
{
    const dpdm_kernels *plain = dpdm_kernels_find("plain");
    const size_t c = s.channels, n = (size_t)s.batch * s.positions * c, ns = (size_t)s.batch * s.groups * 2;
    float *x = buffer_random(n, 1), *bias = buffer_random(s.batch * c, 2), *dy = buffer_random(n, 5);
    float *gamma = buffer_random(c, 3), *beta = buffer_random(c, 4);
    float *y = buffer_random(n, 6), *want_y = buffer_random(n, 7), *stats = buffer_random(ns, 8);
    float *want_stats = buffer_random(ns, 9), *dx = buffer_random(n, 10), *want_dx = buffer_random(n, 11);
    float *db = buffer_random(s.batch * c, 12), *want_db = buffer_copy(db, s.batch * c);
    float *dg = buffer_random(c, 13), *want_dg = buffer_copy(dg, c);
    float *de = buffer_random(c, 14), *want_de = buffer_copy(de, c);
    for (size_t i = 0; i < n; i++)
        x[i] += offset;
    const float *b = with_bias ? bias : NULL;
    set->group_norm_forward(&s, x, b, gamma, beta, y, stats);
    plain->group_norm_forward(&s, x, b, gamma, beta, want_y, want_stats);
    set->group_norm_backward(&s, x, b, gamma, beta, stats, dy, dx, b ? db : NULL, dg, de);
    plain->group_norm_backward(&s, x, b, gamma, beta, want_stats, dy, want_dx, b ? want_db : NULL, want_dg, want_de);
    /* x itself carries `offset` with a relative rounding error of 6e-8, which the norm divides by the deviation (0.6).
     */
    const double tolerance = TOLERANCE * (1 + fabsf(offset));
    check_close(set->name, "norm forward", y, want_y, n, tolerance);
    check_close(set->name, "norm statistics", stats, want_stats, ns, tolerance);
    /* dx and dbias are sums of terms of the size of 1 / deviation that may cancel. */
    const double slope = largest(want_stats, ns);
    check_within(set->name, "norm dx", dx, want_dx, n, tolerance * slope);
    check_close(set->name, "norm dgamma", dg, want_dg, c, tolerance);
    check_close(set->name, "norm dbeta", de, want_de, c, tolerance);
    check_within(set->name, "norm dbias", db, want_db, b ? s.batch * c : 0, tolerance * slope * s.positions);
    free(x), free(bias), free(dy), free(gamma), free(beta), free(y), free(want_y), free(stats), free(want_stats);
    free(dx), free(want_dx), free(db), free(want_db), free(dg), free(want_dg), free(de), free(want_de);
}

static void test_group_norms(const dpdm_kernels *set)
{
    static const dpdm_group_norm_shape shapes[] = {
        {2, 784, 32, 8, 1e-6f, 1}, {1, 784, 96, 24, 1e-6f, 1}, {3, 49, 128, 32, 1e-6f, 1}, {2, 196, 64, 16, 1e-6f, 0},
        {1, 1, 4, 2, 1e-6f, 1},    {2, 65, 5, 1, 1e-5f, 1},    {1, 130, 36, 9, 1e-6f, 1},  {2, 10, 600, 150, 1e-6f, 1},
        {1, 9, 1040, 2, 1e-6f, 1}, {2, 3, 1536, 2, 1e-6f, 0},  {1, 7, 3, 3, 1e-6f, 0},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int with_bias = 0; with_bias < 2; with_bias++)
            check_norm(set, shapes[i], with_bias, 0);
    check_norm(set, shapes[0], 1, 30); /* mean far above the deviation */
}

/* ---- attention ---- */

static void check_attention(const dpdm_kernels *set, int n, int p, int c)
{
    const dpdm_kernels *plain = dpdm_kernels_find("plain");
    const size_t size = (size_t)n * p * c, probs = (size_t)n * p * p;
    float *in[4], *got[5], *want[5], *scratch = buffer_random(2 * (size_t)p * p, 9);
    static const char *const names[5] = {"attention prob", "attention o", "attention dq", "attention dk",
                                         "attention dv"};
    for (int i = 0; i < 4; i++)
        in[i] = buffer_random(size, i + 1);
    for (size_t i = 0; i < size; i++)
        in[0][i] *= 8; /* scores spread over several units, so that softmax is far from uniform */
    for (int i = 0; i < 5; i++) {
        got[i] = buffer_random(i ? size : probs, 20 + i);
        want[i] = buffer_random(i ? size : probs, 30 + i);
    }
    set->attention_forward(n, p, c, in[0], in[1], in[2], got[0], got[1], scratch);
    set->attention_backward(n, p, c, in[0], in[1], in[2], got[0], in[3], got[2], got[3], got[4], scratch);
    plain->attention_forward(n, p, c, in[0], in[1], in[2], want[0], want[1], scratch);
    plain->attention_backward(n, p, c, in[0], in[1], in[2], want[0], in[3], want[2], want[3], want[4], scratch);
    for (int i = 0; i < 5; i++)
        check_close(set->name, names[i], got[i], want[i], i ? size : probs, TOLERANCE);
    for (int i = 0; i < 4; i++)
        free(in[i]);
    for (int i = 0; i < 5; i++)
        free(got[i]), free(want[i]);
    free(scratch);
}

static void test_attentions(const dpdm_kernels *set)
{
    static const int cases[][3] = {{2, 49, 64}, {1, 196, 64}, {1, 256, 64}, {3, 1, 5},
                                   {1, 7, 3},   {2, 64, 300}, {1, 17, 16}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_attention(set, cases[i][0], cases[i][1], cases[i][2]);
}

/* ---- elementwise and resampling ---- */

/* y in place, at any alignment: the same bits as elsewhere. */
static void check_silu(const dpdm_kernels *set, size_t n)
{
    const dpdm_kernels *plain = dpdm_kernels_find("plain");
    float *x = buffer_random(n + 3, 1), *dy = buffer_random(n, 2), *y = buffer_random(n, 3),
          *want = buffer_random(n, 4);
    for (size_t i = 0; i < n; i++)
        x[i] *= i % 5 ? 6.0f : 120.0f;
    set->silu_forward(n, x, y);
    plain->silu_forward(n, x, want);
    check_close(set->name, "silu", y, want, n, 1e-6);
    for (size_t i = 0; i < n; i++) /* pointwise: 1e-6 relative, a few units in the last place */
        assert_true(fabsf(y[i] - want[i]) <= 1e-6f * fabsf(want[i]) + 1e-30f);
    set->silu_backward(n, x, dy, y);
    plain->silu_backward(n, x, dy, want);
    check_close(set->name, "silu slope", y, want, n, 1e-6);
    set->silu_forward(n, x, y);
    memmove(x + 3, x, n * sizeof *x);
    set->silu_forward(n, x + 3, x + 3);
    assert_memory_equal(x + 3, y, n * sizeof *y);
    free(x), free(dy), free(y), free(want);
}

static void check_sums(const dpdm_kernels *set, size_t n)
{
    float *a = buffer_random(n, 1), *b = buffer_random(n, 2), *y = buffer_random(n, 3), *old = buffer_copy(a, n);
    set->relu_forward(n, a, y);
    for (size_t i = 0; i < n; i++)
        assert_true(y[i] == (a[i] > 0 ? a[i] : 0));
    set->relu_backward(n, a, b, y);
    for (size_t i = 0; i < n; i++)
        assert_true(y[i] == (a[i] > 0 ? b[i] : 0));
    set->scale(n, a, 0.3f, y);
    for (size_t i = 0; i < n; i++)
        assert_true(y[i] == a[i] * 0.3f);
    set->add_scale(n, a, b, 0.5f, a);
    for (size_t i = 0; i < n; i++)
        assert_true(a[i] == (old[i] + b[i]) * 0.5f);
    memcpy(a, old, n * sizeof *a);
    set->accumulate(n, b, a);
    for (size_t i = 0; i < n; i++)
        assert_true(a[i] == old[i] + b[i]);
    free(a), free(b), free(y), free(old);
}

static void check_resample(const dpdm_kernels *set, int n, int h, int w, int c)
{
    const dpdm_kernels *plain = dpdm_kernels_find("plain");
    const size_t big = (size_t)n * h * w * c * 4, small = big / 4;
    float *x = buffer_random(big, 1), *y = buffer_random(big, 2), *want = buffer_random(big, 3);
    uint8_t *index = malloc(small), *want_index = malloc(small);
    set->up2_forward(n, h, w, c, x, y);
    plain->up2_forward(n, h, w, c, x, want);
    assert_memory_equal(y, want, big * sizeof *y);
    set->up2_backward(n, h, w, c, x, y);
    plain->up2_backward(n, h, w, c, x, want);
    check_close(set->name, "up2 backward", y, want, small, 1e-6);
    set->down2_forward(n, 2 * h, 2 * w, c, x, y);
    plain->down2_forward(n, 2 * h, 2 * w, c, x, want);
    check_close(set->name, "down2 forward", y, want, small, 1e-6);
    set->down2_backward(n, 2 * h, 2 * w, c, x, y);
    plain->down2_backward(n, 2 * h, 2 * w, c, x, want);
    assert_memory_equal(y, want, big * sizeof *y);
    set->max_pool2_forward(n, 2 * h, 2 * w, c, x, y, index);
    plain->max_pool2_forward(n, 2 * h, 2 * w, c, x, want, want_index);
    assert_memory_equal(y, want, small * sizeof *y);
    assert_memory_equal(index, want_index, small);
    free(x), free(y), free(want), free(index), free(want_index);
}

static void test_elementwise(const dpdm_kernels *set)
{
    static const size_t sizes[] = {0, 1, 3, 16, 17, 64, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_silu(set, sizes[i]);
        check_sums(set, sizes[i]);
    }
    check_resample(set, 2, 7, 7, 64);
    check_resample(set, 1, 3, 5, 1);
    check_resample(set, 3, 1, 2, 19);
}

/* NaN must come through: a gradient with one is dropped, never mended. */
static void test_nan(const dpdm_kernels *set)
{
    enum { N = 40 };
    const dpdm_group_norm_shape s = {1, 10, 4, 2, 1e-6f, 1};
    const float one[4] = {1, 1, 1, 1}, zero[4] = {0};
    float x[N] = {0}, y[N], stats[4];
    x[21] = NAN;
    set->silu_forward(N, x, y);
    assert_true(isnan(y[21]) && !isnan(y[20]));
    set->silu_backward(N, x, x, y);
    assert_true(isnan(y[21]));
    set->group_norm_forward(&s, x, NULL, one, zero, y, stats);
    assert_true(isnan(stats[0]) && isnan(y[0]) && isnan(y[1]));
    assert_true(y[2] == 0 && y[3] == 0);
}

static void for_each_set(void (*test)(const dpdm_kernels *))
{
    const char *name;
    for (size_t i = 0; (name = dpdm_kernels_name(i)); i++)
        test(dpdm_kernels_find(name));
}

#define EACH_SET(test)                                                                                                 \
    static void every_##test(void **state)                                                                             \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        for_each_set(test);                                                                                            \
    }
EACH_SET(test_convolutions)
EACH_SET(test_conv_threads)
EACH_SET(test_group_norms)
EACH_SET(test_attentions)
EACH_SET(test_elementwise)
EACH_SET(test_nan)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_test_convolutions), cmocka_unit_test(every_test_conv_threads),
        cmocka_unit_test(every_test_group_norms),  cmocka_unit_test(every_test_attentions),
        cmocka_unit_test(every_test_elementwise),  cmocka_unit_test(every_test_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
