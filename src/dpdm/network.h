/* network.h - networks described once as a graph, run with memory planned before the run.
 *
 * A dpdm_network is a graph of operators and the table of its parameters; it is immutable once built and may be shared
 * by threads. Parameters live in one flat fp32 buffer of dpdm_network_parameters floats (the caller's). A dpdm_weights is
 * that buffer repacked for the kernels, shared read-only by any number of workspaces. A dpdm_workspace is the planned
 * memory of one thread: nothing is allocated by forward or backward.
 * Activations are fp32, [N, H, W, C], row-major. Results of a workspace depend on inputs, weights, batch capacity and
 * kernel set only - never on threads. Tensors, shapes and layers: docs/network.md. */
#ifndef DPDM_NETWORK_H
#define DPDM_NETWORK_H

#include "dpdm/rng.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_MAX_LEVELS 6
#define DPDM_MAX_ATTENTION 4
#define DPDM_BLOCK_NAME 32

/* Settings of the small "DDPM++" U-Net of DPDM (Song et al. 2021; Dockhorn et al. 2023). Inputs "x" [N,H,W,C], "noise" [N]
 * (the value c_noise) and labels [N] (class, or `classes` for "no label"); output [N,H,W,C]. */
typedef struct {
    int width_base;                    /* nf, e.g. 32 */
    int levels;                        /* number of multipliers */
    int multipliers[DPDM_MAX_LEVELS];  /* e.g. 1, 2, 2 */
    int blocks;                        /* residual blocks a level, e.g. 2 */
    int attention[DPDM_MAX_ATTENTION]; /* resolutions (heights, after the patch) that have attention; 0 ends the list */
    int patch; /* 1: none; p: p x p pixels become p^2 C channels before the network and back after */
    /* 0: as published, blocks add a vector of noise level and class before their second norm. 1: beside that, they scale and
     * shift its channels by another one, in which each class has a row of its own (docs/network.md) */
    int modulation;
    /* What is added to a network that is trained in part (docs/network.md); 0: nothing. From the first block on whose name is
     * added_from or begins with it and a dot, such as "decoder" or "middle.block.1"; "": everywhere. */
    int lora_rank;    /* maps of that rank beside q, k, v and out of every attention */
    int adapter_rank; /* through that many channels beside the 3 x 3 convolutions of every block */
    char added_from[DPDM_BLOCK_NAME];
} dpdm_unet_settings;

typedef enum { DPDM_NETWORK_UNET = 0 } dpdm_network_kind;

/* What a denoising network is: what goes in and comes out, and the settings of its kind. Whoever only runs a model reads the
 * first four and passes the rest on; settings are known where a kind is built (unet.c), stored (diffusion/model_config.c)
 * and asked for (train/config.c). */
typedef struct {
    dpdm_network_kind kind;
    int height, width, channels, classes; /* of the images; classes: without "no label" */
    union {
        dpdm_unet_settings unet;
    };
} dpdm_network_description;

typedef enum {
    DPDM_CLASSIFIER_LOGREG = 0, /* linear */
    DPDM_CLASSIFIER_MLP = 1,    /* D-100-classes, ReLU */
    DPDM_CLASSIFIER_CNN = 2,    /* conv3x3 32-64-128 with max-pool, dropout 0.5 */
    DPDM_CLASSIFIER_RESNET = 3  /* small residual network with group norm */
} dpdm_classifier_kind;

DPDM_API const char *dpdm_classifier_name(dpdm_classifier_kind kind); /* "logreg", "mlp", "cnn", "resnet" */

typedef struct dpdm_network dpdm_network;
typedef struct dpdm_weights dpdm_weights;
typedef struct dpdm_workspace dpdm_workspace;

/* DPDM_EUSAGE: sizes or settings that no network can have. */
DPDM_API dpdm_status dpdm_network_create(const dpdm_network_description *description, dpdm_network **network,
                                         dpdm_error *err);
/* Input "x" [N,H,W,C]; output logits [N,1,1,classes]. */
DPDM_API dpdm_status dpdm_network_classifier(dpdm_classifier_kind kind, int height, int width, int channels,
                                             int classes, dpdm_network **network, dpdm_error *err);
/* Inception-v3 (Szegedy et al. 2016) up to its last pooling, as the graph that FIDs are computed with has it (docs/fid.md):
 * input "x" [N,299,299,3], about [-1, 1]; output [N,1,1,2048]. Batch norms are folded into the convolutions. */
DPDM_API dpdm_status dpdm_network_inception(dpdm_network **network, dpdm_error *err);
DPDM_API void dpdm_network_destroy(dpdm_network *network);

/* One named parameter tensor: params[offset .. offset + size). name and layer live as long as the network. */
typedef struct {
    const char *name;  /* e.g. "encoder.0.block.1.conv1.weight" */
    const char *layer; /* what it does, for people and docs/network.md */
    int rank;
    int shape[4]; /* PyTorch's order: conv [out, in, k, k], linear [out, in] */
    size_t offset, size;
    int trained;       /* has a gradient */
    size_t coordinate; /* if so: of its first float in the vector of all that is trained */
} dpdm_tensor_info;

DPDM_API size_t dpdm_network_parameters(const dpdm_network *network);
DPDM_API size_t dpdm_network_tensors(const dpdm_network *network);
DPDM_API dpdm_tensor_info dpdm_network_tensor(const dpdm_network *network, size_t index);

