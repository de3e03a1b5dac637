/* task.c - the list of tasks. */
#include "train/task.h"

const dpdm_task *dpdm_task_of(const dpdm_train_config *config)
{
    static const dpdm_task *const tasks[] = {
        [DPDM_TASK_DIFFUSION] = &dpdm_task_diffusion, [DPDM_TASK_CLASSIFIER] = &dpdm_task_classifier};
    return tasks[(unsigned)config->task < DPDM_TASKS ? config->task : DPDM_TASK_DIFFUSION];
}
