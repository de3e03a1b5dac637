/* accountant_name.c - what accountants are called: the one list of names. */
#include "dpdm/accountant.h"

#include <string.h>

const char *const dpdm_accountant_choices[] = {
    [DPDM_ACCOUNTANT_PLD] = "pld",
    [DPDM_ACCOUNTANT_RDP] = "rdp",
    [DPDM_ACCOUNTANTS] = NULL,
};

const char *dpdm_accountant_name(dpdm_accountant accountant)
{
    return (unsigned)accountant < DPDM_ACCOUNTANTS ? dpdm_accountant_choices[accountant] : "unknown";
}

int dpdm_accountant_find(const char *name, dpdm_accountant *accountant)
{
    for (int i = 0; i < DPDM_ACCOUNTANTS; i++)
        if (strcmp(name, dpdm_accountant_choices[i]) == 0) {
            *accountant = (dpdm_accountant)i;
            return 1;
        }
    return 0;
}
