/* unit_file.c - catches half-written files, silent overwriting, and reads past the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dirent.h>

#include "base/file.h"

static char folder[64];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/dpdm-file-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static int entries(void)
{
    int n = 0;
    DIR *dir = opendir(".");
    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static void writes_and_reads_back(void **state)
{
    (void)state;
    dpdm_error err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(dpdm_file_write("a", "hello", 5, 0, 0600, &err), DPDM_OK);
    struct stat info;
    assert_int_equal(stat("a", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(dpdm_file_read("a", 5, &data, &size, &err), DPDM_OK);
    assert_int_equal(size, 5);
    assert_string_equal((char *)data, "hello");
    free(data);
}

static void refuses_to_overwrite(void **state)
{
    (void)state;
    dpdm_error err = {0};
    assert_int_equal(dpdm_file_write("b", "1", 1, 0, 0644, &err), DPDM_OK);
    assert_int_equal(dpdm_file_write("b", "2", 1, 0, 0644, &err), DPDM_EEXIST);
    assert_non_null(strstr(err.message, "--overwrite"));
    assert_int_equal(dpdm_file_write("b", "2", 1, 1, 0644, &err), DPDM_OK);
}

static void refuses_long_missing_and_folder(void **state)
{
    (void)state;
    dpdm_error err = {0};
    uint8_t *data;
    size_t size;
    assert_int_equal(dpdm_file_write("c", "123456", 6, 0, 0644, &err), DPDM_OK);
    assert_int_equal(dpdm_file_read("c", 5, &data, &size, &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_file_read("none", 5, &data, &size, &err), DPDM_ENOENT);
    assert_int_equal(dpdm_file_read(".", 5, &data, &size, &err), DPDM_EFORMAT);
    assert_int_equal(dpdm_file_write("c/d", "1", 1, 0, 0644, &err), DPDM_EIO);
    assert_int_equal(dpdm_folder_create("c/d", &err), DPDM_EIO);
    assert_int_equal(dpdm_folder_create("c", &err), DPDM_EIO);
    assert_int_equal(dpdm_folder_create("x/y/z", &err), DPDM_OK);
    assert_int_equal(dpdm_folder_create("x/y/z", &err), DPDM_OK);
}

static void full_disk_leaves_nothing(void **state)
{
    (void)state;
    dpdm_error err = {0};
    static char big[100000];
    struct rlimit old, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){1000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    int before = entries();
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    dpdm_status status = dpdm_file_write("full", big, sizeof big, 0, 0644, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, DPDM_EIO);
    assert_int_equal(entries(), before);
}

static void abandon_leaves_nothing(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_file_writer writer;
    int before = entries();
    assert_int_equal(dpdm_file_begin(&writer, "gone", 0, 0644, &err), DPDM_OK);
    fputs("half", writer.stream);
    assert_int_not_equal(access("gone", F_OK), 0);
    dpdm_file_abandon(&writer);
    assert_int_equal(entries(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_back),           cmocka_unit_test(refuses_to_overwrite),
        cmocka_unit_test(refuses_long_missing_and_folder), cmocka_unit_test(full_disk_leaves_nothing),
        cmocka_unit_test(abandon_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
