/* run_state.h - the private state of a run: what a killed run needs to go on as if nothing had happened.
 *
 * The file holds the key, so it is readable by its owner only (0600), is never part of a release, and is overwritten
 * and removed when the run ends. It is written beside its name and renamed: a reader finds a whole state or none. The
 * key in the state that a new one replaces is overwritten too. Overwriting reaches the file system's blocks; copies
 * that a snapshot, a journal or a flash disk may keep are beyond it. Format: the machine's own byte order; a checksum
 * ends it. */
#ifndef DPDM_TRAIN_RUN_STATE_H
#define DPDM_TRAIN_RUN_STATE_H

#include "dpdm/rng.h"

typedef struct {
    dpdm_key key;
    uint8_t config_digest[32]; /* of all that decides the result */
    uint8_t data_digest[32];
    uint8_t arithmetic[32]; /* digest of a gradient of random numbers: the CPU and libraries compute alike */
    uint8_t build[32];      /* digest of the program's code (base/build.h) */
    uint64_t scheme;        /* DPDM_RUN_SCHEME of who wrote it */
    char kernels[32], version[32];
    uint64_t step; /* steps done */
    size_t parameters, released_floats;
    uint64_t released_before;                    /* what is released before the steps is there */
    float *params, *moment1, *moment2, *average; /* [parameters] each, in one block that starts at params */
    float *released;                             /* [released_floats], at the end of the block */
} dpdm_run_state;

/* Raised with every change of how a step turns data into a sum, or a key into draws: the same key must not serve both. */
enum { DPDM_RUN_SCHEME = 1 };

/* A zeroed state; it lies in locked memory where the system allows. released: floats of what is released before the
 * steps. */
dpdm_status dpdm_run_state_create(size_t parameters, size_t released, dpdm_run_state **state, dpdm_error *err);
/* Wipes and frees; NULL is fine. */
void dpdm_run_state_destroy(dpdm_run_state *state);

/* A state that cannot be written whole is overwritten before it is removed: it holds the key. */
dpdm_status dpdm_run_state_save(const char *path, const dpdm_run_state *state, dpdm_error *err);
/* DPDM_ENOENT: there is none. DPDM_ESTATE: of a model of another size. DPDM_EFORMAT: damaged. */
dpdm_status dpdm_run_state_load(const char *path, size_t parameters, size_t released, dpdm_run_state **state,
                                dpdm_error *err);
/* Overwrites and removes the state and what killed writers left beside it; none there is fine. */
dpdm_status dpdm_run_state_erase(const char *path, dpdm_error *err);
/* Ends an erasure that was cut short; leaves a state that is not being erased alone. */
dpdm_status dpdm_run_state_settle(const char *path, dpdm_error *err);

#endif
