/* pld_near.h - frequencies 0 .. near - 1 of a wave, each summed directly. */
#ifndef DPDM_PRIVACY_PLD_NEAR_H
#define DPDM_PRIVACY_PLD_NEAR_H

#include "privacy/pld_tilt.h"

/* DPDM_ERANGE if it takes more than DPDM_PLD_NODES_MAX nodes. */
dpdm_status dpdm_pld_near_run(const dpdm_pld_tilt *tilt, size_t near, dpdm_pld_wave *wave, dpdm_error *err);

#endif
