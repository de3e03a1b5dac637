/* pool.c - worker threads over one shared counter of tasks. */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/machine.h"

struct dpdm_pool {
    int threads;
    pthread_t *handles; /* threads - 1: the caller of dpdm_pool_run is worker 0 */
    pthread_mutex_t lock;
    pthread_cond_t wake, idle;
    uint64_t generation; /* counts runs; a worker sleeps until it changes */
    int busy;            /* workers that have not finished the current run */
    int stopping;
    dpdm_task_fn task;
    void *context;
    uint64_t count;
    int each; /* one task for each worker, whatever the counter says */
    atomic_uint_fast64_t next;
};

typedef struct {
    dpdm_pool *pool;
    int worker;
} pool_worker;

static void pool_work(dpdm_pool *pool, int worker)
{
    uint64_t i;
    if (pool->each)
        pool->task(pool->context, worker, (uint64_t)worker);
    else
        while ((i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed)) < pool->count)
            pool->task(pool->context, worker, i);
}

static void *pool_thread(void *argument)
{
    pool_worker *self = argument;
    dpdm_pool *pool = self->pool;
    int worker = self->worker;
    uint64_t seen = 0;
    free(self);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stopping && pool->generation == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->stopping)
            break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->lock);
        pool_work(pool, worker);
        pthread_mutex_lock(&pool->lock);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->idle);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void pool_stop(dpdm_pool *pool, int started)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < started; i++)
        pthread_join(pool->handles[i], NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool->handles);
    free(pool);
}

static int pool_start_worker(dpdm_pool *pool, int worker)
{
    pool_worker *self = malloc(sizeof *self);
    if (!self)
        return -1;
    *self = (pool_worker){pool, worker};
    /* Signals are for the thread that started the pool, whose program may have handlers that expect it. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(&pool->handles[worker - 1], NULL, pool_thread, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(self);
        return -1;
    }
    return 0;
}

dpdm_status dpdm_pool_create(int threads, dpdm_pool **out, dpdm_error *err)
{
    *out = NULL;
    if (threads < 0 || threads > 4096)
        return dpdm_error_set(err, DPDM_EUSAGE, "threads must lie in 0..4096 (0: all cores), not %d", threads);
    dpdm_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the thread pool");
    pool->threads = threads;
    if (!threads) {
        const dpdm_machine machine = dpdm_machine_read("");
        pool->threads = dpdm_machine_threads(&machine);
    }
    pool->handles = calloc((size_t)pool->threads, sizeof *pool->handles);
    if (!pool->handles) {
        free(pool);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %d threads", threads);
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    for (int i = 1; i < pool->threads; i++)
        if (pool_start_worker(pool, i) != 0) {
            pool_stop(pool, i - 1);
            return dpdm_error_set(err, DPDM_ENOMEM, "cannot start thread %d; try a smaller --threads", i + 1);
        }
    *out = pool;
    return DPDM_OK;
}

void dpdm_pool_destroy(dpdm_pool *pool)
{
    if (pool)
        pool_stop(pool, pool->threads - 1);
}

int dpdm_pool_threads(const dpdm_pool *pool)
{
    return pool->threads;
}

static void pool_go(dpdm_pool *pool, int each, uint64_t count, dpdm_task_fn task, void *context)
{
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = context;
    pool->count = count;
    pool->each = each;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->busy = pool->threads - 1;
    pool->generation++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    pool_work(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void dpdm_pool_run(dpdm_pool *pool, uint64_t count, dpdm_task_fn task, void *context)
{
    pool_go(pool, 0, count, task, context);
}

void dpdm_pool_each(dpdm_pool *pool, dpdm_task_fn task, void *context)
{
    pool_go(pool, 1, 0, task, context);
}
