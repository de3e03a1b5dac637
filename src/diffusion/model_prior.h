/* model_prior.h - the prior of a model as tensors of its file: "prior.center" [classes + 1, height, width, channels],
 * "prior.basis" [rank, height, width, channels] and "prior.variance" [rank + 1], only where rank > 0; and of a prior by
 * class "prior.class_turn" [classes, rank, rank] and "prior.class_variance" [classes, rank]. */
#ifndef DPDM_DIFFUSION_MODEL_PRIOR_H
#define DPDM_DIFFUSION_MODEL_PRIOR_H

#include "base/safetensors.h"
#include "dpdm/model.h"

enum { MODEL_PRIOR_TENSORS = 5 };

/* How many tensors of the file are those of a prior. */
size_t dpdm_model_prior_count(const dpdm_safetensors *file);
/* Reads them into model->prior, with shapes checked against model->description, and sets model->denoiser.prior. */
dpdm_status dpdm_model_prior_load(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err);
/* Fills sources[0..MODEL_PRIOR_TENSORS) from model->denoiser.prior; returns their number. */
size_t dpdm_model_prior_sources(const dpdm_model *model, dpdm_safetensor_source *sources);

#endif
