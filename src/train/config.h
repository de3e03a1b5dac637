/* config.h - the one table of training options. */
#ifndef DPDM_TRAIN_CONFIG_H
#define DPDM_TRAIN_CONFIG_H

#include "base/machine.h"
#include "base/options.h"
#include "dpdm/train.h"

/* One table of rows over dpdm_train_config: flags, keys of YAML files, the JSON of run folders and releases. Rows of
 * diffusion models come first, then those that all tasks share, then those of classifiers; a task's own table is the part
 * that it reads. */
extern const dpdm_option_table dpdm_train_option_table, dpdm_classifier_option_table;
const dpdm_option_table *dpdm_train_options(const dpdm_train_config *config);

/* Beside the flags of options.h: the option decides the result, so a resumed run must have the same value. */
enum { DPDM_TRAIN_IDENTITY = 1 << 16 };

/* The values that need no data and no network to be checked. */
dpdm_status dpdm_train_config_check(const dpdm_train_config *config, dpdm_error *err);

/* dpdm_train_plan_make for a run on that machine. */
dpdm_status dpdm_train_plan_on(const dpdm_machine *machine, const dpdm_train_config *wanted, dpdm_train_plan *plan,
                               dpdm_error *err);

/* Threads, chunk, kernel set, memory and size of the network of a checked config: a part of the plan. */
dpdm_status dpdm_train_plan_network(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);

/* What the network is, settings and public facts together. */
dpdm_network_description dpdm_train_network(const dpdm_train_config *config);

/* BLAKE2b of all that decides the result: the identity options and the figures of the plan. */
dpdm_status dpdm_train_digest(const dpdm_train_config *config, const dpdm_train_plan *plan, uint8_t digest[32],
                              dpdm_error *err);

/* The public config as JSON: what RUN/config.json and the release hold; *json is malloc'ed. */
dpdm_status dpdm_train_public_json(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                   dpdm_error *err);

#endif
