/* ledger_place.h - whether a folder can hold a ledger. */
#ifndef DPDM_PRIVACY_LEDGER_PLACE_H
#define DPDM_PRIVACY_LEDGER_PLACE_H

#include "dpdm/status.h"

/* The name of a file system shared by machines, by the type that statfs gives; NULL for any other. Write-ahead logs need
 * shared memory, which stops at the machine, and file locks there may be kept by one machine only: two processes could
 * overspend. */
const char *dpdm_ledger_place_network(unsigned long type);

/* Makes an empty file of mode 0600 if there is none and `create`. DPDM_ENOENT: there is none. DPDM_EFORMAT: a folder or
 * device. DPDM_EUNSUPPORTED: on a network file system. */
dpdm_status dpdm_ledger_place_prepare(const char *path, int create, dpdm_error *err);

/* Whether a ledger is to be read as a file that nobody changes, because it or its folder may not be written here (read-only
 * media, a backup) and nobody has it open. DPDM_EUNSUPPORTED where that would miss entries, which still stand in its log. */
dpdm_status dpdm_ledger_place_fixed(const char *path, int *fixed, dpdm_error *err);

#endif
