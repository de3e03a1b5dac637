/* unet.h - builder of the U-Net, for dpdm_network_create. */
#ifndef DPDM_NN_UNET_H
#define DPDM_NN_UNET_H

#include "dpdm/network.h"

dpdm_status dpdm_network_unet(const dpdm_network_description *description, dpdm_network **network, dpdm_error *err);

#endif
