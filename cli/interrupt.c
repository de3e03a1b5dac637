/* interrupt.c - stopping cleanly on Ctrl-C. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { SIGNALS = sizeof signals / sizeof *signals };

/* A handler can reach nothing but a global. */
static volatile sig_atomic_t pending;

static void signal_note(int number)
{
    pending = number;
    for (int i = 0; i < SIGNALS; i++)
        signal(signals[i], SIG_DFL);
}

void cli_interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = signal_note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++) {
        struct sigaction before;
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

int cli_interrupt_pending(void)
{
    return pending;
}
