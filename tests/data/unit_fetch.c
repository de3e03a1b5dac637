/* unit_fetch.c - catches downloads that are used unchecked, or leave something behind when they fail. */
#include "support.h"
#include "data/download.h"

#include <sys/stat.h>
#include <unistd.h>

/* SHA-256 of "abc" (FIPS 180-2, B.1) and of nothing. */
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static int has_curl(void)
{
    const char *const argv[] = {"curl", "--version", NULL};
    if (!dpdm_program_run(argv, NULL))
        return 1;
    print_message("curl is not installed: skipped\n");
    return 0;
}

static void programs_are_heard(void **state)
{
    (void)state;
    dpdm_error err;
    const char *const good[] = {"sh", "-c", "echo out; exit 0", NULL}, *const bad[] = {"sh", "-c",
                                                                                       "echo why >&2; exit 3", NULL};
    const char *const loud[] = {"sh", "-c", "head -c 300000 /dev/zero >&2; exit 1", NULL}, *const none[] = {
                                                                                               "dpdm-no-such", NULL};
    const char *const words[] = {"test", "$(echo a)", "=", "$(echo a)", NULL}; /* no shell sees these */
    assert_int_equal(dpdm_program_run(good, &err), DPDM_OK);
    assert_int_equal(dpdm_program_run(bad, &err), DPDM_EIO);
    assert_non_null(strstr(err.message, "why"));
    assert_int_equal(dpdm_program_run(loud, &err), DPDM_EIO);
    assert_int_equal(dpdm_program_run(none, &err), DPDM_ENOENT);
    assert_int_equal(dpdm_program_run(words, &err), DPDM_OK);
}

static void only_what_checks_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *second;
        uint64_t bytes;
        const char *sha256, *says;
        dpdm_status status;
    } rows[] = {
        {"two", 3, SHA_ABC, NULL, DPDM_OK},
        {"missing", 3, SHA_ABC, "missing", DPDM_EIO},
        {"two", 4, SHA_ABC, "3 bytes came", DPDM_EFORMAT},
        {"two", 3, SHA_NONE, "SHA-256 " SHA_ABC, DPDM_EFORMAT},
    };
    if (!has_curl())
        skip();
    char folder[256], good[300], wrong[300], target[400], data_dir[300], path[500];
    support_folder_make(folder);
    support_write(folder, "one", "abc", 3);
    support_write(folder, "two", "abc", 3);
    snprintf(good, sizeof good, "file://%s/", folder);
    snprintf(wrong, sizeof wrong, "file://%s/nowhere/", folder);
    snprintf(data_dir, sizeof data_dir, "%s/data", folder);
    snprintf(target, sizeof target, "%s/set", data_dir);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dpdm_error err;
        /* The first place has nothing: the second is asked. */
        dpdm_download_set set = {.name = "set",
                                 .places = {wrong, good},
                                 .files = {{"one", 3, SHA_ABC}, {rows[i].second, rows[i].bytes, rows[i].sha256}}};
        dpdm_status status = dpdm_download_folder(&set, data_dir, NULL, NULL, &err);
        assert_int_equal(status, rows[i].status);
        if (status) {
            if (!strstr(err.message, rows[i].says))
                fail_msg("row %zu: '%s' does not say '%s'", i, err.message, rows[i].says);
            assert_int_equal(access(data_dir, F_OK), -1);
            continue;
        }
        assert_int_equal(support_folder_count(data_dir), 1);
        assert_int_equal(support_folder_count(target), 2);
        snprintf(path, sizeof path, "%s/two", target);
        assert_int_equal(access(path, R_OK), 0);
        assert_int_equal(dpdm_download_folder(&set, data_dir, NULL, NULL, &err), DPDM_EEXIST);
        support_folder_remove(data_dir);
    }
    support_folder_remove(folder);
}

static int stop_at_once(void *context, const char *url, uint64_t bytes)
{
    assert_non_null(strstr(url, "file:///"));
    assert_int_equal(bytes, 3);
    (*(int *)context)++;
    return 1;
}

static void downloads_can_be_stopped(void **state)
{
    (void)state;
    char folder[256], data_dir[300];
    dpdm_error err;
    int calls = 0;
    support_folder_make(folder);
    snprintf(data_dir, sizeof data_dir, "%s/data", folder);
    dpdm_download_set set = {.name = "set", .places = {"file:///nowhere/"}, .files = {{"one", 3, SHA_ABC}}};
    assert_int_equal(dpdm_download_folder(&set, data_dir, stop_at_once, &calls, &err), DPDM_ECANCELLED);
    assert_int_equal(calls, 1);
    assert_int_equal(support_folder_count(folder), 0);
    support_folder_remove(folder);
}

