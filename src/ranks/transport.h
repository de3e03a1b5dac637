/* transport.h - what the ranks of one training say to each other.
 *
 * A rank is one process of several that train together, each on its share of the records of a step. Two bodies: none (one
 * rank, nothing is sent) and MPI, in a module that is loaded only when ranks are asked for, so that the program itself
 * needs no MPI library. Every call is collective: all ranks make the same calls in the same order; one thread calls.
 *
 * What goes over the wire is private: sums without noise, and the key. The claim of a training (docs/privacy/) covers what
 * is released, not the network between its ranks: that is trusted like the memory of one machine. */
#ifndef DPDM_RANKS_TRANSPORT_H
#define DPDM_RANKS_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>
#include "dpdm/status.h"

typedef struct dpdm_transport dpdm_transport;

/* Opens a transport. name: "none" (or "") or "mpi". MPI is Open MPI or MPICH, whichever started this process; DPDM_EUSAGE
 * where none did, DPDM_ENOENT with the package to install where its module is not there. Once a process. */
dpdm_status dpdm_transport_open(const char *name, dpdm_transport **transport, dpdm_error *err);
/* Ends it, together with all ranks. One that gives up while others may wait for it must not: it leaves the transport as it is,
 * says why, and ends its process with a failure, at which mpirun ends the others. NULL is allowed. */
void dpdm_transport_close(dpdm_transport *transport);

/* Will this process be rank 0? Told by what started it, before anything is opened; so that the others can hold their peace. */
int dpdm_transport_leads(const char *name);

/* NULL stands for one rank in all that follows. */
int dpdm_transport_rank(const dpdm_transport *transport);
int dpdm_transport_size(const dpdm_transport *transport);
/* What carries the messages, e.g. "Open MPI v4.1.4"; "none". */
const char *dpdm_transport_library(const dpdm_transport *transport);

/* Cuts n items into a range for each rank, at multiples of block: first[0..size]; ranges may be empty, and none is
 * longer than one before it. */
void dpdm_transport_cut(const dpdm_transport *transport, size_t n, size_t block, size_t *first);
/* values[first[r] .. first[r + 1]) of rank r become the exact sum over all ranks; other ranges are left undefined. */
dpdm_status dpdm_transport_sum(dpdm_transport *transport, int64_t *values, const size_t *first, dpdm_error *err);
/* Gives items [first[r], first[r + 1]) of rank r to all ranks; an item has `width` bytes. */
dpdm_status dpdm_transport_gather(dpdm_transport *transport, void *items, size_t width, const size_t *first,
                                  dpdm_error *err);
/* Rank 0's bytes to all. */
dpdm_status dpdm_transport_broadcast(dpdm_transport *transport, void *bytes, size_t count, dpdm_error *err);
/* The first failure of any rank becomes the status of all: returns `mine` where nobody failed worse. The message of a rank
 * that is well says which rank failed. */
dpdm_status dpdm_transport_settle(dpdm_transport *transport, dpdm_status mine, dpdm_error *err);
/* Do all ranks hold the same bytes (of any lengths)? DPDM_ESTATE on all of them if not: "rank 2 has other WHAT than rank 0:
 * ADVICE". Only a hash is sent. */
dpdm_status dpdm_transport_agree(dpdm_transport *transport, const char *what, const void *bytes, size_t count,
                                 const char *advice, dpdm_error *err);

#endif
