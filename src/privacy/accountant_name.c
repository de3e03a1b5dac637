/* accountant_name.c - what an accountant is called, for those that accountants themselves use. */
#include "dpdm/accountant.h"

const char *dpdm_accountant_name(dpdm_accountant accountant)
{
    switch (accountant) {
    case DPDM_ACCOUNTANT_PLD:
        return "pld";
    case DPDM_ACCOUNTANT_RDP:
        return "rdp";
    }
    return "unknown";
}
