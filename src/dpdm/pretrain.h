/* pretrain.h - public starts: a denoiser trained without privacy, on public images only.
 *
 * The network, the denoiser and the optimiser are those of dpdm_train_config, so that the same preset or config makes a
 * start that dpdm_train_run takes (its `init`). The file is a model (model.h) with "dpdm.start" in its metadata: private
 * false, public start true, and what it saw. It holds no privacy statement and is never taken for a private release. */
#ifndef DPDM_PRETRAIN_H
#define DPDM_PRETRAIN_H

#include "dpdm/train.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_START_FORMAT "dpdm-start-1"

typedef struct {
    /* What is seen: exactly one of the two. */
    char procedural[128];       /* kinds of images that dpdm makes (procedural.h), with commas between */
    char public_set[DPDM_PATH]; /* data SPEC of a public set */
    char licence[128];          /* of the public set, in the user's words */
    char out
        [DPDM_PATH]; /* the file; its state while it grows lies beside it, as OUT.state, and previews in OUT.preview */
    uint64_t seed;   /* decides images, weights and draws: the start can be made again */
    int resume, overwrite;
} dpdm_pretrain_config;

/* Trains, or goes on, and writes the start. Of `train` are used: shape, classes, network, denoiser, batch, steps,
 * multiplicity, label_drop, the optimiser, ema, chunk, threads, kernels, data_dir, checkpoint_every, and prior_rank and
 * whether there is a prior (prior_means_noise, prior_covariance_noise > 0): it is then that of the public images,
 * without noise to speak of. Progress: as dpdm_train_run, with epsilon_spent 0. The same config and kernel set give the
 * same bytes, on any number of threads, resumed or not.
 * DPDM_EEXIST: out exists (overwrite), or an unfinished start (resume or overwrite). DPDM_ESTATE: resumed with another config.
 * DPDM_ECANCELLED: stopped by progress; saved. */
DPDM_API dpdm_status dpdm_pretrain_run(const dpdm_train_config *train, const dpdm_pretrain_config *config,
                                       dpdm_train_progress_fn progress, void *context, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
