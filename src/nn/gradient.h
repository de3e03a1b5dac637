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

enum { DPDM_LOSS_RECORDS = 64 /* the most records of a workspace */ };

/* Records whose gradients are taken at once, one thing of the caller's each. */
typedef struct {
    int records;          /* 1 to dpdm_workspace_records */
    void *const *of;      /* [records] */
    dpdm_stream *streams; /* [records], all that is drawn of each; NULL where nothing is */
    double *losses;       /* [records], out; may be NULL */
} dpdm_loss_group;

/* Leaves the gradient of the loss of `draws` draws of each record in the workspace (dpdm_workspace_record_gradient), in
 * chunks of the draws that a record has room for there. Entries that a chunk leaves unused hold zeros, and add nothing.
 * The bits of a gradient do not depend on the other records, nor on its place among them. Allocates nothing. */
void dpdm_loss_gradients(const dpdm_loss *loss, const dpdm_loss_group *group, int draws, dpdm_workspace *workspace,
                         dpdm_stream *dropout);

/* The same for one thing: writes the gradient of the loss of `draws` draws, in chunks of the workspace's batch capacity, to
 * gradient[0..parameters), and returns the loss. Entries that a chunk leaves unused hold zeros, and add nothing. stream:
 * all that is drawn; NULL where nothing is. dropout: stream of dropout; NULL: none. Allocates nothing. */
double dpdm_loss_gradient(const dpdm_loss *loss, void *of, int draws, dpdm_workspace *workspace, dpdm_stream *stream,
                          dpdm_stream *dropout, float *gradient);

/* Zeros in all inputs of the entries from `used` on, labels too: entries that are not used must hold finite values. */
void dpdm_workspace_clear_inputs(dpdm_workspace *workspace, int used);

#endif
