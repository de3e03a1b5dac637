/* gradient.h - the gradient of a loss over draws: clear, then for each chunk of draws fill, forward, loss and backward; at
 * the end unpack. Every training and every classifier takes its gradients here.
 *
 * A loss is two functions over something of the caller's (`of`: an image with its label, a shard of a batch), whose draws
 * are numbered. Both see the same stream at the same place, so that what fill drew can be drawn again by derive instead
 * of being kept. */
#ifndef DPDM_NN_GRADIENT_H
#define DPDM_NN_GRADIENT_H

#include "dpdm/network.h"

typedef struct {
    /* Writes draws [first, first + used) to the inputs of entries [at, at + used) of the workspace. */
    void (*fill)(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream);
    /* For the same draws, once forward has run: writes the derivative of the loss by the output to these entries of the
     * output's gradient, and returns their share of the loss. */
    double (*derive)(void *of, dpdm_workspace *workspace, int at, int first, int used, dpdm_stream *stream);
} dpdm_loss;

/* Writes the gradient of the loss of `draws` draws, in chunks of the workspace's batch capacity, to
 * gradient[0..parameters), and returns the loss. Entries that a chunk leaves unused hold zeros, and add nothing. stream:
 * all that is drawn; NULL where nothing is. dropout: stream of dropout; NULL: none. Allocates nothing. */
double dpdm_loss_gradient(const dpdm_loss *loss, void *of, int draws, dpdm_workspace *workspace, dpdm_stream *stream,
                          dpdm_stream *dropout, float *gradient);

/* Zeros in all inputs of the entries from `used` on, labels too: entries that are not used must hold finite values. */
void dpdm_workspace_clear_inputs(dpdm_workspace *workspace, int used);

#endif
