/* program.c - runs another program without a shell. */
#include "data/download.h"
#include "base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ; /* handed on: proxies and certificates are set there */

static int program_spawn(const char *const *argv, int errors, pid_t *child);
static void program_listen(int errors, char *words, size_t size);

dpdm_status dpdm_program_run(const char *const *argv, dpdm_error *err)
{
    char words[400];
    int ends[2], state = 0;
    pid_t child;
    if (pipe(ends) != 0)
        return dpdm_error_system(err, errno, "cannot run %s", argv[0]);
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int number = program_spawn(argv, ends[1], &child);
    close(ends[1]);
    if (number) {
        close(ends[0]);
        return dpdm_error_system(err, number, "cannot run %s", argv[0]);
    }
    program_listen(ends[0], words, sizeof words);
    close(ends[0]);
    pid_t ended;
    while ((ended = waitpid(child, &state, 0)) < 0 && errno == EINTR)
        continue;
    if (ended != child) /* where the host program ignores SIGCHLD, or waits for everybody's children */
        return dpdm_error_system(err, errno,
                                 "cannot tell whether %s succeeded: its exit status was taken away (let SIGCHLD have "
                                 "its default action)",
                                 argv[0]);
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return DPDM_OK;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 127 && !words[0])
        return dpdm_error_set(err, DPDM_ENOENT, "cannot run %s: it is not installed", argv[0]);
    return dpdm_error_set(err, DPDM_EIO, "%s failed: %s", argv[0], words[0] ? words : "it gave no reason");
}

static int program_spawn(const char *const *argv, int errors, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    int number = posix_spawn_file_actions_init(&actions);
    if (number)
        return number;
    number = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!number)
        number = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!number)
        number = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (!number) /* the vector is not written to, though its type says so */
        number = posix_spawnp(child, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return number;
}

/* Keeps the first words, reads all: a program must not wait for a full pipe. */
static void program_listen(int errors, char *words, size_t size)
{
    char chunk[512];
    size_t used = 0;
    ssize_t got;
    while ((got = read(errors, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))
        for (ssize_t i = 0; i < got && used + 1 < size; i++)
            words[used++] = chunk[i] >= ' ' && chunk[i] <= '~' ? chunk[i] : ' ';
    while (used && words[used - 1] == ' ')
        used--;
    words[used] = '\0';
}
