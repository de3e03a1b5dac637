/* model_config.h - the part of a model's public config that rebuilds it. */
#ifndef DPDM_DIFFUSION_MODEL_CONFIG_H
#define DPDM_DIFFUSION_MODEL_CONFIG_H

#include "dpdm/denoiser.h"

/* Reads "network" and "denoiser" of a config text strictly: all keys must be there, no others, each in its range.
 * name stands for the file in messages. DPDM_EFORMAT. */
dpdm_status dpdm_model_config_read(const char *json, const char *name, dpdm_network_description *network,
                                   dpdm_denoiser *denoiser, dpdm_error *err);

/* The class names that the config states (key class_names of "training"), malloc'ed; NULL where it states none. DPDM_EFORMAT
 * where they cannot be the names of that many classes. */
dpdm_status dpdm_model_config_class_names(const char *json, const char *name, int classes, char **names,
                                          dpdm_error *err);

#endif
