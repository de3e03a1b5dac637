/* unet.c - the small "DDPM++" U-Net of DPDM (Song et al. 2021, appendix H; Dockhorn et al. 2023, appendix C), the
 * network F of docs/network.md. */
#include "nn/unet.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "nn/graph.h"

enum {
    PATH_BYTES = 80,
    RANK_WHOLE = 16 /* channels that every kernel set takes whole */,
    MAX_BLOCKS = 16,
    MAX_WIDTH = 4096,
    MAX_CLASSES = 1 << 16,
    MAX_PATCH = 64
};

/* First weights of layers that start as good as zero, and of the maps to q, k and v. */
static const double zero_like = 1e-10, attention_scale = 0.1;

typedef enum { RESAMPLE_NONE, RESAMPLE_DOWN, RESAMPLE_UP } unet_resample;

typedef struct {
    const dpdm_unet_settings *settings;
    int classes;
    dpdm_graph graph;
    int embedding; /* SiLU of the embedding of noise level and class */
    int adds;      /* has the block been reached from which on something is added? */
    int skips[1 + DPDM_MAX_LEVELS * (MAX_BLOCKS + 1)], skip_count;
} unet;

static dpdm_status unet_check(const dpdm_network_description *d, dpdm_error *err);
static void unet_embed(unet *u);
static int unet_encode(unet *u, int h);
static int unet_middle(unet *u, int h);
static int unet_decode(unet *u, int h);
static int unet_block(unet *u, int x, const char *path, int channels, unet_resample resample);
static int unet_modulate(unet *u, int h, const char *path);
static int unet_attention(unet *u, int x, const char *path);
static int unet_map(unet *u, int x, const char *path, const char *name, double scale);
static int unet_adapted(unet *u, int x, const char *path, const char *name, int channels, double scale);
static void unet_reach(unet *u, const char *path);
static int unet_has_attention(const unet *u, int h);
static int unet_norm(unet *u, int x, int bias, const char *path, const char *name, int silu);
static int unet_push(unet *u, int h);

dpdm_status dpdm_network_unet(const dpdm_network_description *description, dpdm_network **network, dpdm_error *err)
{
    const dpdm_status status = unet_check(description, err);
    if (status)
        return status;
    unet u = {.settings = &description->unet, .classes = description->classes};
    dpdm_graph *const g = &u.graph;
    const int patch = u.settings->patch;
    dpdm_graph_begin(g, err);
    int h = dpdm_graph_input(g, "x", (dpdm_dims){description->height, description->width, description->channels});
    unet_embed(&u);
    if (patch > 1)
        h = dpdm_graph_patch(g, &dpdm_op_space_to_depth, h, patch);
    h = dpdm_graph_conv(g, h, "", "input", u.settings->width_base, 3, 1, 1);
    h = unet_encode(&u, unet_push(&u, h));
    h = unet_middle(&u, h);
    h = unet_decode(&u, h);
    unet_reach(&u, "output");
    h = unet_norm(&u, h, DPDM_NO_NODE, "output", "norm", 1);
    h = dpdm_graph_conv(g, h, "output", "conv", description->channels * patch * patch, 3, 1, zero_like);
    if (patch > 1)
        h = dpdm_graph_patch(g, &dpdm_op_depth_to_space, h, patch);
    if (u.settings->added_from[0] && !u.adds)
        dpdm_graph_fail(
            g, DPDM_EUSAGE,
            "no block of the network is '%s': blocks are encoder.LEVEL.block.N, encoder.LEVEL.down, middle, "
            "decoder.LEVEL.block.N, decoder.LEVEL.up and output, in this order, or a part such as decoder.0",
            u.settings->added_from);
    return dpdm_graph_finish(g, h, network);
}

