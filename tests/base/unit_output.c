/* unit_output.c - catches outputs that ignore the umask, replace devices, pipes, folders or links, or take a name that
 * came into being meanwhile; and failures told in the words of another failure. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/output.h"
#include "base/system.h"
#include "base/text.h"

static char folder[64];

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/dpdm-output-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static unsigned mode_of(const char *path)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    return info.st_mode & 0777;
}

static void put(const char *path, const char *text, int overwrite, dpdm_status expected)
{
    dpdm_error err = {0};
    assert_int_equal(dpdm_file_write(path, text, strlen(text), overwrite, DPDM_FILE_SHARED, &err), expected);
    assert_int_equal(err.status, expected);
}

static void assert_holds(const char *path, const char *text)
{
    uint8_t *data;
    size_t size;
    assert_int_equal(dpdm_file_read(path, 100, &data, &size, NULL), DPDM_OK);
    assert_string_equal((char *)data, text);
    free(data);
}

static void the_umask_takes_its_part(void **state)
{
    (void)state;
    static const unsigned masks[] = {022, 077, 0, 027};
    mode_t before = umask(0);
    for (int i = 0; i < 4; i++) {
        umask(masks[i]);
        put("shared", "1", 0, DPDM_OK);
        assert_int_equal(dpdm_file_write("private", "1", 1, 0, DPDM_FILE_PRIVATE, NULL), DPDM_OK);
        assert_int_equal(dpdm_folder_create("made", NULL), DPDM_OK);
        assert_int_equal(mode_of("shared"), 0666 & ~masks[i]);
        assert_int_equal(mode_of("private"), 0600);
        assert_int_equal(mode_of("made"), 0777 & ~masks[i]);
        assert_int_equal(unlink("shared") | unlink("private") | rmdir("made"), 0);
    }
    umask(before);
}

static void a_closed_file_is_not_replaced_by_an_open_one(void **state)
{
    (void)state;
    put("closed", "1", 0, DPDM_OK);
    assert_int_equal(chmod("closed", 0600), 0);
    put("closed", "2", 1, DPDM_OK);
    assert_int_equal(mode_of("closed"), 0600);
}

static void never_replaces_what_is_no_file(void **state)
{
    (void)state;
    assert_int_equal(mkfifo("pipe", 0600) | mkdir("folder", 0700), 0);
    static const char *const names[] = {"/dev/full", "/dev/null", "pipe", "folder"};
    for (int i = 0; i < 4; i++)
        for (int overwrite = 0; overwrite < 2; overwrite++) {
            dpdm_error err = {0};
            put(names[i], "1", overwrite, DPDM_EEXIST);
            assert_int_equal(dpdm_output_check(names[i], DPDM_OUTPUT_FILE, overwrite, &err), DPDM_EEXIST);
            assert_non_null(strstr(err.message, names[i]));
        }
    struct stat info;
    assert_true(stat("/dev/full", &info) == 0 && S_ISCHR(info.st_mode));
    assert_true(stat("pipe", &info) == 0 && S_ISFIFO(info.st_mode));
    assert_true(stat("folder", &info) == 0 && S_ISDIR(info.st_mode));
    assert_int_equal(symlink("/dev/full", "to-device"), 0);
    put("to-device", "1", 1, DPDM_EEXIST);
    assert_int_equal(dpdm_output_check("/dev/full", DPDM_OUTPUT_ANY, 1, NULL), DPDM_EEXIST);
    put("plain", "1", 0, DPDM_OK);
    assert_int_equal(dpdm_output_check("plain", DPDM_OUTPUT_FOLDER, 1, NULL), DPDM_EEXIST);
}

static void links_are_followed(void **state)
{
    (void)state;
    char target[DPDM_OUTPUT_PATH];
    struct stat info;
    assert_int_equal(mkdir("deep", 0700) | symlink("deep/real", "link") | symlink("link", "link2"), 0);
    put("link2", "1", 0, DPDM_OK); /* leads to nothing yet */
    put("link2", "2", 0, DPDM_EEXIST);
    put("link2", "3", 1, DPDM_OK);
    assert_holds("deep/real", "3");
    assert_true(lstat("link", &info) == 0 && S_ISLNK(info.st_mode));
    assert_true(lstat("link2", &info) == 0 && S_ISLNK(info.st_mode));
    assert_true(dpdm_output_same("link2", "./deep/../deep/real"));
    assert_false(dpdm_output_same("link2", "deep/other"));
    assert_int_equal(symlink("round", "round2") | symlink("round2", "round"), 0);
    assert_int_equal(dpdm_output_resolve("round", target, NULL), DPDM_EIO);
    put("round", "1", 1, DPDM_EIO);
}

