/* unit_pool.c - catches tasks that are lost, done twice, or run before the last round ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/pool.h"

enum { TASKS = 1000 };

typedef struct {
    int done[TASKS], worker_count;
} record;

static void mark(void *context, int worker, uint64_t index)
{
    record *r = context;
    r->done[index]++;
    if (worker < 0 || worker >= r->worker_count)
        r->done[index] = -1000000;
}

static void mark_own(void *context, int worker, uint64_t index)
{
    mark(context, (uint64_t)worker == index ? worker : -1, index);
}

static void each_task_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        dpdm_pool *pool;
        assert_int_equal(dpdm_pool_create(threads, &pool, NULL), DPDM_OK);
        assert_int_equal(dpdm_pool_threads(pool), threads);
        static record r;
        memset(&r, 0, sizeof r);
        r.worker_count = threads;
        for (int round = 0; round < 50; round++)
            dpdm_pool_run(pool, round % 2 ? TASKS : 0, mark, &r);
        for (int i = 0; i < TASKS; i++)
            assert_int_equal(r.done[i], 25);
        dpdm_pool_destroy(pool);
    }
}

static void each_worker_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        dpdm_pool *pool;
        assert_int_equal(dpdm_pool_create(threads, &pool, NULL), DPDM_OK);
        static record r;
        memset(&r, 0, sizeof r);
        r.worker_count = threads;
        for (int round = 0; round < 50; round++) {
            dpdm_pool_each(pool, mark_own, &r);
            dpdm_pool_run(pool, 0, mark, &r);
        }
        for (int i = 0; i < threads; i++)
            assert_int_equal(r.done[i], 50);
        dpdm_pool_destroy(pool);
    }
}

static void note_mask(void *context, int worker, uint64_t index)
{
    sigset_t *masks = context;
    (void)index;
    pthread_sigmask(SIG_SETMASK, NULL, &masks[worker]);
}

static void workers_leave_signals_to_their_maker(void **state)
{
    (void)state;
    sigset_t masks[3], now;
    dpdm_pool *pool;
    assert_int_equal(dpdm_pool_create(3, &pool, NULL), DPDM_OK);
    dpdm_pool_each(pool, note_mask, masks);
    dpdm_pool_destroy(pool);
    pthread_sigmask(SIG_SETMASK, NULL, &now);
    const int signals[] = {SIGINT, SIGTERM, SIGALRM, SIGUSR1, SIGPIPE};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        assert_int_equal(sigismember(&masks[1], signals[i]), 1);
        assert_int_equal(sigismember(&masks[2], signals[i]), 1);
        assert_int_equal(sigismember(&masks[0], signals[i]), sigismember(&now, signals[i]));
        assert_int_equal(sigismember(&now, signals[i]), 0);
    }
}

static void refuses_absurd_counts(void **state)
{
    (void)state;
    dpdm_pool *pool;
    dpdm_error err;
    assert_int_equal(dpdm_pool_create(-1, &pool, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_pool_create(1 << 20, &pool, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_pool_create(0, &pool, &err), DPDM_OK);
    assert_true(dpdm_pool_threads(pool) >= 1);
    dpdm_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_task_once), cmocka_unit_test(each_worker_once),
                                       cmocka_unit_test(workers_leave_signals_to_their_maker),
                                       cmocka_unit_test(refuses_absurd_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