/* Bounds that keep every product of sizes in an int; finer checks are the operators'. */
static dpdm_status unet_check(const dpdm_network_description *d, dpdm_error *err)
{
    const dpdm_unet_settings *c = &d->unet;
    if (d->height < 1 || d->width < 1 || d->channels < 1 || d->height > MAX_WIDTH || d->width > MAX_WIDTH ||
        d->channels > MAX_WIDTH)
        return dpdm_error_set(err, DPDM_EUSAGE, "network for images of %d x %d x %d: each must be 1 to %d", d->height,
                              d->width, d->channels, MAX_WIDTH);
    if (d->classes < 1 || d->classes > MAX_CLASSES)
        return dpdm_error_set(err, DPDM_EUSAGE, "network for %d classes: must be 1 to %d", d->classes, MAX_CLASSES);
    if (c->width_base < 4 || c->width_base > MAX_WIDTH)
        return dpdm_error_set(err, DPDM_EUSAGE, "base width %d: must be 4 to %d", c->width_base, MAX_WIDTH);
    if (c->levels < 1 || c->levels > DPDM_MAX_LEVELS || c->blocks < 1 || c->blocks > MAX_BLOCKS)
        return dpdm_error_set(err, DPDM_EUSAGE, "%d levels of %d blocks: 1 to %d levels and 1 to %d blocks", c->levels,
                              c->blocks, DPDM_MAX_LEVELS, MAX_BLOCKS);
    if (c->lora_rank < 0 || c->adapter_rank < 0 || c->lora_rank > MAX_WIDTH || c->adapter_rank > MAX_WIDTH ||
        !memchr(c->added_from, '\0', sizeof c->added_from))
        return dpdm_error_set(err, DPDM_EUSAGE, "additions of rank %d and %d: must be 0 (none) to %d", c->lora_rank,
                              c->adapter_rank, MAX_WIDTH);
    if (c->patch < 1 || c->patch > MAX_PATCH || d->channels * c->patch * c->patch > (1 << 20))
        return dpdm_error_set(err, DPDM_EUSAGE, "patch %d: must be 1 (none) to %d", c->patch, MAX_PATCH);
    for (int i = 0; i < c->levels; i++)
        if (c->multipliers[i] < 1 || c->multipliers[i] > MAX_WIDTH / c->width_base)
            return dpdm_error_set(err, DPDM_EUSAGE,
                                  "multiplier %d of level %d: base width times multiplier must be %d to %d",
                                  c->multipliers[i], i, c->width_base, MAX_WIDTH);
    return DPDM_OK;
}

/* sinusoid(noise) + class row -> linear -> SiLU -> linear; blocks see SiLU of it. */
static void unet_embed(unet *u)
{
    dpdm_graph *const g = &u->graph;
    const int nf = u->settings->width_base;
    int e = dpdm_graph_sinusoid(g, dpdm_graph_input(g, "noise", (dpdm_dims){1, 1, 1}), nf);
    e = dpdm_graph_add(g, e, dpdm_graph_class(g, "embedding", "class", u->classes + 1, nf), 1);
    e = dpdm_graph_linear(g, e, "embedding", "linear1", 4 * nf, 1);
    e = dpdm_graph_linear(g, dpdm_graph_unary(g, &dpdm_op_silu, e), "embedding", "linear2", 4 * nf, 1);
    u->embedding = dpdm_graph_unary(g, &dpdm_op_silu, e);
}

static int unet_encode(unet *u, int h)
{
    const dpdm_unet_settings *c = u->settings;
    char path[PATH_BYTES];
    for (int level = 0; level < c->levels; level++) {
        for (int b = 0; b < c->blocks; b++) {
            snprintf(path, sizeof path, "encoder.%d.block.%d", level, b);
            h = unet_block(u, h, path, c->width_base * c->multipliers[level], RESAMPLE_NONE);
            if (unet_has_attention(u, h)) {
                snprintf(path, sizeof path, "encoder.%d.attention.%d", level, b);
                h = unet_attention(u, h, path);
            }
            unet_push(u, h);
        }
        if (level + 1 < c->levels) {
            snprintf(path, sizeof path, "encoder.%d.down", level);
            h = unet_push(u, unet_block(u, h, path, dpdm_graph_dims(&u->graph, h).channels, RESAMPLE_DOWN));
        }
    }
    return h;
}