static void a_name_taken_meanwhile_is_kept(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_file_writer writer;
    assert_int_equal(dpdm_file_begin(&writer, "raced", 0, DPDM_FILE_SHARED, &err), DPDM_OK);
    fputs("mine", writer.stream);
    put("raced", "theirs", 0, DPDM_OK);
    assert_int_equal(dpdm_file_commit(&writer, &err), DPDM_EEXIST);
    assert_holds("raced", "theirs");
    assert_int_not_equal(access(writer.temporary, F_OK), 0);
}

static void places_that_cannot_be_written_are_found_before(void **state)
{
    (void)state;
    dpdm_error err = {0};
    put("a-file", "1", 0, DPDM_OK);
    assert_int_equal(dpdm_output_check("none/x", DPDM_OUTPUT_FILE, 0, &err), DPDM_ENOENT);
    assert_int_equal(dpdm_output_check("a-file/x", DPDM_OUTPUT_FILE, 0, &err), DPDM_EIO);
    assert_int_equal(!dpdm_output_check("/proc/x", DPDM_OUTPUT_ANY, 0, NULL), 0); /* also for root */
    assert_int_equal(dpdm_output_check("", DPDM_OUTPUT_FILE, 0, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_output_check("new", DPDM_OUTPUT_FILE, 0, &err), DPDM_OK);
    assert_int_equal(dpdm_output_check("new/", DPDM_OUTPUT_FOLDER, 0, &err), DPDM_OK);
    assert_int_not_equal(access("new", F_OK), 0);
}

/* What happens between the failed write and the commit must not become its reason. */
static void the_first_failure_is_the_one_told(void **state)
{
    (void)state;
    dpdm_error err = {0};
    dpdm_file_writer writer;
    static char big[100000];
    struct rlimit old, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = (struct rlimit){1000, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(dpdm_file_begin(&writer, "full", 0, DPDM_FILE_SHARED, &err), DPDM_OK);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    fwrite(big, 1, sizeof big, writer.stream);
    assert_int_not_equal(access("no such file", F_OK), 0);
    assert_int_equal(errno, ENOENT);
    dpdm_status status = dpdm_file_commit(&writer, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(status, DPDM_EIO);
    assert_non_null(strstr(err.message, strerror(EFBIG)));
}

static void statuses_and_messages_go_together(void **state)
{
    (void)state;
    dpdm_error err = {0};
    assert_int_equal(dpdm_error_system(&err, ENOENT, "cannot read '%s'", "x"), DPDM_ENOENT);
    assert_int_equal(err.status, DPDM_ENOENT);
    assert_int_equal(dpdm_error_prefix(&err, DPDM_EFORMAT, "model"), DPDM_EFORMAT);
    assert_int_equal(err.status, DPDM_EFORMAT);
    assert_memory_equal(err.message, "model: cannot read 'x': ", 24);
    assert_int_equal(dpdm_error_system(&err, EEXIST, "x"), DPDM_EEXIST);
    assert_int_equal(dpdm_error_system(&err, ENOSPC, "x"), DPDM_EIO);
    assert_int_equal(dpdm_error_system(&err, 0, "x"), DPDM_EIO);
    assert_null(strstr(err.message, "Success"));
}

static void text_from_outside_is_made_safe(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\033[31mred\033[0m", "?[31mred?[0m"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82"},
        {"caf\xe9", "caf?"},
        {"\xc2\x9b"
         "31m",
         "??31m"},                                     /* CSI as one character */
        {"\xc0\xaf \xe0\x80\xaf", "?? ???"},           /* too long for what they say */
        {"\xed\xa0\x80 \xf4\x90\x80\x80", "??? ????"}, /* a surrogate; beyond the last character */
        {"cut \xe2\x82", "cut ??"},
        {"a\x7f\b\r", "a???"},
        {"tab\tline\n", "tab\tline\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        dpdm_error err = {0};
        strcpy(text, cases[i][0]);
        dpdm_text_clean(text);
        assert_string_equal(text, cases[i][1]);
        dpdm_error_set(&err, DPDM_EIO, "%s", cases[i][0]);
        assert_string_equal(err.message, cases[i][1]);
    }
    char line[] = "a\nb\tc";
    dpdm_text_clean_line(line);
    assert_string_equal(line, "a?b?c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_umask_takes_its_part),
        cmocka_unit_test(a_closed_file_is_not_replaced_by_an_open_one),
        cmocka_unit_test(never_replaces_what_is_no_file),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(a_name_taken_meanwhile_is_kept),
        cmocka_unit_test(places_that_cannot_be_written_are_found_before),
        cmocka_unit_test(the_first_failure_is_the_one_told),
        cmocka_unit_test(statuses_and_messages_go_together),
        cmocka_unit_test(text_from_outside_is_made_safe),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
