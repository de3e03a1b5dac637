/* unit_ledger_no_memory.c - using a ledger when the n-th allocation fails, for every n, in dpdm, SQLite and cJSON: always
 * an error with a message or the full result, nothing left behind, and a ledger that is sound and charged once. */
#include "ledger/support.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "ledger/dying_vfs.h"

static long countdown = -1; /* allocations left before one fails; -1: none fails */
static long live;           /* blocks allocated by dpdm and not freed */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void __wrap_free(void *memory);

static int fails(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__wrap_malloc(size_t size)
{
    void *memory = fails() ? NULL : __real_malloc(size);
    live += memory != NULL;
    return memory;
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = fails() ? NULL : __real_calloc(count, size);
    live += memory != NULL;
    return memory;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *memory = fails() ? NULL : __real_realloc(old, size);
    live += memory && !old;
    return memory;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

/* SQLite's and cJSON's allocations come here as well. */
static sqlite3_mem_methods sqlite_methods;

static void *sqlite_malloc(int size)
{
    return fails() ? NULL : sqlite_methods.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return fails() ? NULL : sqlite_methods.xRealloc(old, size);
}

static void *json_malloc(size_t size)
{
    return __wrap_malloc(size);
}

static void hook_all(void)
{
    sqlite3_mem_methods mine;
    cJSON_Hooks hooks = {json_malloc, __wrap_free};
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite_methods), SQLITE_OK);
    mine = sqlite_methods;
    mine.xMalloc = sqlite_malloc;
    mine.xRealloc = sqlite_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &mine), SQLITE_OK);
    cJSON_InitHooks(&hooks);
}

static int count_line(void *context, const char *line)
{
    *(int *)context += line[0] == '{';
    return 0;
}

/* Everything once; what was done in an earlier try is done already. */
static dpdm_status use(const support_place *place, dpdm_error *err)
{
    dpdm_ledger *ledger;
    dpdm_ledger_data_set set = support_data_set("faces", 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_bound spent;
    int lines = 0;
    dpdm_status status = dpdm_ledger_open(place->path, DPDM_LEDGER_CREATE, NULL, &ledger, err);
    if (!status) {
        status = dpdm_ledger_add(ledger, &set, err);
        status = status == DPDM_EEXIST ? DPDM_OK : status;
    }
    if (!status)
        status = dpdm_ledger_reserve(ledger, &request, &receipt, err);
    if (!status)
        status = dpdm_ledger_run(ledger, receipt.id, NULL, err);
    if (!status)
        status = dpdm_ledger_spent(ledger, "faces", &spent, err);
    if (!status)
        status = dpdm_ledger_verify(ledger, NULL, err);
    if (!status)
        status = dpdm_ledger_export(ledger, count_line, &lines, err);
    if (!status)
        assert_int_equal(lines, 4);
    dpdm_ledger_close(ledger);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    const support_place *place = *state;
    long n = 0;
    for (int failed = 1; failed; n += 1 + n / 200) {
        dpdm_error err = {0};
        long before = live;
        countdown = n;
        dpdm_status status = use(place, &err);
        failed = countdown < 0;
        countdown = -1;
        assert_int_equal(live, before);
        if (status) {
            /* cJSON does not tell a text that is not JSON from memory that ran out. */
            if (status != DPDM_ENOMEM && !strstr(err.message, "is not JSON") && !strstr(err.message, "'events'"))
                fail_msg("allocation %ld: %s: %s", n, dpdm_status_name(status), err.message);
            assert_true(strlen(err.message) > 10);
        }
        if (use(place, &err))
            fail_msg("after allocation %ld: %s", n, err.message);
        support_place_clear(place);
    }
    assert_true(n > 300);
}

int main(void)
{
    hook_all();
    dying_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, support_setup, support_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
