/* unit_metrics.c - catches wrong checksums, lines of steps that will be done again, and private figures others can read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "train/metrics.h"
#include "train/tensorboard.h"

static char root[] = "/tmp/dpdm-metrics-XXXXXX";
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    snprintf(folder, sizeof folder, "%s/run", root);
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static char *file_text(const char *name, size_t *size)
{
    char path[200];
    uint8_t *text;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(dpdm_file_read(path, 1 << 20, &text, size, NULL), DPDM_OK);
    return (char *)text;
}

static void add_steps(dpdm_metrics *metrics, int first, int last)
{
    for (int step = first; step <= last; step++) {
        const dpdm_metric figures[] = {{"loss_of_sleep", step * 0.1}, {"undefined", step % 2 ? NAN : 1}};
        assert_int_equal(dpdm_metrics_add(metrics, (uint64_t)step, figures, 2, NULL), DPDM_OK);
    }
}

/* RFC 3720, B.4, and the usual check value. */
static void checksums_are_the_published_ones(void **state)
{
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(dpdm_crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(dpdm_crc32c(bytes, 32), 0x8a9136aau);
    memset(bytes, 0xff, 32);
    assert_int_equal(dpdm_crc32c(bytes, 32), 0x62a8ab43u);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(dpdm_crc32c(bytes, 32), 0x46dd794eu);
}

static void steps_done_again_are_cut_off(void **state)
{
    (void)state;
    dpdm_metrics metrics;
    size_t n, m;
    assert_int_equal(dpdm_metrics_open(&metrics, folder, 0, 1, 0, NULL), DPDM_OK);
    add_steps(&metrics, 1, 9);
    dpdm_metrics_close(&metrics);
    char *lines = file_text("metrics.jsonl", &n), *events = file_text("tensorboard/events.out.tfevents.0.dpdm", &m);
    assert_non_null(strstr(lines, "{\"step\":3,\"loss_of_sleep\":0.30000000000000004,\"undefined\":null}\n"));
    /* Killed in the middle of a line, with a state of step 4. */
    assert_int_equal(truncate(strcat(strcpy((char[200]){0}, folder), "/metrics.jsonl"), (off_t)n - 7), 0);
    assert_int_equal(dpdm_metrics_open(&metrics, folder, 0, 1, 4, NULL), DPDM_OK);
    add_steps(&metrics, 5, 9);
    dpdm_metrics_close(&metrics);
    size_t again, more;
    char *lines2 = file_text("metrics.jsonl", &again);
    char *events2 = file_text("tensorboard/events.out.tfevents.0.dpdm", &more);
    assert_int_equal(n, again);
    assert_memory_equal(lines, lines2, n);
    assert_int_equal(m, more);
    assert_memory_equal(events, events2, m);
    /* A new run starts empty. */
    assert_int_equal(dpdm_metrics_open(&metrics, folder, 0, 0, 0, NULL), DPDM_OK);
    dpdm_metrics_close(&metrics);
    free(lines2);
    lines2 = file_text("metrics.jsonl", &again);
    assert_int_equal(again, 0);
    free(lines);
    free(lines2);
    free(events);
    free(events2);
    assert_int_equal(dpdm_metrics_remove(folder, NULL), DPDM_OK);
    assert_int_equal(rmdir(folder), 0); /* nothing is left */
}

static void private_figures_are_marked_and_closed_to_others(void **state)
{
    (void)state;
    dpdm_metrics metrics;
    struct stat info;
    size_t n;
    char path[200];
    assert_int_equal(dpdm_metrics_open(&metrics, folder, 1, 1, 0, NULL), DPDM_OK);
    add_steps(&metrics, 1, 1);
    dpdm_metrics_close(&metrics);
    char *lines = file_text("metrics.jsonl", &n);
    assert_non_null(strstr(lines, "not for release"));
    free(lines);
    assert_int_equal(stat(folder, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/metrics.jsonl", folder);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void a_place_one_cannot_write_is_an_error(void **state)
{
    (void)state;
    dpdm_metrics metrics;
    dpdm_error err = {0};
    assert_int_not_equal(dpdm_metrics_open(&metrics, "/dev/null/run", 0, 0, 0, &err), DPDM_OK);
    assert_non_null(strstr(err.message, "/dev/null"));
    dpdm_metrics_close(&metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(checksums_are_the_published_ones),
                                       cmocka_unit_test(steps_done_again_are_cut_off),
                                       cmocka_unit_test(private_figures_are_marked_and_closed_to_others),
                                       cmocka_unit_test(a_place_one_cannot_write_is_an_error)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
