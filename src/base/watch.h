/* watch.h - how a long workflow of the library tells its caller how far it is, and what it has found so far. */
#ifndef DPDM_BASE_WATCH_H
#define DPDM_BASE_WATCH_H

#include <stdint.h>
#include <cjson/cJSON.h>

/* Either function may be NULL. Both are called on the thread that started the workflow, or on one of its workers, but
 * never by two at once. */
typedef struct {
    /* done of total `unit`s of what is being done now ("classifiers"; a new text starts something new). note: NULL or
     * further words. A non-zero answer stops the workflow with DPDM_ECANCELLED. */
    int (*progress)(void *context, const char *what, const char *unit, uint64_t done, uint64_t total, const char *note);
    /* A part of the result, complete: its kind, the name of one of several of that kind (or NULL), and what the result
     * says of it. warnings: all so far, an array of objects with a "message". */
    void (*found)(void *context, const char *kind, const char *name, const cJSON *part, const cJSON *warnings);
    void *context;
} dpdm_watch;

static inline int dpdm_watch_progress(const dpdm_watch *watch, const char *what, const char *unit, uint64_t done,
                                      uint64_t total, const char *note)
{
    return watch->progress ? watch->progress(watch->context, what, unit, done, total, note) : 0;
}

static inline void dpdm_watch_found(const dpdm_watch *watch, const char *kind, const char *name, const cJSON *part,
                                    const cJSON *warnings)
{
    if (watch->found)
        watch->found(watch->context, kind, name, part, warnings);
}

#endif
