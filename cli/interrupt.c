/* interrupt.c - stopping cleanly on Ctrl-C. */
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A handler can reach nothing but a global. */
static volatile sig_atomic_t pending;

static void signal_note(int number)
{
    pending = number;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

void cli_interrupt_catch(void)
{
    struct sigaction action = {.sa_handler = signal_note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int cli_interrupt_pending(void)
{
    return pending;
}