static int unet_middle(unet *u, int h)
{
    const int channels = dpdm_graph_dims(&u->graph, h).channels;
    h = unet_block(u, h, "middle.block.0", channels, RESAMPLE_NONE);
    h = unet_attention(u, h, "middle.attention");
    return unet_block(u, h, "middle.block.1", channels, RESAMPLE_NONE);
}

static int unet_decode(unet *u, int h)
{
    const dpdm_unet_settings *c = u->settings;
    char path[PATH_BYTES];
    for (int level = c->levels - 1; level >= 0; level--) {
        for (int b = 0; b <= c->blocks; b++) {
            snprintf(path, sizeof path, "decoder.%d.block.%d", level, b);
            h = dpdm_graph_concat(&u->graph, h, u->skips[--u->skip_count]);
            h = unet_block(u, h, path, c->width_base * c->multipliers[level], RESAMPLE_NONE);
        }
        if (unet_has_attention(u, h)) {
            snprintf(path, sizeof path, "decoder.%d.attention", level);
            h = unet_attention(u, h, path);
        }
        if (level > 0) {
            snprintf(path, sizeof path, "decoder.%d.up", level);
            h = unet_block(u, h, path, dpdm_graph_dims(&u->graph, h).channels, RESAMPLE_UP);
        }
    }
    return h;
}

/* norm, SiLU, [resample], conv, + linear(embedding), norm, SiLU, conv; then (skip + h) / sqrt(2). A 1x1 convolution and
 * nearest up x2 commute, so the skip is convolved while it is small. */
static int unet_block(unet *u, int x, const char *path, int channels, unet_resample resample)
{
    dpdm_graph *const g = &u->graph;
    const int changes = resample != RESAMPLE_NONE || dpdm_graph_dims(g, x).channels != channels;
    unet_reach(u, path);
    int h = unet_norm(u, x, DPDM_NO_NODE, path, "norm1", 1);
    if (resample == RESAMPLE_UP) {
        h = dpdm_graph_unary(g, &dpdm_op_up2, h);
    } else if (resample == RESAMPLE_DOWN) {
        h = dpdm_graph_unary(g, &dpdm_op_down2, h);
        x = dpdm_graph_unary(g, &dpdm_op_down2, x);
    }
    h = unet_adapted(u, h, path, "conv1", channels, 1);
    const int bias = dpdm_graph_linear(g, u->embedding, path, "embedding", channels, 1);
    h = unet_norm(u, h, bias, path, "norm2", !u->settings->modulation);
    if (u->settings->modulation)
        h = unet_modulate(u, h, path);
    h = unet_adapted(u, h, path, "conv2", channels, zero_like);
    if (changes)
        x = dpdm_graph_conv(g, x, path, "skip", channels, 1, 1, 1);
    if (resample == RESAMPLE_UP)
        x = dpdm_graph_unary(g, &dpdm_op_up2, x);
    return dpdm_graph_add(g, x, h, (float)sqrt(0.5));
}

/* SiLU(h (1 + s) + b); s and b, which start at zero, are a linear map of the embedding plus a row of the class. */
static int unet_modulate(unet *u, int h, const char *path)
{
    dpdm_graph *const g = &u->graph;
    const int width = 2 * dpdm_graph_dims(g, h).channels;
    const int by_both = dpdm_graph_linear(g, u->embedding, path, "modulation", width, zero_like);
    const int by_class = dpdm_graph_class_zero(g, path, "class", u->classes + 1, width);
    h = dpdm_graph_modulate(g, h, dpdm_graph_add(g, by_both, by_class, 1));
    return dpdm_graph_unary(g, &dpdm_op_silu, h);
}

