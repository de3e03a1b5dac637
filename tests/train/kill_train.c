/* kill_train.c - a training, of each task, killed with -9 before every call that changes the disk, and at random moments, then
 * resumed: the release must have the bytes of a training that was left alone, and nothing of the key may stay behind.
 *
 * The calls of the C library that change the disk are defined here, so that the linker takes these for the library's
 * own; each counts down to the kill and then does the system call. */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>
#include "train/tiny_run.h"

static int countdown; /* 0: never */

static void perhaps_die(void)
{
    if (countdown > 0 && --countdown == 0)
        raise(SIGKILL);
}

int rename(const char *from, const char *to)
{
    perhaps_die();
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fsync(int descriptor)
{
    perhaps_die();
    (void)descriptor; /* nothing here outlives the machine, and syncing would only take time */
    return 0;
}

int unlink(const char *path)
{
    perhaps_die();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset)
{
    perhaps_die();
    return (ssize_t)syscall(SYS_pwrite64, descriptor, data, size, offset);
}

typedef struct {
    tiny_place place;
    uint8_t *release;
    size_t size;
} fixture;

static dpdm_train_config kill_config(const fixture *f)
{
    dpdm_train_config config = tiny_config(&f->place);
    config.steps = 3;
    config.checkpoint_every = 1;
    config.preview_every = 3;
    config.prior_means_noise = 20; /* released before the steps, and then in the state */
    return config;
}

static int setup_for(void **state, dpdm_task_kind task)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    tiny_place_create_for(&f->place, task);
    dpdm_train_config config = kill_config(f);
    f->release = tiny_train(&config, &f->size);
    tiny_place_clear(&f->place);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return setup_for(state, DPDM_TASK_DIFFUSION);
}

static int setup_classifier(void **state)
{
    return setup_for(state, DPDM_TASK_CLASSIFIER);
}

static int teardown(void **state)
{
    fixture *f = *state;
    tiny_place_destroy(&f->place);
    free(f->release);
    free(f);
    return 0;
}

/* Trains in a process of its own that dies at the n-th call (0: of itself) or after some nanoseconds (0: never); goes
 * on with a run that has a state. Returns whether it was killed. */
static int train_and_die(const fixture *f, int n, long nanoseconds)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dpdm_train_config config = kill_config(f);
        config.resume = tiny_exists(&f->place, "state") || tiny_exists(&f->place, "release/model.safetensors");
        countdown = n;
        dpdm_error err = {0};
        dpdm_status status = dpdm_train_run(&config, NULL, NULL, &err);
        if (status)
            fprintf(stderr, "%s\n", err.message);
        _exit(status ? 1 : 0);
    }
    if (nanoseconds) {
        struct timespec pause = {0, nanoseconds};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return 1;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return 0;
}

static void assert_whole(const fixture *f)
{
    size_t size;
    uint8_t *release = tiny_release(&f->place, &size);
    assert_non_null(release);
    assert_int_equal(size, f->size);
    assert_memory_equal(release, f->release, size);
    free(release);
    DIR *entries = opendir(f->place.run);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strncmp(entry->d_name, "state", 5) == 0)
            fail_msg("'%s' was left behind", entry->d_name);
    closedir(entries);
}

static void killed_before_every_write(void **state)
{
    fixture *f = *state;
    int n = 1;
    while (train_and_die(f, n, 0)) {
        assert_false(train_and_die(f, 0, 0));
        assert_whole(f);
        tiny_place_clear(&f->place);
        n++;
    }
    assert_whole(f);
    assert_true(n > 18); /* four saves, the release and the end: else the calls were not seen */
    tiny_place_clear(&f->place);
}

static void killed_again_and_again(void **state)
{
    fixture *f = *state;
    int kills = 0;
    while (train_and_die(f, 5 + kills, 0)) /* each life gets a little further than the one before */
        assert_true(++kills < 100);
    assert_true(kills > 3);
    assert_whole(f);
    tiny_place_clear(&f->place);
}

static void killed_at_random_moments(void **state)
{
    fixture *f = *state;
    srand(5);
    for (int i = 0; i < 8; i++) {
        for (int life = 0; life < 3; life++)
            train_and_die(f, 0, 1 + rand() % 60000000L);
        assert_false(train_and_die(f, 0, 0));
        assert_whole(f);
        tiny_place_clear(&f->place);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_before_every_write),
        cmocka_unit_test(killed_again_and_again),
        cmocka_unit_test(killed_at_random_moments),
    };
    int failed = cmocka_run_group_tests_name("a diffusion model", tests, setup, teardown);
    return failed + cmocka_run_group_tests_name("a classifier", tests, setup_classifier, teardown);
}
