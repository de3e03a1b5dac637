/* values.h - what the pixels of a data set are like, for a person who looks before training. */
#ifndef DPDM_DATA_VALUES_H
#define DPDM_DATA_VALUES_H

#include "dpdm/dataset.h"

dpdm_status dpdm_values_measure(const dpdm_dataset *data, dpdm_values *values, dpdm_error *err);

#endif
