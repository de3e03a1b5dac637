/* unit_write.c - catches formats that do not come back as they went, and writers that leave half of something behind.
 */
#include "support.h"
#include "data/png.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const dpdm_format formats[] = {DPDM_FORMAT_NPZ, DPDM_FORMAT_PNG, DPDM_FORMAT_IDX};
static const char *const names[] = {"out.npz", "out-png", "out-idx"};

static void every_format_comes_back(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        int height, width, channels, classes;
    } shapes[] = {{1, 1, 1, 1, 1}, {7, 5, 4, 1, 3}, {12, 3, 8, 3, 12},
                  {4, 2, 2, 2, 2}, {5, 2, 3, 4, 5}, {301, 1, 2, 1, 300}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t f = 0; f < 3; f++) {
            char folder[256], path[512];
            dpdm_dataset data, back;
            dpdm_error err;
            support_folder_make(folder);
            snprintf(path, sizeof path, "%s/%s", folder, names[f]);
            support_dataset(&data, shapes[s].count, shapes[s].height, shapes[s].width, shapes[s].channels,
                            shapes[s].classes);
            for (uint64_t i = 0; i < data.count; i++) /* by class, the order in which PNG folders come back */
                data.labels[i] = (int32_t)(i * (uint64_t)data.classes / data.count);
            assert_int_equal(dpdm_dataset_seal(&data, &err), DPDM_OK);
            assert_int_equal(dpdm_dataset_write(&data, formats[f], path, 0, &err), DPDM_OK);
            dpdm_facts facts = {
                .height = data.height, .width = data.width, .channels = data.channels, .classes = data.classes};
            if (dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, &facts, &back, &err))
                fail_msg("%s", err.message);
            support_same(&data, &back);
            assert_int_equal(support_folder_count(folder), 1);
            dpdm_dataset_destroy(&back);
            dpdm_dataset_destroy(&data);
            support_folder_remove(folder);
        }
}

static void targets_are_kept_or_replaced_whole(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++) {
        char folder[256], path[512];
        dpdm_dataset a, b, back;
        dpdm_error err;
        support_folder_make(folder);
        snprintf(path, sizeof path, "%s/%s", folder, names[f]);
        support_dataset(&a, 3, 2, 2, 1, 3);
        support_dataset(&b, 4, 3, 3, 1, 4);
        assert_int_equal(dpdm_dataset_write(&a, formats[f], path, 0, &err), DPDM_OK);
        assert_int_equal(dpdm_dataset_write(&b, formats[f], path, 0, &err), DPDM_EEXIST);
        assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_OK);
        support_same(&a, &back);
        dpdm_dataset_destroy(&back);
        assert_int_equal(dpdm_dataset_write(&b, formats[f], path, 1, &err), DPDM_OK);
        assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_OK);
        support_same(&b, &back);
        dpdm_dataset_destroy(&back);
        assert_int_equal(support_folder_count(folder), 1);
        dpdm_dataset_destroy(&a);
        dpdm_dataset_destroy(&b);
        support_folder_remove(folder);
    }
}

static void folders_with_other_things_are_not_replaced(void **state)
{
    (void)state;
    static const char *const precious[] = {"thesis.tex", "0/thesis.tex", "0/.hidden", "photos/1.png", "0/1/2.png"};
    dpdm_dataset data;
    dpdm_error err;
    support_dataset(&data, 3, 2, 2, 1, 3);
    for (size_t i = 0; i < sizeof precious / sizeof *precious; i++) {
        char folder[256], path[1024];
        support_folder_make(folder);
        snprintf(path, sizeof path, "%s/%s", folder, precious[i]);
        for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
            *slash = '\0';
            assert_int_equal(mkdir(path, 0755), 0);
            *slash = '/';
        }
        support_write(folder, precious[i], "x", 1);
        assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_PNG, folder, 1, &err), DPDM_EEXIST);
        assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, folder, 1, &err), DPDM_EEXIST);
        assert_int_equal(access(path, R_OK), 0);
        assert_int_equal(support_folder_count(folder), 1);
        support_folder_remove(folder);
    }
    char folder[256];
    support_folder_make(folder); /* an empty folder is as good as none */
    assert_int_equal(dpdm_dataset_write(&data, DPDM_FORMAT_IDX, folder, 0, &err), DPDM_OK);
    support_folder_remove(folder);
    dpdm_dataset_destroy(&data);
}

static void places_that_cannot_be_written(void **state)
{
    (void)state;
    char folder[256], path[512];
    dpdm_dataset data;
    dpdm_error err;
    support_folder_make(folder);
    support_dataset(&data, 3, 2, 2, 1, 3);
    support_write(folder, "file", "x", 1);
    for (size_t f = 0; f < 3; f++) {
        snprintf(path, sizeof path, "%s/file/%s", folder, names[f]);
        assert_int_equal(dpdm_dataset_write(&data, formats[f], path, 0, &err), DPDM_EIO);
        assert_non_null(strstr(err.message, names[f]));
        snprintf(path, sizeof path, "/proc/%s", names[f]);
        assert_int_not_equal(dpdm_dataset_write(&data, formats[f], path, 0, &err), DPDM_OK);
    }
    snprintf(path, sizeof path, "%s/file/grid.png", folder);
    assert_int_equal(dpdm_grid_png_write(&data, 2, 1, path, 0, &err), DPDM_EIO);
    assert_int_equal(support_folder_count(folder), 1);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

/* In a child whose files may not grow beyond a few bytes, as on a full disk. */
static dpdm_status write_on_full_disk(const dpdm_dataset *data, size_t f, const char *path)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        struct rlimit limit = {16, 16};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit))
            _exit(100);
        _exit(f < 3 ? dpdm_dataset_write(data, formats[f], path, 1, NULL)
                    : dpdm_grid_png_write(data, 2, 1, path, 1, NULL));
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    return (dpdm_status)WEXITSTATUS(result);
}