/* What is trained: at first every parameter. What is not has no gradient, and backward stops where nothing below is
 * trained. The trained parameters make a vector of dpdm_network_trained floats, in the order of the flat buffer: gradients,
 * sums, noise and moments have its length. */
typedef int (*dpdm_tensor_filter)(void *context, const dpdm_tensor_info *tensor);
/* Trains the tensors for which `trained` answers non-zero and no others; before weights are made of the network.
 * DPDM_EUSAGE: none is left. */
DPDM_API dpdm_status dpdm_network_train_only(dpdm_network *network, dpdm_tensor_filter trained, void *context,
                                             dpdm_error *err);
DPDM_API size_t dpdm_network_trained(const dpdm_network *network);
/* From the flat buffer to the vector, and back to its places in the flat buffer, whose other values stay. */
DPDM_API void dpdm_network_gather(const dpdm_network *network, const float *params, float *trained);
DPDM_API void dpdm_network_scatter(const dpdm_network *network, const float *trained, float *params);
/* Multiply-adds x 2 of one forward and one backward pass of one example. */
DPDM_API double dpdm_network_flops(const dpdm_network *network);
/* Writes initial weights: variance scaling (fan_avg, uniform) of scale 1, 1e-10 where "zero-like", 0.1 for the maps to q,
 * k and v; class table standard normal; biases 0, norms 1 and 0. Tensor i depends on the key and i only. */
DPDM_API void dpdm_network_init(const dpdm_network *network, const dpdm_key *key, float *params);

/* The kernel sets, best first: "avx512", "avx2", "plain" ... NULL past the end; only those this CPU can run. */
DPDM_API const char *dpdm_kernels_name(size_t index);

/* Weights packed for batches of up to `batch` examples by the named kernel set (NULL: the best). `training`: 0, or also
 * what backward needs, for that many records in a batch: each has batch / training examples, and a gradient of its own. dpdm_weights_load repacks from a flat buffer; no workspace may run meanwhile. */
DPDM_API dpdm_status dpdm_weights_create(const dpdm_network *network, int batch, int training, const char *kernels,
                                         dpdm_weights **weights, dpdm_error *err);
DPDM_API void dpdm_weights_load(dpdm_weights *weights, const float *params);
/* Repacks what is trained from its vector; the rest stays as it was loaded. */
DPDM_API void dpdm_weights_load_trained(dpdm_weights *weights, const float *trained);
DPDM_API size_t dpdm_weights_bytes(const dpdm_weights *weights);
DPDM_API void dpdm_weights_destroy(dpdm_weights *weights);

/* Memory and plans of one thread, for exactly the batch capacity, kernel set and mode of `weights` (which must outlive it). */
DPDM_API dpdm_status dpdm_workspace_create(const dpdm_weights *weights, dpdm_workspace **workspace, dpdm_error *err);
DPDM_API void dpdm_workspace_destroy(dpdm_workspace *workspace);
DPDM_API size_t dpdm_workspace_bytes(const dpdm_workspace *workspace);
DPDM_API int dpdm_workspace_batch(const dpdm_workspace *workspace);

/* The values of a named input or output, [N, ...], and where the derivative by an output goes; NULL: there is none of that
 * name. The three below, and dpdm_workspace_output, are those that most networks have: "x", "noise", "output". */
DPDM_API float *dpdm_workspace_input_named(dpdm_workspace *workspace, const char *name);
DPDM_API const float *dpdm_workspace_output_named(const dpdm_workspace *workspace, const char *name);
DPDM_API float *dpdm_workspace_output_gradient_named(dpdm_workspace *workspace, const char *name);
/* The caller fills the inputs, for the whole batch capacity. Unused tail entries must hold finite values (they do at
 * first). A label outside [0, classes] counts as "no label". */
DPDM_API float *dpdm_workspace_x(dpdm_workspace *workspace);        /* [N,H,W,C] */
DPDM_API float *dpdm_workspace_noise(dpdm_workspace *workspace);    /* [N], NULL if the network has no such input */
DPDM_API int32_t *dpdm_workspace_labels(dpdm_workspace *workspace); /* [N], NULL likewise */
/* Stream of dropout for the next forward; NULL turns dropout off (evaluation). */
DPDM_API void dpdm_workspace_dropout(dpdm_workspace *workspace, dpdm_stream *stream);

/* Runs the graph; returns the output [N, ...] (NULL of a network whose outputs have other names), valid until the next forward. */
DPDM_API const float *dpdm_workspace_forward(dpdm_workspace *workspace);
/* The output of the last forward. */
DPDM_API const float *dpdm_workspace_output(const dpdm_workspace *workspace);
/* Where the caller puts the derivative of the loss by the output, same shape; then backward ADDS the derivative by the
 * parameters to a gradient held in the workspace. */
DPDM_API float *dpdm_workspace_output_gradient(dpdm_workspace *workspace);
DPDM_API void dpdm_workspace_backward(dpdm_workspace *workspace);
/* Writes the gradient of the first record, accumulated since the last clear, to out[0..trained): by all that is trained. */
DPDM_API void dpdm_workspace_gradient(const dpdm_workspace *workspace, float *out);
DPDM_API void dpdm_workspace_gradient_clear(dpdm_workspace *workspace);

#ifdef __cplusplus
}
#endif
#endif
