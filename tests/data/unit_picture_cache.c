/* unit_picture_cache.c - catches decoded private pictures that stay where nobody asked for them, that others could read, or that
 * are used for other files than those they were made from. */
#include "pictures.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGES = 12 };

static dpdm_error err;

/* A folder on a disk: the cache refuses memory (tmpfs), which the usual temporary folder may be. */
static void make(char root[256])
{
    snprintf(root, 256, "%s/cache-XXXXXX", DPDM_TEST_FOLDER);
    assert_non_null(mkdtemp(root));
    support_folder_add(root, "pictures/a");
    support_folder_add(root, "pictures/b");
    for (unsigned i = 0; i < IMAGES; i++) {
        char name[60];
        snprintf(name, sizeof name, "pictures/%c/%u.jpg", "ab"[i % 2], i);
        picture_write(root, name, &(picture){.height = 40, .width = 30, .channels = 3, .seed = i});
    }
}

static dpdm_status open_cached(const char *root, int keep, const char *size, dpdm_dataset *data)
{
    char folder[300], cache[300];
    snprintf(folder, sizeof folder, "%s/pictures", root);
    snprintf(cache, sizeof cache, "%s/cache", root);
    const dpdm_reading reading = {.threads = 2, .cache = keep < 0 ? NULL : cache, .cache_keep = keep > 0};
    dpdm_facts facts = {.classes = 2, .reading = &reading, .rule = {.crop = DPDM_CROP_NONE}};
    snprintf(facts.rule.resize, sizeof facts.rule.resize, "%s", size);
    return dpdm_dataset_open(folder, NULL, DPDM_SPLIT_TRAIN, &facts, data, &err);
}

static int files_in(const char *root, char name[300])
{
    char path[300];
    snprintf(path, sizeof path, "%s/cache", root);
    DIR *folder = opendir(path);
    int n = 0;
    for (const struct dirent *entry; folder && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
            snprintf(name, 300, "%s/cache/%s", root, entry->d_name);
            n++;
        }
    if (folder)
        closedir(folder);
    return n;
}

static void same_pixels_and_nothing_stays(void **state)
{
    (void)state;
    char root[256], name[300];
    dpdm_dataset plain, cached;
    make(root);
    assert_int_equal(open_cached(root, -1, "16", &plain), DPDM_OK);
    assert_int_equal(open_cached(root, 0, "16", &cached), DPDM_OK);
    support_same(&plain, &cached);
    assert_true(cached.mapped && !plain.mapped);
    assert_int_equal(files_in(root, name), 0); /* not even while it is in use */
    dpdm_dataset part;
    assert_int_equal(dpdm_dataset_slice(&cached, 2, 3, &part, &err), DPDM_OK); /* a copy lives in memory */
    assert_int_equal(part.mapped, 0);
    dpdm_dataset_destroy(&part);
    dpdm_dataset_destroy(&cached);
    dpdm_dataset_destroy(&plain);
    support_folder_remove(root);
}

static void kept_and_used_again(void **state)
{
    (void)state;
    char root[256], name[300], other[300];
    dpdm_dataset first, again;
    struct stat before, after;
    make(root);
    const mode_t mask = umask(0); /* what others may read is decided here, not by the umask */
    assert_int_equal(open_cached(root, 1, "16", &first), DPDM_OK);
    umask(mask);
    assert_int_equal(files_in(root, name), 1);
    assert_int_equal(stat(name, &before), 0);
    assert_int_equal(before.st_mode & 0777, 0600);
    assert_int_equal(open_cached(root, 1, "16", &again), DPDM_OK);
    support_same(&first, &again);
    assert_int_equal(files_in(root, other), 1);
    assert_int_equal(stat(name, &after), 0);
    assert_true(before.st_ino == after.st_ino);
    dpdm_dataset_destroy(&again);
    assert_int_equal(open_cached(root, 1, "8", &again), DPDM_OK); /* another rule, another file */
    assert_int_equal(files_in(root, other), 2);
    dpdm_dataset_destroy(&again);
    dpdm_dataset_destroy(&first);
    /* A picture of the same name and size with other contents makes another file: its times differ. */
    picture_write(root, "pictures/a/0.jpg", &(picture){.height = 40, .width = 30, .channels = 3, .seed = 99});
    dpdm_dataset plain;
    assert_int_equal(open_cached(root, 1, "16", &again), DPDM_OK);
    assert_int_equal(open_cached(root, -1, "16", &plain), DPDM_OK);
    support_same(&plain, &again);
    assert_int_equal(files_in(root, other), 3);
    dpdm_dataset_destroy(&plain);
    dpdm_dataset_destroy(&again);
    support_folder_remove(root);
}

static void refuse_again(const char *root, const char *word)
{
    dpdm_dataset data;
    assert_int_equal(open_cached(root, 1, "16", &data), DPDM_EFORMAT);
    if (!strstr(err.message, word))
        fail_msg("'%s' lacks '%s'", err.message, word);
}

static void changed_files_are_refused(void **state)
{
    (void)state;
    char root[256], name[300];
    dpdm_dataset data;
    make(root);
    assert_int_equal(open_cached(root, 1, "16", &data), DPDM_OK);
    dpdm_dataset_destroy(&data);
    assert_int_equal(files_in(root, name), 1);
    assert_int_equal(chmod(name, 0644), 0);
    refuse_again(root, "mode 0600");
    assert_int_equal(chmod(name, 0600), 0);
    int file = open(name, O_RDWR);
    assert_true(file >= 0);
    uint8_t byte;
    assert_int_equal(pread(file, &byte, 1, 5000), 1);
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, 5000), 1);
    refuse_again(root, "damaged");
    byte ^= 1;
    assert_int_equal(pwrite(file, &byte, 1, 5000), 1);
    assert_int_equal(ftruncate(file, 6000), 0);
    refuse_again(root, "another size");
    close(file);
    support_folder_remove(root);
}

/* A failure on the way leaves nothing. */
static void nothing_half_done(void **state)
{
    (void)state;
    char root[256], name[300];
    dpdm_dataset data;
    make(root);
    support_write(root, "pictures/b/11.jpg", "\xff\xd8\xff", 3);
    assert_int_equal(open_cached(root, 1, "16", &data), DPDM_EFORMAT);
    assert_int_equal(files_in(root, name), 0);
    support_folder_remove(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_pixels_and_nothing_stays), cmocka_unit_test(kept_and_used_again),
        cmocka_unit_test(changed_files_are_refused), cmocka_unit_test(nothing_half_done)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
