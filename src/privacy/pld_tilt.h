/* pld_tilt.h - one pair at one order, its nodes, and the wave of frequencies that both ways of transforming it fill. */
#ifndef DPDM_PRIVACY_PLD_TILT_H
#define DPDM_PRIVACY_PLD_TILT_H

#include "dpdm/status.h"
#include "privacy/pld_pair.h"

/* Most frequencies, and most nodes of a part. */
#define DPDM_PLD_FREQUENCIES_MAX ((size_t)1 << 16)
#define DPDM_PLD_NODES_MAX ((size_t)1 << 21)

/* One pair at one order. */
typedef struct {
    const dpdm_pld_pair *pair;
    double order;
    dpdm_pld_range range;
    dpdm_pld_moment moment; /* its mean is the centre c, exactly */
} dpdm_pld_tilt;

/* phi(k * spacing) - 1 = re[k] + i im[k] to within error[k], k = 0 .. count - 1; k * spacing is exact. */
typedef struct {
    size_t count; /* a power of two */
    double spacing;
    double *re, *im, *error;
} dpdm_pld_wave;

/* The part of one node that both ways need: its loss less c, its weight, and bounds on their errors (the weight's is
 * relative). log_mass: log of sqrt(2 pi) A(order) / step. */
typedef struct {
    double loss, weight, loss_error, weight_error;
} dpdm_pld_node;

dpdm_status dpdm_pld_tilt_create(const dpdm_pld_pair *pair, double order, dpdm_pld_tilt *tilt, dpdm_error *err);
double dpdm_pld_tilt_log_mass(const dpdm_pld_tilt *tilt, double step);
dpdm_pld_node dpdm_pld_tilt_node(const dpdm_pld_tilt *tilt, double u, double log_mass);

/* Frees with dpdm_pld_wave_free (also after a failure). */
dpdm_status dpdm_pld_wave_create(size_t count, double spacing, dpdm_pld_wave *wave, dpdm_error *err);
void dpdm_pld_wave_free(dpdm_pld_wave *wave);

#endif
