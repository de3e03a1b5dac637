/* module.h - what a transport module (dpdm-mpi-*.so) gives to the program that loads it.
 *
 * A module is the only code that knows a message-passing library; it links nothing of dpdm, and dpdm links nothing of it.
 * Every call is collective: all ranks make the same calls in the same order. A call that fails returns non-zero and
 * leaves a sentence in message[0..DPDM_MODULE_MESSAGE). */
#ifndef DPDM_RANKS_MODULE_H
#define DPDM_RANKS_MODULE_H

#include <stddef.h>
#include <stdint.h>

enum { DPDM_MODULE_VERSION = 2, DPDM_MODULE_MESSAGE = 400 };
#define DPDM_MODULE_SYMBOL "dpdm_module_open"

typedef struct {
    int rank, size;      /* 0 <= rank < size */
    const char *library; /* what carries the messages, with its version; lives as long as the module */
    void *context;
    /* Sums values[first[r] .. first[r + 1]) of all ranks into those of rank r; the other ranges hold anything afterwards.
     * Sums are those of 64-bit integers modulo 2^64: exact, whatever the order. */
    int (*sum)(void *context, int64_t *values, const size_t *first, char *message);
    /* Gives the items [first[r], first[r + 1]) of rank r to all; an item has `width` bytes. */
    int (*gather)(void *context, void *items, size_t width, const size_t *first, char *message);
    /* Copies bytes of rank 0 to all. */
    int (*broadcast)(void *context, void *bytes, size_t count, char *message);
    /* *value becomes the largest of all ranks. */
    int (*greatest)(void *context, int64_t *value, char *message);
    /* Ends the message passing, once all ranks call it. */
    void (*close)(void *context);
} dpdm_module;

/* The one function of a module. version: DPDM_MODULE_VERSION of the caller; another one is refused. */
typedef int (*dpdm_module_open_fn)(int version, dpdm_module *module, char *message);

#endif
