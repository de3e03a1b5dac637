/* config.h - the one table of training options. */
#ifndef DPDM_TRAIN_CONFIG_H
#define DPDM_TRAIN_CONFIG_H

#include "base/options.h"
#include "dpdm/train.h"

/* Rows over dpdm_train_config: flags of `dpdm train`, keys of its YAML file, the JSON of run folders and releases. */
extern const dpdm_option_table dpdm_train_option_table;

/* Beside the flags of options.h: the option decides the result, so a resumed run must have the same value. */
enum { DPDM_TRAIN_IDENTITY = 1 << 16 };

/* Fills in what is left to dpdm (0): the batch, from the rate where records is public, else 4096; the epochs, 300, where
 * steps is 0 too. */
void dpdm_train_config_settle(dpdm_train_config *config);

/* The values that need no data and no network to be checked. */
dpdm_status dpdm_train_config_check(const dpdm_train_config *config, dpdm_error *err);

/* Rate, steps, batch, noise, events and bound of a checked config: the part of the plan that asks for no network. */
dpdm_status dpdm_train_plan_privacy(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);

/* Threads, chunk, kernel set, memory and size of the network of a checked config: the other part. */
dpdm_status dpdm_train_plan_network(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);

/* config->unet with the public facts filled in. */
dpdm_unet_config dpdm_train_unet(const dpdm_train_config *config);

/* BLAKE2b of all that decides the result: the identity options and the figures of the plan. */
dpdm_status dpdm_train_digest(const dpdm_train_config *config, const dpdm_train_plan *plan, uint8_t digest[32],
                              dpdm_error *err);

/* The public config as JSON: what RUN/config.json and the release hold; *json is malloc'ed. */
dpdm_status dpdm_train_public_json(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                   dpdm_error *err);

#endif