static void full_disk_leaves_nothing_and_keeps_the_old(void **state)
{
    (void)state;
    for (size_t f = 0; f < 4; f++) {
        char folder[256], path[512];
        dpdm_dataset a, b, back;
        dpdm_error err;
        support_folder_make(folder);
        snprintf(path, sizeof path, "%s/%s", folder, f < 3 ? names[f] : "grid.png");
        support_dataset(&a, 3, 4, 4, 1, 3);
        support_dataset(&b, 4, 4, 4, 1, 4);
        assert_int_equal(write_on_full_disk(&a, f, path), DPDM_EIO);
        assert_int_equal(support_folder_count(folder), 0);
        if (f < 3) {
            assert_int_equal(dpdm_dataset_write(&a, formats[f], path, 0, &err), DPDM_OK);
            assert_int_equal(write_on_full_disk(&b, f, path), DPDM_EIO);
            assert_int_equal(dpdm_dataset_open(path, NULL, DPDM_SPLIT_TRAIN, NULL, &back, &err), DPDM_OK);
            support_same(&a, &back);
            dpdm_dataset_destroy(&back);
            assert_int_equal(support_folder_count(folder), 1);
        }
        dpdm_dataset_destroy(&a);
        dpdm_dataset_destroy(&b);
        support_folder_remove(folder);
    }
}

/* Stops the work at its n-th question. */
static int stop_later(void *context, uint64_t done, uint64_t total)
{
    assert_true(done <= total && total == 3);
    return --*(int *)context <= 0;
}

static void stopped_writing_leaves_nothing(void **state)
{
    (void)state;
    for (size_t f = 0; f < 3; f++)
        for (int n = 1; n < 3; n++) {
            char folder[256], path[512];
            int left = n;
            dpdm_dataset data;
            dpdm_error err;
            support_folder_make(folder);
            snprintf(path, sizeof path, "%s/%s", folder, names[f]);
            support_dataset(&data, 3, 4, 4, 1, 3);
            dpdm_status status = dpdm_dataset_write_watched(&data, formats[f], path, 0, stop_later, &left, &err);
            assert_int_equal(status, left <= 0 ? DPDM_ECANCELLED : DPDM_OK); /* small sets are not asked for twice */
            assert_int_equal(support_folder_count(folder), status ? 0 : 1);
            dpdm_dataset_destroy(&data);
            support_folder_remove(folder);
        }
}

static void grid_places_images(void **state)
{
    (void)state;
    char folder[256], path[512];
    dpdm_dataset data;
    dpdm_error err;
    dpdm_raster png;
    size_t size;
    support_folder_make(folder);
    snprintf(path, sizeof path, "%s/grid.png", folder);
    support_dataset(&data, 5, 2, 3, 3, 5);
    assert_int_equal(dpdm_grid_png_write(&data, 2, 2, path, 0, &err), DPDM_OK);
    assert_int_equal(dpdm_grid_png_write(&data, 2, 2, path, 0, &err), DPDM_EEXIST);
    uint8_t *bytes = support_read(path, &size);
    dpdm_blob file = {path, bytes, size};
    assert_int_equal(dpdm_png_decode(&file, NULL, &png, &err), DPDM_OK);
    assert_true(png.width == 12 && png.height == 12);
    for (uint32_t y = 0; y < 12; y++)
        for (uint32_t x = 0; x < 12; x++) {
            uint32_t image = y / 4 * 2 + x / 6, at = (image * 6 + y % 4 / 2 * 3 + x % 6 / 2) * 3;
            for (uint32_t c = 0; c < 3; c++)
                assert_int_equal(png.rgba[(y * 12 + x) * 4 + c], image < 5 ? data.pixels[at + c] : 0);
        }
    dpdm_raster_destroy(&png);
    assert_int_equal(dpdm_grid_png_write(&data, 0, 2, path, 1, &err), DPDM_ERANGE);
    assert_int_equal(dpdm_grid_png_write(&data, 2, INT_MAX, path, 1, &err), DPDM_ERANGE);
    assert_int_equal(dpdm_grid_png_write(&data, INT_MAX, 1, path, 1, &err), DPDM_OK);
    free(bytes);
    dpdm_dataset_destroy(&data);
    support_folder_remove(folder);
}

static void nothing_is_not_written(void **state)
{
    (void)state;
    dpdm_dataset data;
    dpdm_error err;
    assert_int_equal(dpdm_dataset_create(0, 2, 2, 1, 1, &data, &err), DPDM_OK);
    for (size_t f = 0; f < 3; f++)
        assert_int_equal(dpdm_dataset_write(&data, formats[f], "/tmp/dpdm-never", 0, &err), DPDM_ERANGE);
    assert_int_equal(access("/tmp/dpdm-never", F_OK), -1);
    dpdm_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_comes_back),
        cmocka_unit_test(targets_are_kept_or_replaced_whole),
        cmocka_unit_test(folders_with_other_things_are_not_replaced),
        cmocka_unit_test(places_that_cannot_be_written),
        cmocka_unit_test(full_disk_leaves_nothing_and_keeps_the_old),
        cmocka_unit_test(stopped_writing_leaves_nothing),
        cmocka_unit_test(grid_places_images),
        cmocka_unit_test(nothing_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
