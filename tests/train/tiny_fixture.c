/* tiny_fixture.c - see tiny_fixture.h. */
#include "train/tiny_fixture.h"

#include <stdlib.h>

tiny_place tiny_here;

int tiny_setup(void **state)
{
    (void)state;
    tiny_place_create(&tiny_here);
    return 0;
}

int tiny_teardown(void **state)
{
    (void)state;
    tiny_place_destroy(&tiny_here);
    return 0;
}

dpdm_train_config tiny_prior_config(void)
{
    dpdm_train_config config = tiny_config(&tiny_here);
    config.prior_means_noise = 3;
    config.prior_covariance_noise = 5;
    config.prior_class_noise = 4;
    config.prior_rank = 4;
    return config;
}

void tiny_run(const dpdm_train_config *config)
{
    size_t size;
    free(tiny_train(config, &size));
}
