/* unit_progress.c - progress lines: not too many, right figures, a clean end; signals; wrapped text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "interrupt.h"
#include "progress.h"
#include "text.h"

static double fake_time;

static double fake_now(void)
{
    return fake_time;
}

/* A progress that writes to memory, under a clock of our own. */
static cli_progress progress_on(FILE *stream, int rewrite)
{
    fake_time = 1000;
    return (cli_progress){.stream = stream,
                          .rewrite = rewrite,
                          .width = 100,
                          .interval = rewrite ? 0.2 : 5,
                          .now = fake_now,
                          .label = "train",
                          .unit = "img"};
}

static size_t count_of(const char *text, char c)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

static void a_log_gets_few_plain_lines(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cli_progress p = progress_on(stream, 0);
    cli_progress_update(&p, 0, 0, "eps 0"); /* before the work is known */
    for (uint64_t i = 0; i <= 1000; i++) {
        fake_time = 1000 + (double)i / 100;
        cli_progress_update(&p, i, 1000, "eps 1.5");
    }
    cli_progress_end(&p);
    fclose(stream);
    assert_int_equal(count_of(text, '\n'), 2); /* one at 5 s, one at the end */
    assert_null(strchr(text, '\r'));
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "train 500/1000 (50 %)  100 img/s  5 s left  eps 1.5\n"));
    assert_non_null(strstr(text, "train 1000/1000 (100 %)  eps 1.5\n"));
    free(text);
}

static void a_log_of_private_work_does_not_tell_its_speed(void **state)
{
    (void)state;
    for (int rewrite = 0; rewrite < 2; rewrite++) {
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);
        cli_progress p = progress_on(stream, rewrite);
        p.untimed = 1;
        cli_progress_update(&p, 0, 1000, "a\033[31m");
        fake_time += 10;
        cli_progress_update(&p, 500, 1000, "a\033[31m");
        fclose(stream);
        assert_non_null(strstr(text, "500/1000 (50 %)"));
        assert_int_equal(strstr(text, "img/s") != NULL, rewrite);
        assert_int_equal(strstr(text, "left") != NULL, rewrite);
        assert_null(strstr(text, "\033[31m"));
        free(text);
    }
}

/* nohup lets a run go on after its terminal is closed. */
static void a_signal_that_is_ignored_stays_ignored(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGHUP, SIG_IGN);
        cli_interrupt_catch();
        raise(SIGHUP);
        if (cli_interrupt_pending())
            _exit(1);
        signal(SIGHUP, SIG_DFL);
        cli_interrupt_catch();
        raise(SIGHUP);
        _exit(cli_interrupt_pending() == SIGHUP ? 0 : 2);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
}

static void a_terminal_line_is_rewritten_and_ended(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cli_progress p = progress_on(stream, 1);
    p.width = 30;
    for (uint64_t i = 0; i <= 4; i++, fake_time += 1)
        cli_progress_update(&p, i, 4, NULL);
    cli_progress_end(&p);
    cli_progress_end(&p);
    fclose(stream);
    assert_int_equal(count_of(text, '\r'), 4);
    assert_int_equal(count_of(text, '\n'), 1);
    const char *last = strrchr(text, '\r');
    assert_true(strlen(last) <= 1 + 3 + 29 + 1);
    free(text);
}

static void a_resumed_job_counts_its_rate_from_where_it_began(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cli_progress p = progress_on(stream, 0);
    cli_progress_update(&p, 900, 1000, NULL);
    fake_time += 10;
    cli_progress_update(&p, 950, 1000, NULL);
    fclose(stream);
    assert_non_null(strstr(text, "5 img/s  10 s left"));
    free(text);
}

static void odd_figures_are_harmless(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    cli_progress p = progress_on(stream, 1);
    cli_progress_update(&p, 0, 0, NULL);
    cli_progress_update(&p, 5, 3, NULL);
    cli_progress_update(&p, UINT64_MAX, UINT64_MAX, "x");
    p.stream = NULL;
    cli_progress_update(&p, 1, 2, NULL);
    cli_progress_end(&p);
    fclose(stream);
    free(text);
}

static void durations_read_well(void **state)
{
    (void)state;
    char text[40];
    cli_duration_format(12.4, text, sizeof text);
    assert_string_equal(text, "12 s");
    cli_duration_format(200, text, sizeof text);
    assert_string_equal(text, "3 min 20 s");
    cli_duration_format(3725, text, sizeof text);
    assert_string_equal(text, "1 h 02 min");
    cli_duration_format(-1, text, sizeof text);
    assert_string_equal(text, "unknown");
}

static void the_first_signal_asks_and_the_second_kills(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        cli_interrupt_catch();
        if (cli_interrupt_pending())
            _exit(3);
        raise(SIGTERM);
        if (cli_interrupt_pending() != SIGTERM)
            _exit(4);
        raise(SIGTERM);
        _exit(5);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGTERM);
}

static void text_is_wrapped(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    fputs("  --x", stream);
    cli_text_wrap(stream, "one two three four\n\nfive averyverylongword", 5, 8, 18);
    fclose(stream);
    assert_string_equal(text, "  --x   one two\n        three four\n\n        five\n        averyverylongword\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_gets_few_plain_lines),
        cmocka_unit_test(a_log_of_private_work_does_not_tell_its_speed),
        cmocka_unit_test(a_signal_that_is_ignored_stays_ignored),
        cmocka_unit_test(a_terminal_line_is_rewritten_and_ended),
        cmocka_unit_test(a_resumed_job_counts_its_rate_from_where_it_began),
        cmocka_unit_test(odd_figures_are_harmless),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(the_first_signal_asks_and_the_second_kills),
        cmocka_unit_test(text_is_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
