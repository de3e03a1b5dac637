/* audit_canaries.h - gradient canaries of one training run: who they are and who is in. */
#ifndef DPDM_EVAL_AUDIT_CANARIES_H
#define DPDM_EVAL_AUDIT_CANARIES_H

#include <stddef.h>
#include "dpdm/rng.h"

typedef struct {
    size_t count;
    uint64_t *coordinates; /* [count], distinct: the canary's gradient lies along it */
    uint8_t *in;           /* [count]: the coin */
    uint64_t *inserted;    /* the canaries that are records, in the order of their records */
    size_t inserted_count;
    double *scores; /* [count]: log-likelihood ratio of in against out */
} audit_canaries;

/* Draws `count` coordinates of `parameters` and as many coins; null: nobody is inserted, whatever the coins say. */
dpdm_status audit_canaries_create(size_t count, size_t parameters, int null, const dpdm_key *key,
                                  audit_canaries *canaries, dpdm_error *err);
void audit_canaries_destroy(audit_canaries *canaries);

#endif
