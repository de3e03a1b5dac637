/* model.h - the release artefact: one safetensors file that may be shared.
 *
 * fp32 tensors of the EMA weights under the names of docs/network.md; metadata "dpdm.config" (public config) and
 * "dpdm.statement" (privacy statement), both JSON. Nothing else: no keys, no optimiser state, no counts of private data. */
#ifndef DPDM_MODEL_H
#define DPDM_MODEL_H

#include "dpdm/denoiser.h"
#include "dpdm/dataset.h"
#include "dpdm/sampler.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    dpdm_unet_config unet;
    dpdm_denoiser denoiser;
    dpdm_network *network;
    float *params;        /* [dpdm_network_parameters] */
    char *config_json;    /* as stored */
    char *statement_json; /* as stored, or NULL */
} dpdm_model;

DPDM_API dpdm_status dpdm_model_read(const char *path, dpdm_model *model, dpdm_error *err);
/* Written beside its name and renamed. config_json must hold an object with "network" and "denoiser" (dpdm_model_describe). */
DPDM_API dpdm_status dpdm_model_write(const char *path, const dpdm_model *model, int overwrite, dpdm_error *err);
DPDM_API void dpdm_model_destroy(dpdm_model *model);

/* Called between batches of images; a non-zero answer stops with DPDM_ECANCELLED. */
typedef int (*dpdm_progress_fn)(void *context, uint64_t done, uint64_t total);

/* Samples `count` labelled images on `threads` threads into *data (created here). label: -1 for all classes in turn
 * (i mod classes), else that class. The result depends on the model, sampler and key only, not on threads. */
DPDM_API dpdm_status dpdm_model_sample(const dpdm_model *model, const dpdm_sampler *sampler, const dpdm_key *key,
                                       uint64_t count, int label, int threads, dpdm_progress_fn progress, void *context,
                                       dpdm_dataset *data, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
