/* preview.c - grids of samples while training goes on. */
#include "train/preview.h"

#include "train/config.h"

enum { PREVIEW_COLUMNS = 10, PREVIEW_ROWS = 4, PREVIEW_STEPS = 12, PREVIEW_MOST = 20, PREVIEW_PIXELS = 720 };

static int preview_columns(const dpdm_train_config *config)
{
    return config->classes < PREVIEW_COLUMNS ? config->classes : PREVIEW_COLUMNS;
}

uint64_t dpdm_preview_interval(const dpdm_train_config *config, const dpdm_train_plan *plan)
{
    if (config->no_preview)
        return 0;
    if (config->preview_every)
        return config->preview_every;
    /* A forward pass is a third of a draw's forward and backward. */
    double one = (double)preview_columns(config) * PREVIEW_ROWS * PREVIEW_STEPS / 3;
    double all = (double)plan->steps * plan->batch * config->multiplicity;
    double number = 0.01 * all / one;
    if (number < 1)
        return 0;
    if (number > PREVIEW_MOST)
        number = PREVIEW_MOST;
    return (uint64_t)((double)plan->steps / number) + 1;
}

dpdm_status dpdm_preview_write(const dpdm_train_config *config, const dpdm_train_plan *plan, const dpdm_model *model,
                               const dpdm_key *key, const char *path, dpdm_error *err)
{
    int columns = preview_columns(config);
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
    sampler.steps = PREVIEW_STEPS;
    dpdm_dataset samples = {0};
    dpdm_status status = dpdm_model_sample(model, &sampler, key, (uint64_t)columns * PREVIEW_ROWS, -1, plan->threads,
                                           NULL, NULL, &samples, err);
    if (!status) {
        int scale = PREVIEW_PIXELS / (columns * config->width);
        status = dpdm_grid_png_write(&samples, columns, scale < 1 ? 1 : scale, path, 1, err);
    }
    dpdm_dataset_destroy(&samples);
    return status;
}
