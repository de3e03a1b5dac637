/* model_prior.c - reads and writes the prior of a model. */
#include "diffusion/model_prior.h"

static const char center_name[] = "prior.center", basis_name[] = "prior.basis", variance_name[] = "prior.variance";
static const char turn_name[] = "prior.class_turn", class_variance_name[] = "prior.class_variance";

size_t dpdm_model_prior_count(const dpdm_safetensors *file)
{
    static const char *const names[MODEL_PRIOR_TENSORS] = {center_name, basis_name, variance_name, turn_name,
                                                           class_variance_name};
    size_t count = 0;
    for (int i = 0; i < MODEL_PRIOR_TENSORS; i++)
        count += dpdm_safetensors_find(file, names[i]) != NULL;
    return count;
}

static void prior_image_shape(const dpdm_network_description *network, uint64_t count, uint64_t shape[4])
{
    shape[0] = count;
    shape[1] = (uint64_t)network->height;
    shape[2] = (uint64_t)network->width;
    shape[3] = (uint64_t)network->channels;
}

static int prior_has_shape(const dpdm_safetensor *tensor, int rank, const uint64_t *shape)
{
    if (!tensor || tensor->rank != rank)
        return 0;
    for (int d = 0; d < rank; d++)
        if (tensor->shape[d] != shape[d])
            return 0;
    return 1;
}

dpdm_status dpdm_model_prior_load(dpdm_model *model, const dpdm_safetensors *file, const char *name, dpdm_error *err)
{
    const dpdm_network_description *shape = &model->description;
    const dpdm_safetensor *center = dpdm_safetensors_find(file, center_name);
    const dpdm_safetensor *basis = dpdm_safetensors_find(file, basis_name);
    const dpdm_safetensor *variance = dpdm_safetensors_find(file, variance_name);
    const dpdm_safetensor *turn = dpdm_safetensors_find(file, turn_name);
    const dpdm_safetensor *class_variance = dpdm_safetensors_find(file, class_variance_name);
    uint64_t centers[4], rows[4], rank = basis && basis->rank == 4 ? basis->shape[0] : 0, values = rank + 1;
    const uint64_t turns[3] = {(uint64_t)shape->classes, rank, rank},
                   class_values[2] = {(uint64_t)shape->classes, rank};
    prior_image_shape(shape, (uint64_t)shape->classes + 1, centers);
    prior_image_shape(shape, rank, rows);
    if (!prior_has_shape(center, 4, centers) || rank > DPDM_PRIOR_RANK_MAX ||
        (basis && (rank == 0 || !prior_has_shape(basis, 4, rows))) || (basis != NULL) != (variance != NULL) ||
        (variance && !prior_has_shape(variance, 1, &values)) || (turn != NULL) != (class_variance != NULL) ||
        (turn && (rank == 0 || !prior_has_shape(turn, 3, turns) || !prior_has_shape(class_variance, 2, class_values))))
        return dpdm_error_set(err, DPDM_EFORMAT,
                              "%s: the prior's tensors are incomplete or have other shapes than the "
                              "config says",
                              name);
    dpdm_status status = dpdm_prior_create(shape->classes, shape->height * shape->width * shape->channels, (int)rank,
                                           &model->prior, err);
    if (status)
        return dpdm_error_prefix(err, status, "%s", name);
    dpdm_safetensor_floats(center, model->prior.center);
    if (rank) {
        dpdm_safetensor_floats(basis, model->prior.basis);
        dpdm_safetensor_floats(variance, model->prior.variance);
    }
    if (turn) {
        status = dpdm_prior_by_class(&model->prior, err);
        if (status)
            return dpdm_error_prefix(err, status, "%s", name);
        dpdm_safetensor_floats(turn, model->prior.class_turn);
        dpdm_safetensor_floats(class_variance, model->prior.class_variance);
    }
    model->denoiser.prior = &model->prior;
    if (dpdm_prior_check(&model->prior, err) || dpdm_denoiser_check(&model->denoiser, err)) {
        if (err)
            err->status = DPDM_EFORMAT;
        return dpdm_error_prefix(err, DPDM_EFORMAT, "%s", name);
    }
    return DPDM_OK;
}

size_t dpdm_model_prior_sources(const dpdm_model *model, dpdm_safetensor_source *sources)
{
    const dpdm_prior *prior = model->denoiser.prior;
    if (!prior)
        return 0;
    sources[0] = (dpdm_safetensor_source){.name = center_name, .rank = 4, .values = prior->center};
    prior_image_shape(&model->description, (uint64_t)prior->classes + 1, sources[0].shape);
    if (!prior->rank)
        return 1;
    sources[1] = (dpdm_safetensor_source){.name = basis_name, .rank = 4, .values = prior->basis};
    prior_image_shape(&model->description, (uint64_t)prior->rank, sources[1].shape);
    sources[2] = (dpdm_safetensor_source){.name = variance_name, .rank = 1, .values = prior->variance};
    sources[2].shape[0] = (uint64_t)prior->rank + 1;
    if (!prior->class_turn)
        return 3;
    const uint64_t classes = (uint64_t)prior->classes, rank = (uint64_t)prior->rank;
    sources[3] = (dpdm_safetensor_source){
        .name = turn_name, .rank = 3, .shape = {classes, rank, rank}, .values = prior->class_turn};
    sources[4] = (dpdm_safetensor_source){
        .name = class_variance_name, .rank = 2, .shape = {classes, rank}, .values = prior->class_variance};
    return MODEL_PRIOR_TENSORS;
}
