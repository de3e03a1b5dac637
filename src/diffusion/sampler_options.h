/* sampler_options.h - the options of a dpdm_sampler. */
#ifndef DPDM_DIFFUSION_SAMPLER_OPTIONS_H
#define DPDM_DIFFUSION_SAMPLER_OPTIONS_H

#include "base/options.h"
#include "dpdm/sampler.h"

extern const dpdm_option_table dpdm_sampler_option_table;
/* Fills a dpdm_sampler. */
void dpdm_sampler_option_defaults(void *sampler);

#endif