/* Without curl, wget is used; here a wget that copies a file, in a $PATH of its own. */
static void wget_stands_in(void **state)
{
    (void)state;
    static const char script[] = "#!/bin/sh\n/bin/cp \"${7#file://}\" \"$5\"\n";
    char folder[256], data_dir[300], path[300], place[300], *kept = getenv("PATH");
    dpdm_error err;
    support_folder_make(folder);
    support_write(folder, "one", "abc", 3);
    snprintf(data_dir, sizeof data_dir, "%s/data", folder);
    snprintf(place, sizeof place, "file://%s/", folder);
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", kept ? kept : "");
    assert_int_equal(setenv("PATH", folder, 1), 0);
    dpdm_download_set set = {.name = "set", .places = {place}, .files = {{"one", 3, SHA_ABC}}};
    assert_int_equal(dpdm_download_folder(&set, data_dir, NULL, NULL, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "neither curl nor wget"));
    support_write(folder, "wget", script, sizeof script - 1);
    snprintf(path, sizeof path, "%s/wget", folder);
    assert_int_equal(chmod(path, 0755), 0);
    dpdm_status status = dpdm_download_folder(&set, data_dir, NULL, NULL, &err);
    assert_int_equal(setenv("PATH", copy, 1), 0);
    assert_int_equal(status, DPDM_OK);
    support_folder_remove(folder);
}

static void archives_are_unpacked(void **state)
{
    (void)state;
    if (!has_curl())
        skip();
    char folder[256], place[300], archive[300], data_dir[300], path[400];
    dpdm_error err;
    support_folder_make(folder);
    snprintf(place, sizeof place, "file://%s/", folder);
    snprintf(archive, sizeof archive, "%s/a.tar.gz", folder);
    snprintf(data_dir, sizeof data_dir, "%s/data", folder);
    snprintf(path, sizeof path, "%s/top", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    support_write(folder, "top/inside.bin", "abc", 3);
    const char *const tar[] = {"tar", "-czf", archive, "-C", folder, "top", NULL};
    assert_int_equal(dpdm_program_run(tar, &err), DPDM_OK);
    struct stat st;
    assert_int_equal(stat(archive, &st), 0);
    dpdm_download_set set = {
        .name = "set", .places = {place}, .unpack = 1, .files = {{"a.tar.gz", (uint64_t)st.st_size, SHA_NONE}}};
    assert_int_equal(dpdm_download_folder(&set, data_dir, NULL, NULL, &err), DPDM_EFORMAT);
    char sha[65];
    const char *found = strstr(err.message, "SHA-256 "); /* what it is, from the refusal */
    assert_non_null(found);
    snprintf(sha, sizeof sha, "%s", found + 8);
    set.files[0].sha256 = sha;
    assert_int_equal(dpdm_download_folder(&set, data_dir, NULL, NULL, &err), DPDM_OK);
    snprintf(path, sizeof path, "%s/set", data_dir);
    assert_int_equal(support_folder_count(path), 1);
    snprintf(path, sizeof path, "%s/set/inside.bin", data_dir);
    assert_int_equal(access(path, R_OK), 0);
    support_folder_remove(folder);
}

static void known_names_only(void **state)
{
    (void)state;
    char path[512], folder[256], wanted[300];
    dpdm_error err;
    assert_int_equal(dpdm_fetch("imagenet", NULL, NULL, NULL, path, sizeof path, &err), DPDM_ENOENT);
    assert_non_null(strstr(err.message, "mnist"));
    support_folder_make(folder); /* one that is there already is not downloaded again */
    snprintf(wanted, sizeof wanted, "%s/mnist", folder);
    assert_int_equal(mkdir(wanted, 0755), 0);
    assert_int_equal(dpdm_fetch("mnist", folder, NULL, NULL, path, sizeof path, &err), DPDM_OK);
    assert_string_equal(path, wanted);
    support_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_heard),       cmocka_unit_test(only_what_checks_is_kept),
        cmocka_unit_test(downloads_can_be_stopped), cmocka_unit_test(wget_stands_in),
        cmocka_unit_test(archives_are_unpacked),    cmocka_unit_test(known_names_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
