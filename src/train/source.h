/* source.h - gradients of a task's loss, record by record: the gradient source of all trainings. */
#ifndef DPDM_TRAIN_SOURCE_H
#define DPDM_TRAIN_SOURCE_H

#include "dpdm/dp_step.h"
#include "train/task.h"

typedef struct dpdm_task_source dpdm_task_source;

/* Network, weights and one workspace a thread, as the plan says. config and data (which may be NULL where only memory
 * is asked for) must outlive it. */
dpdm_status dpdm_task_source_create(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                    const dpdm_dataset *data, dpdm_task_source **source, dpdm_error *err);
void dpdm_task_source_destroy(dpdm_task_source *source);

dpdm_network *dpdm_task_source_network(dpdm_task_source *source);
/* Images of one pass. */
int dpdm_task_source_group(const dpdm_task_source *source);
/* Bytes of what all workers share, and of what each has of its own. */
uint64_t dpdm_task_source_shared_bytes(const dpdm_task_source *source);
uint64_t dpdm_task_source_worker_bytes(const dpdm_task_source *source);
/* Gives the task what was released before the steps (task.h), for all gradients from now on; it must outlive the source. */
void dpdm_task_source_released(dpdm_task_source *source, float *released);
/* From now on writes the loss of each record whose gradient is taken to losses[record], which is PRIVATE; NULL: no more.
 */
void dpdm_task_source_watch(dpdm_task_source *source, double *losses);
/* The weights that the next gradients use: all of them, and those alone that are trained, [dpdm_network_trained]. */
void dpdm_task_source_load(dpdm_task_source *source, const float *params);
void dpdm_task_source_load_trained(dpdm_task_source *source, const float *trained);
/* As dp_step.h wants it: of what is trained. */
dpdm_gradient_source dpdm_task_source_gradients(dpdm_task_source *source);
/* From now on the record holds another image, [H,W,C], which may hold any values; for audits. NULL: its own again. */
void dpdm_task_source_replace(dpdm_task_source *source, uint64_t record, const float *image);
/* The gradient, [dpdm_network_trained], of one image that is not a record: [H,W,C] in [-1, 1]. */
void dpdm_task_source_image(dpdm_task_source *source, int worker, const float *image, int label, dpdm_stream *stream,
                            float *gradient);

/* A digest of one gradient of random numbers at random weights (overwrites the loaded weights), and of what it adds to a
 * sum: two machines that agree in it round alike. The noise is made in integers. */
dpdm_status dpdm_task_source_fingerprint(dpdm_task_source *source, uint8_t digest[32], dpdm_error *err);

#endif
