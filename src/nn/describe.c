/* describe.c - from the description of a network to its builder. */
#include "nn/unet.h"

dpdm_status dpdm_network_create(const dpdm_network_description *description, dpdm_network **network, dpdm_error *err)
{
    switch (description->kind) {
    case DPDM_NETWORK_UNET:
        return dpdm_network_unet(description, network, err);
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "no kind of network has the number %d", (int)description->kind);
}
