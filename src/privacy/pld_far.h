/* pld_far.h - frequencies near .. count - 1 of a wave, all at once. */
#ifndef DPDM_PRIVACY_PLD_FAR_H
#define DPDM_PRIVACY_PLD_FAR_H

#include "privacy/pld_tilt.h"

/* DPDM_ERANGE if it takes more than DPDM_PLD_NODES_MAX nodes. */
dpdm_status dpdm_pld_far_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err);

#endif
