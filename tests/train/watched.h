/* watched.h - trainings under watch: the linker puts the functions of watched.c in the place of those through which a
 * training opens its data, runs mechanisms and draws noise (tests/train/CMakeLists.txt). They pass everything on, and
 *
 *   - write down each mechanism, how often it ran and what it released;
 *   - keep images and labels in memory that can be read only while a mechanism runs: any other read ends in SIGSEGV;
 *   - with `disturb` (one thread only) take each record's vector a second time, after that of another record and while all
 *     other records are something else and there are fewer of them: it has to be the same, bit for bit. */
#ifndef DPDM_TESTS_WATCHED_H
#define DPDM_TESTS_WATCHED_H

#include "dpdm/dp_step.h"

enum { WATCHED_MOST = 4 };

typedef struct {
    dpdm_dp_mechanism mechanism;
    dpdm_gradient_source source; /* as the training gave it */
    uint64_t runs;
    float *released; /* [runs, source.parameters] */
} watched_mechanism;

typedef struct {
    watched_mechanism mechanisms[WATCHED_MOST]; /* in the order in which they were made */
    size_t count;
    int running;         /* a mechanism is at work */
    uint64_t data_sets;  /* that were opened */
    uint64_t noise_else; /* calls that drew noise outside a mechanism */
    int disturb;
    uint64_t vectors, differing; /* that were taken twice; that came out otherwise then */
} watched_training;

extern watched_training watched;

/* Forgets all of it, before a training and after a test. */
void watched_clear(void);

#endif
