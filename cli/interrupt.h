/* interrupt.h - stopping cleanly on Ctrl-C.
 *
 * After cli_interrupt_catch the first SIGINT, SIGTERM or SIGHUP (a terminal that goes away) only sets a flag, which
 * long-running verbs look at in their callbacks so that the library can save its state; a second one ends the process as
 * usual. A signal that is ignored stays ignored: that is how nohup lets a run go on. */
#ifndef DPDM_CLI_INTERRUPT_H
#define DPDM_CLI_INTERRUPT_H

void cli_interrupt_catch(void);
/* 0, or the number of the signal that asked to stop. Cheap: call it as often as you like. */
int cli_interrupt_pending(void);

#endif
