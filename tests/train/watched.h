/* watched.h - trainings under watch: the linker puts the functions of watched.c in the place of those through which a
 * training opens its data, runs mechanisms and draws noise (tests/train/CMakeLists.txt). They pass everything on, and
 *
 *   - write down each mechanism, how often it ran and what it released;
 *   - keep images and labels in memory that can be read only while a mechanism runs: any other read ends in SIGSEGV;
 *   - with `disturb` (one thread only) take each record's vector a second time, alone where it was in a group, after that
 *     of another record and while all other records are something else and there are fewer of them: it has to be the same,
 *     bit for bit;
 *   - hold what a mechanism releases against the noise that its statement names: each coordinate gets one draw of the
 *     exact sampler at the multiplier of the mechanism, and is then divided by its public batch, bit for bit;
 *   - with `replayed`, run no mechanism, and release what an earlier training's released: whatever differs then comes
 *     from the data beside them. */
#ifndef DPDM_TESTS_WATCHED_H
#define DPDM_TESTS_WATCHED_H

#include "dpdm/dp_step.h"

enum { WATCHED_MOST = 4 };

typedef struct {
    dpdm_dp_mechanism mechanism;
    dpdm_gradient_source source; /* as the training gave it */
    uint64_t runs;
    float *released; /* [runs, source.parameters] */
    int64_t *noised; /* of the run at work: [source.parameters], the sums with their noise */
    uint8_t *drawn;  /* and how often each coordinate got noise */
} watched_mechanism;

typedef struct watched_training {
    watched_mechanism mechanisms[WATCHED_MOST]; /* in the order in which they were made */
    size_t count;
    uint64_t data_sets;  /* that were opened */
    uint64_t noise_else; /* calls that drew noise outside a mechanism */
    uint64_t bare;       /* coordinates released without noise, or with more than one draw: must be 0 */
    uint64_t off;        /* coordinates whose noise is not that of the exact sampler: must be 0 */
    uint64_t rescaled;   /* released values that are not the noised sum in units of clip / batch: must be 0 */
    int disturb;
    const struct watched_training *replayed;
    uint64_t vectors, differing; /* that were taken twice; that came out otherwise then */
} watched_training;

extern watched_training watched;

/* Forgets all of it, before a training and after a test. */
void watched_clear(void);
/* Gives it away instead: for watched_free. */
watched_training watched_take(void);
void watched_free(watched_training *training);

#endif