static int unet_attention(unet *u, int x, const char *path)
{
    dpdm_graph *const g = &u->graph;
    unet_reach(u, path);
    int h = unet_norm(u, x, DPDM_NO_NODE, path, "norm", 0);
    const int q = unet_map(u, h, path, "q", attention_scale);
    const int k = unet_map(u, h, path, "k", attention_scale);
    const int v = unet_map(u, h, path, "v", attention_scale);
    h = unet_map(u, dpdm_graph_attention(g, q, k, v), path, "out", zero_like);
    return dpdm_graph_add(g, x, h, (float)sqrt(0.5));
}

/* Do blocks from this one on have additions? */
static void unet_reach(unet *u, const char *path)
{
    const char *from = u->settings->added_from;
    const size_t length = strlen(from);
    u->adds |= length == 0 || (strncmp(path, from, length) == 0 && (path[length] == '.' || path[length] == '\0'));
}

/* `to`, the output of layer path.name, plus a map of x through `rank` channels, which begins at zero: down, SiLU if asked, up. */
static int unet_add(unet *u, int x, int to, const char *path, const char *name, const char *what, int rank, int kernel)
{
    dpdm_graph *const g = &u->graph;
    const int in = dpdm_graph_dims(g, x).channels, out = dpdm_graph_dims(g, to).channels;
    const int padded = (rank + RANK_WHOLE - 1) / RANK_WHOLE * RANK_WHOLE;
    char own[PATH_BYTES];
    snprintf(own, sizeof own, "%s.%s.%s", path, name, what);
    if (rank > (in < out ? in : out))
        dpdm_graph_fail(g, DPDM_EUSAGE,
                        "rank %d is above the width of the layer %s.%s, %d channels: choose a smaller rank", rank, path,
                        name, in < out ? in : out);
    int h = dpdm_graph_map(g, x, own, "down", in, rank, padded, 1, DPDM_START_FAN_IN, 1);
    if (kernel > 1)
        h = dpdm_graph_unary(g, &dpdm_op_silu, h);
    h = dpdm_graph_map(g, h, own, "up", rank, out, out, kernel, DPDM_START_ZERO, 1);
    return dpdm_graph_add(g, to, h, 1);
}

/* A map of attention, channels to channels, with what is added to it. */
static int unet_map(unet *u, int x, const char *path, const char *name, double scale)
{
    const int h = dpdm_graph_conv(&u->graph, x, path, name, dpdm_graph_dims(&u->graph, x).channels, 1, 1, scale);
    const int rank = u->settings->lora_rank;
    return rank && u->adds ? unet_add(u, x, h, path, name, "lora", rank, 1) : h;
}

/* A 3 x 3 convolution of a block, with what is added to it. */
static int unet_adapted(unet *u, int x, const char *path, const char *name, int channels, double scale)
{
    const int h = dpdm_graph_conv(&u->graph, x, path, name, channels, 3, 1, scale);
    const int rank = u->settings->adapter_rank;
    return rank && u->adds ? unet_add(u, x, h, path, name, "adapter", rank, 3) : h;
}

static int unet_has_attention(const unet *u, int h)
{
    const int height = dpdm_graph_dims(&u->graph, h).height;
    for (int i = 0; i < DPDM_MAX_ATTENTION && u->settings->attention[i]; i++)
        if (u->settings->attention[i] == height)
            return 1;
    return 0;
}

/* min(channels / 4, 32) groups. */
static int unet_norm(unet *u, int x, int bias, const char *path, const char *name, int silu)
{
    const int quarter = dpdm_graph_dims(&u->graph, x).channels / 4;
    return dpdm_graph_group_norm(&u->graph, x, bias, path, name, quarter < 32 ? quarter : 32, silu);
}

static int unet_push(unet *u, int h)
{
    return u->skips[u->skip_count++] = h;
}
