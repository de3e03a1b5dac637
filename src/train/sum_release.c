/* sum_release.c - see sum_release.h. */
#include "train/sum_release.h"

dpdm_status dpdm_sum_release_run(const dpdm_sum_release *release, const dpdm_key *key, int threads, float *sum,
                                 dpdm_error *err)
{
    const dpdm_dataset *data = release->data;
    const dpdm_dp_mechanism mechanism = {.grid = {sizeof(dpdm_grid), release->clip, release->grid_bits},
                                         .noise_multiplier = release->noise_multiplier,
                                         .rate = {.all = 1},
                                         .batch = 1}; /* the sum itself is released */
    const dpdm_gradient_source source = {.context = release->context,
                                         .parameters = release->size,
                                         .records = data->count,
                                         .left_out = data->left_out,
                                         .vectors = release->vectors};
    dpdm_dp_step *step = NULL;
    dpdm_status status = dpdm_dp_step_create(&mechanism, &source, key, threads, &step, err);
    if (!status)
        status = dpdm_dp_step_run(step, 0, NULL, NULL, sum, NULL, err);
    dpdm_dp_step_destroy(step);
    return status;
}
