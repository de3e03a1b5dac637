/* diffusion_source.h - gradients of the DPDM loss, image by image: the gradient source of diffusion training. */
#ifndef DPDM_TRAIN_DIFFUSION_SOURCE_H
#define DPDM_TRAIN_DIFFUSION_SOURCE_H

#include "dpdm/dp_step.h"
#include "dpdm/train.h"

typedef struct dpdm_diffusion_source dpdm_diffusion_source;

/* Network, weights and one workspace a thread, as the plan says. config and data (which may be NULL where only memory
 * is asked for) must outlive it. */
dpdm_status dpdm_diffusion_source_create(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                         const dpdm_dataset *data, dpdm_diffusion_source **source, dpdm_error *err);
void dpdm_diffusion_source_destroy(dpdm_diffusion_source *source);

dpdm_network *dpdm_diffusion_source_network(dpdm_diffusion_source *source);
/* Images of one pass. */
int dpdm_diffusion_source_group(const dpdm_diffusion_source *source);
/* Bytes of weights and workspaces. */
uint64_t dpdm_diffusion_source_bytes(const dpdm_diffusion_source *source);
/* Gives the denoiser its prior for all gradients from now on; it must outlive the source. */
void dpdm_diffusion_source_prior(dpdm_diffusion_source *source, const dpdm_prior *prior);
/* From now on writes the loss of each record whose gradient is taken to losses[record], which is PRIVATE; NULL: no more.
 */
void dpdm_diffusion_source_watch(dpdm_diffusion_source *source, double *losses);
/* The weights that the next gradients use. */
void dpdm_diffusion_source_load(dpdm_diffusion_source *source, const float *params);
/* As dp_step.h wants it. */
dpdm_gradient_source dpdm_diffusion_source_gradients(dpdm_diffusion_source *source);
/* From now on the record holds another image, [H,W,C], which may hold any values; for audits. NULL: its own again. */
void dpdm_diffusion_source_replace(dpdm_diffusion_source *source, uint64_t record, const float *image);
/* The gradient of one image that is not a record: [H,W,C] in [-1, 1]. */
void dpdm_diffusion_source_image(dpdm_diffusion_source *source, int worker, const float *image, int label,
                                 dpdm_stream *stream, float *gradient);

/* A digest of one gradient of random numbers at random weights (overwrites the loaded weights): two machines that agree
 * in it round alike. */
dpdm_status dpdm_diffusion_source_fingerprint(dpdm_diffusion_source *source, uint8_t digest[32], dpdm_error *err);

#endif
