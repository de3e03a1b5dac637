/* model.h - the release artefact: one safetensors file that may be shared.
 *
 * Or a public start (dpdm pretrain): the same with "dpdm.start" in place of the statement, never both.
 *
 * fp32 tensors of the EMA weights under the names of docs/network.md; metadata "dpdm.config" (public config) and
 * "dpdm.statement" (privacy statement), both JSON. Nothing else: no keys, no optimiser state, no counts of private
 * data. The config's objects "network" (the fields of dpdm_network_description) and "denoiser" (kind and the
 * constants of that kind) rebuild the model; its other keys tell how it was trained. */
#ifndef DPDM_MODEL_H
#define DPDM_MODEL_H

#include "dpdm/denoiser.h"
#include "dpdm/dataset.h"
#include "dpdm/sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpdm_model {
    dpdm_network_description description; /* of the network */
    dpdm_denoiser denoiser;
    dpdm_network *network;
    float *params; /* [dpdm_network_parameters] */
    dpdm_prior
        prior; /* what denoiser.prior points to in a model that was read, so do not copy the struct; empty: none */
    char *class_names;    /* that the config states, in the order of labels (dataset.h); NULL: none */
    char *config_json;    /* as stored */
    char *statement_json; /* as stored, or NULL */
    char *start_json;     /* of a public start ("dpdm.start", docs/privacy/starts.md): as stored; NULL for a release */
} dpdm_model;

/* The public config as JSON text (the caller's, for free): `config`, a JSON object or NULL for an empty one, with
 * "network" and "denoiser" set from the arguments. DPDM_EUSAGE if these are outside what a model file may hold. */
DPDM_API dpdm_status dpdm_model_describe(const char *config, const dpdm_network_description *network,
                                         const dpdm_denoiser *denoiser, char **json, dpdm_error *err);

/* Reads a model file, of which nothing is believed: sizes, names, shapes, constants and the finiteness of weights are
 * checked, and memory is taken only for what the file really holds. DPDM_EFORMAT on a file that is not a model. */
DPDM_API dpdm_status dpdm_model_read(const char *path, dpdm_model *model, dpdm_error *err);
/* The same from a file held in memory; name stands for the path in messages. */
DPDM_API dpdm_status dpdm_model_parse(const uint8_t *bytes, size_t size, const char *name, dpdm_model *model,
                                      dpdm_error *err);
/* Written beside its name and renamed. config_json must hold the objects of dpdm_model_describe for this very model,
 * and all weights must be finite (DPDM_ERANGE). Uses all fields; statement_json may be NULL. */
DPDM_API dpdm_status dpdm_model_write(const char *path, const dpdm_model *model, int overwrite, dpdm_error *err);
DPDM_API void dpdm_model_destroy(dpdm_model *model);

/* One line for people, safe to print: the "claim" of the statement as the file has it (it is not proven here), or that
 * there is none. Cut to size. */
DPDM_API void dpdm_model_claim(const dpdm_model *model, char *text, size_t size);

/* Called when a batch of images is done, from any thread but never from two at once; a non-zero answer stops with
 * DPDM_ECANCELLED. */
typedef int (*dpdm_progress_fn)(void *context, uint64_t done, uint64_t total);

/* Samples `count` labelled images on `threads` threads (0: all) into *data (created here). label: -1 for all classes in
 * turn (i mod classes), else that class. progress: may be NULL. Uses description, denoiser, network and params only. The
 * classes bear the model's names. Image i depends on the model, sampler, key, kernel set and i only: not on threads, nor on count. */
DPDM_API dpdm_status dpdm_model_sample(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key,
                                       uint64_t count, int label, int threads, dpdm_progress_fn progress, void *context,
                                       dpdm_dataset *data, dpdm_error *err);
/* The same with a label of one's own for each image: labels[0..count) in [0, classes). */
DPDM_API dpdm_status dpdm_model_sample_labels(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key,
                                              uint64_t count, const int32_t *labels, int threads,
                                              dpdm_progress_fn progress, void *context, dpdm_dataset *data,
                                              dpdm_error *err);

/* out = D(x; sigma, label) of n images, fp32, on `threads` threads (0: all). x, out: [n,H,W,C], may be the same; sigma:
 * [n], > 0; labels: [n] in [0, classes], `classes` for none. DPDM_EUSAGE naming the first image whose sigma or label is
 * out of range. */
DPDM_API dpdm_status dpdm_model_denoise(const dpdm_model *model, uint64_t n, const float *x, const double *sigma,
                                        const int32_t *labels, int threads, float *out, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
