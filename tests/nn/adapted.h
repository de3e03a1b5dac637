/* adapted.h - see adapted.c. */
#ifndef TESTS_NN_ADAPTED_H
#define TESTS_NN_ADAPTED_H

#include "dpdm/network.h"

/* Inputs "x" [N,8,12,2] and "condition" [N,8,12,3], outputs "mean" and "log_variance" [N,8,12,2]. frozen 0: all is trained. */
dpdm_status adapted_create(int frozen, dpdm_network **network, dpdm_error *err);

#endif
