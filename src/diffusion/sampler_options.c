/* sampler_options.c - how to sample, by name and text. */
#include "diffusion/sampler_options.h"

#define AT(field) offsetof(dpdm_sampler, field)

static const char how_group[] = "How";
static const char *const sampler_choices[] = {"ddim", "ddim-stochastic", "heun", "euler-maruyama", NULL};

static const dpdm_option rows[] = {
    {.name = "sampler",
     .type = DPDM_OPTION_CHOICE,
     .offset = AT(kind),
     .choices = sampler_choices,
     .metavar = "NAME",
     .group = how_group,
     .help = "method; heun costs twice as much a step"},
    {.name = "steps",
     .type = DPDM_OPTION_INT,
     .offset = AT(steps),
     .min = 2,
     .max = 100000,
     .metavar = "N",
     .group = how_group,
     .help = "number of noise levels"},
    {.name = "churn",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(churn),
     .max = 1e6,
     .metavar = "X",
     .group = how_group,
     .help = "heun: how much fresh noise is added, over all steps; 0: none"},
    {.name = "churn-min",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(churn_min),
     .max = 1e6,
     .metavar = "X",
     .group = how_group,
     .help = "heun: lowest noise level at which noise is added"},
    {.name = "churn-max",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(churn_max),
     .max = 1e6,
     .metavar = "X",
     .group = how_group,
     .help = "heun: highest noise level at which noise is added"},
    {.name = "churn-noise",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(churn_noise),
     .max = 10,
     .metavar = "X",
     .group = how_group,
     .help = "heun: scale of the added noise"},
    {.name = "t-min",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(t_min),
     .min = 1e-6,
     .max = 1e6,
     .metavar = "X",
     .group = how_group,
     .help = "lowest noise level, in pixel units of [-1, 1]"},
    {.name = "t-max",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(t_max),
     .min = 1e-6,
     .max = 1e6,
     .metavar = "X",
     .group = how_group,
     .help = "highest noise level, where sampling starts"},
    {.name = "guidance",
     .type = DPDM_OPTION_DOUBLE,
     .offset = AT(guidance),
     .max = 1000,
     .metavar = "G",
     .group = how_group,
     .help = "classifier-free guidance: (1+G) D(x, label) - G D(x, none); doubles the work unless 0"},
};
const dpdm_option_table dpdm_sampler_option_table = {rows, sizeof rows / sizeof *rows};

void dpdm_sampler_option_defaults(void *sampler)
{
    *(dpdm_sampler *)sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
}
