/* grid.h - a caller's grid, whole. */
#ifndef DPDM_PRIVACY_GRID_H
#define DPDM_PRIVACY_GRID_H

#include "dpdm/gaussian.h"

/* The caller's grid with defaults for what its struct does not have, checked: DPDM_ERANGE. */
dpdm_status dpdm_grid_read(const dpdm_grid *given, dpdm_grid *grid, dpdm_error *err);

#endif
