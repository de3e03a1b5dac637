/* records.h - the records of a training, checked against what its config states. */
#ifndef DPDM_TRAIN_RECORDS_H
#define DPDM_TRAIN_RECORDS_H

#include "dpdm/dataset.h"
#include "dpdm/train.h"

/* Opens the config's data, or copies those in memory, and leaves out what is beyond the cap of its owner (owner.h).
 * reading: its watch and context are used; NULL: unwatched. DPDM_EFORMAT where the data contradict a stated fact, the number
 * of records included. */
dpdm_status dpdm_train_records(const dpdm_train_config *config, const dpdm_reading *reading, dpdm_dataset *data,
                               dpdm_error *err);

#endif
