/* pool.h - a few worker threads that share out numbered tasks.
 *
 * dpdm_pool_run calls task(context, worker, i) once for each i in [0, count), on `threads` workers, and returns when all
 * are done. Which worker gets which i is not fixed, so a task may write only to places that belong to i or to `worker`.
 * A worker is an ordinary thread: what a task calls must not start threads of its own. */
#ifndef DPDM_BASE_POOL_H
#define DPDM_BASE_POOL_H

#include <stdint.h>
#include "dpdm/status.h"

typedef struct dpdm_pool dpdm_pool;
typedef void (*dpdm_task_fn)(void *context, int worker, uint64_t index);

/* threads: 0 for as many as the process may use (machine.h). Workers block all signals: these come to the thread that made
 * the pool. */
dpdm_status dpdm_pool_create(int threads, dpdm_pool **out, dpdm_error *err);
void dpdm_pool_destroy(dpdm_pool *pool);
int dpdm_pool_threads(const dpdm_pool *pool);
void dpdm_pool_run(dpdm_pool *pool, uint64_t count, dpdm_task_fn task, void *context);
/* Calls task(context, worker, worker) on each worker, once: for memory that a worker should be the first to touch. */
void dpdm_pool_each(dpdm_pool *pool, dpdm_task_fn task, void *context);

#endif
