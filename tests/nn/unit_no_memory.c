/* unit_no_memory.c - building networks, weights and workspaces when the n-th allocation fails, for every n: always
 * DPDM_ENOMEM with a message, never a crash, nothing left behind (linked with --wrap for the allocators). */
#include "nn/check.h"
#include "nn/presets.h"

static long countdown = -1; /* allocations left before one fails; -1: none fails */
static long live;           /* blocks allocated and not freed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
void __wrap_free(void *memory);

static int fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

static void *counted(void *memory)
{
    live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    return old ? __real_realloc(old, size) : counted(__real_malloc(size));
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return fails() ? NULL : counted(__real_aligned_alloc(align, size));
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* Everything a training thread needs, made and destroyed. */
static dpdm_status make_all(const char *name, dpdm_error *err)
{
    dpdm_network *net = NULL;
    dpdm_weights *weights = NULL;
    dpdm_workspace *work = NULL;
    dpdm_status status = preset_create(preset_find(name), &net, err);
    if (!status)
        status = dpdm_weights_create(net, 2, 1, "plain", &weights, err);
    if (!status)
        status = dpdm_workspace_create(weights, &work, err);
    dpdm_workspace_destroy(work);
    dpdm_weights_destroy(weights);
    dpdm_network_destroy(net);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    static const char *const names[] = {"small", "cnn"};
    for (int i = 0; i < 2; i++) {
        dpdm_status status = DPDM_ENOMEM;
        long n = 0;
        for (; status; n++) {
            dpdm_error err = {DPDM_OK, ""};
            const long before = live;
            countdown = n;
            status = make_all(names[i], &err);
            countdown = -1;
            assert_int_equal(live, before);
            assert_true(!status || (status == DPDM_ENOMEM && strlen(err.message) > 10));
            assert_int_equal(err.status, status);
        }
        assert_true(n > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
