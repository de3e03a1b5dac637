/* unit_file_race.c - no file that came into being meanwhile is replaced, also where the file system knows no RENAME_NOREPLACE. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

static char folder[] = "/tmp/dpdm-race-XXXXXX", path[64];
static int refusal; /* errno of a file system without it; 0: this one's answer */
static int asked, fail_rename;

/* In place of the C library's. */
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    asked += flags != 0;
    errno = refusal;
    return refusal && flags ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to)
{
    errno = EIO;
    return fail_rename ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_holds(const char *text)
{
    char found[32] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(!fgets(found, sizeof found, file) == !*text);
    fclose(file);
    assert_string_equal(found, text);
}

/* meanwhile: what somebody else puts there between begin and commit; NULL: nobody does. */
static dpdm_status write_new(const char *meanwhile, dpdm_error *err)
{
    dpdm_file_writer writer;
    assert_int_equal(dpdm_file_begin(&writer, path, 0, DPDM_FILE_SHARED, err), DPDM_OK);
    fputs("mine", writer.stream);
    if (meanwhile)
        put(meanwhile);
    return dpdm_file_commit(&writer, err);
}

static void what_came_meanwhile_stays(void **state)
{
    (void)state;
    static const int refusals[] = {0, EINVAL, ENOSYS};
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        dpdm_error err = {0};
        refusal = refusals[i];
        asked = 0;
        unlink(path);
        assert_int_equal(write_new(NULL, &err), DPDM_OK);
        assert_holds("mine");
        unlink(path);
        assert_int_equal(write_new("theirs", &err), DPDM_EEXIST);
        assert_non_null(strstr(err.message, "came into being"));
        assert_holds("theirs");
        assert_int_equal(asked, 2);
        unlink(path);
        assert_int_equal(rmdir(folder), 0); /* nothing else is left */
        assert_int_equal(mkdir(folder, 0700), 0);
    }
}

/* The place is held by an empty file, which goes if the name cannot be taken after all. */
static void a_place_held_in_vain_is_given_back(void **state)
{
    (void)state;
    dpdm_error err = {0};
    refusal = EINVAL;
    fail_rename = 1;
    assert_int_equal(write_new(NULL, &err), DPDM_EIO);
    fail_rename = 0;
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(mkdir(folder, 0700), 0);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/file", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_meanwhile_stays),
        cmocka_unit_test(a_place_held_in_vain_is_given_back),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
