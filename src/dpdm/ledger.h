/* ledger.h - what has been spent on private data sets, and what may still be.
 *
 * A ledger is a file (SQLite; docs/ledger-format.md) with a budget (epsilon, delta) for each of its data sets. A run
 * reserves its whole cost before its first private step: all events of all reservations of a data set together, composed
 * by the data set's accountant at its delta, must stay within the budget, or the reservation is refused. The check and
 * the entry are one transaction, so processes that race cannot overspend, and a process killed at any point leaves a
 * ledger that holds the reservation or does not. A reservation counts for ever, also that of an abandoned run (its noise
 * may have been seen); only one that never ran can be cancelled. Entries are never changed: they form a hash chain, so
 * that changes made behind the ledger's back show. Claims and limits: docs/privacy/ledger.md.
 *
 * Every function that adds an entry checks the whole ledger first, and DPDM_EFORMAT says which entry is wrong.
 * DPDM_ESTATE where another process holds the ledger for longer than the wait; DPDM_EIO where the disk fails (the entry
 * may then stand in the ledger or not: asking again is safe, as reservations are made once a run).
 * A handle serves one thread at a time and does not survive fork(); any number of handles and processes may use one file
 * at once, on one machine. */
#ifndef DPDM_LEDGER_H
#define DPDM_LEDGER_H

#include "dpdm/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_LEDGER_TEXT 256 /* bytes of a name or a reason, with the zero at the end */
#define DPDM_LEDGER_UNIT DPDM_UNIT_ONE

typedef struct dpdm_ledger dpdm_ledger;

typedef enum {
    DPDM_LEDGER_READ,  /* show, verify, export */
    DPDM_LEDGER_WRITE, /* an older schema version is brought up to date */
    DPDM_LEDGER_CREATE /* the same, and where there is no file, or an empty one, a new ledger is made */
} dpdm_ledger_mode;

typedef struct {
    const char *who; /* stands in each entry made; NULL: user@host */
    unsigned wait;   /* milliseconds to wait for another process that writes; 0: a minute */
} dpdm_ledger_options;

/* Opens a ledger. options: NULL for the defaults. *ledger: close it with dpdm_ledger_close; NULL on failure.
 * DPDM_ENOENT: there is none. DPDM_EFORMAT: another kind of file, or damaged. DPDM_EUNSUPPORTED: of a newer version, or
 * on a network file system, whose locks are not to be trusted. */
DPDM_API dpdm_status dpdm_ledger_open(const char *path, dpdm_ledger_mode mode, const dpdm_ledger_options *options,
                                      dpdm_ledger **ledger, dpdm_error *err);
DPDM_API void dpdm_ledger_close(dpdm_ledger *ledger); /* NULL is fine */

/* ---- what a ledger holds ---- */

typedef struct {
    uint64_t id;                 /* number of its entry; dpdm_ledger_add does not read it */
    char name[DPDM_LEDGER_TEXT]; /* UTF-8, not empty, without control characters */
    int has_digest;
    uint8_t digest[32];          /* names the data, as dpdm_dataset does; private */
    char unit[DPDM_LEDGER_TEXT]; /* what is protected; "": DPDM_LEDGER_UNIT */
    uint64_t group;              /* records that a unit may own, 1..DPDM_GROUP_MAX (attacker.h); 0: 1 */
    double epsilon, delta;       /* the budget */
    dpdm_accountant accountant;
    double order; /* 0; or, with DPDM_ACCOUNTANT_RDP, the one Renyi order > 1 of a privacy filter, by which all runs but
                     the only one are added up */
} dpdm_ledger_data_set;

typedef enum {
    DPDM_LEDGER_RESERVED,
    DPDM_LEDGER_RUNNING,
    DPDM_LEDGER_FINISHED,
    DPDM_LEDGER_ABANDONED,
    DPDM_LEDGER_CANCELLED /* does not count */
} dpdm_ledger_state;

typedef struct {
    uint64_t id;       /* number of its entry */
    uint64_t data_set; /* id of its data set */
    uint8_t run[16];
    int has_config;
    uint8_t config[32];
    dpdm_event *events;
    size_t event_count;
    double epsilon_after; /* the upper bound on all spending, with this run, when it was accepted */
    dpdm_ledger_state state;
    char time[24], who[DPDM_LEDGER_TEXT]; /* of the reservation; UTC, 2026-01-31T12:34:56Z */
    int has_release;
    uint8_t release[32];           /* once finished: digest of what was released */
    char reason[DPDM_LEDGER_TEXT]; /* abandoned, cancelled */
} dpdm_ledger_reservation;

typedef struct {
    uint8_t id[16];   /* of the ledger: random */
    uint64_t entries; /* also the number of the last one, the head */
    uint8_t head[32]; /* its hash */
    const dpdm_ledger_data_set *data_sets;
    size_t data_set_count;
    const dpdm_ledger_reservation *reservations; /* in the order in which they were made */
    size_t reservation_count;
} dpdm_ledger_contents;

DPDM_API const char *dpdm_ledger_state_name(dpdm_ledger_state state); /* "reserved", ... */

/* Everything, as of one moment. *contents belongs to the ledger and is valid until the next call with it. */
DPDM_API dpdm_status dpdm_ledger_read(dpdm_ledger *ledger, const dpdm_ledger_contents **contents, dpdm_error *err);
/* The bound on all spending on a data set, at its delta: of its reservations in every state but cancelled.
 * DPDM_ENOENT: no such data set. DPDM_ERANGE: the accountant cannot prove a bound. */
DPDM_API dpdm_status dpdm_ledger_spent(dpdm_ledger *ledger, const char *data_set, dpdm_bound *bound, dpdm_error *err);
/* The same for a data set of contents that were read: as of that moment. */
DPDM_API dpdm_status dpdm_ledger_bound(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *data_set,
                                       dpdm_bound *bound, dpdm_error *err);

/* ---- budgets ---- */

/* Adds a data set with its budget, which is then fixed. DPDM_EEXIST: the name, or the digest under whatever name, is
 * there already. DPDM_EUSAGE: a value that makes no sense. */
DPDM_API dpdm_status dpdm_ledger_add(dpdm_ledger *ledger, const dpdm_ledger_data_set *data_set, dpdm_error *err);

/* Whether the budget of a data set is proven whatever is chosen by looking at results: a filter, one run, runs of one rate
 * and noise, or plain Gaussian releases. */
DPDM_API int dpdm_ledger_proven_adaptively(const dpdm_ledger_contents *contents, const dpdm_ledger_data_set *data_set);

/* An order for a privacy filter with this budget: the one that allows the most plain Gaussian releases. With the order
 * fixed in advance the budget also holds where runs are chosen after seeing the results of earlier ones (Feldman and
 * Zrnic 2021); without, that is proven only for runs that differ in nothing but their number of steps, and for plain
 * Gaussian ones. See docs/privacy/ledger.md. epsilon > 0, 0 < delta < 1. */
DPDM_API double dpdm_ledger_filter_order(double epsilon, double delta);

/* ---- runs ---- */

typedef struct {
    const char *data_set;     /* name */
    uint8_t run[16];          /* names the run: random, or derived from its key; the same on resume */
    const uint8_t *config;    /* 32 bytes: digest of all that decides the run; or NULL */
    const char *unit;         /* what the run protects; NULL: DPDM_LEDGER_UNIT. Must be the data set's */
    uint64_t group;           /* to how many records it holds each unit; 0: 1. Must be the data set's */
    const dpdm_event *events; /* as for one record, whatever the group */
    size_t event_count;       /* 1..DPDM_EVENTS_MAX */
} dpdm_ledger_request;

typedef struct {
    uint64_t id;             /* of the reservation; 0 where it was refused */
    int fresh;               /* made by this call; 0: the run had it already, nothing is charged again */
    dpdm_ledger_state state; /* of a reservation that was there */
    dpdm_bound bound;        /* of all spending with this run; filled on DPDM_EBUDGET too. Not filled if not fresh */
    double budget;           /* epsilon of the data set */
    int planned_only; /* the bound is proven only where the settings of all runs were chosen without looking at the
                                results of earlier ones (no filter, and runs that differ); docs/privacy/ledger.md */
} dpdm_ledger_receipt;

/* Reserves the whole cost of a run. The same run with the same data set, events and config is given its reservation
 * again, whatever its state but cancelled, and is not charged twice. On failure nothing has changed.
 * DPDM_EBUDGET: it would exceed the budget; the message gives figures and the way out. DPDM_ERANGE: the data set's
 * accountant cannot prove a bound (none other is tried). DPDM_ESTATE: the run has another reservation, or a cancelled
 * one, or the unit is another. DPDM_ENOENT: no such data set. DPDM_EUSAGE: events that make no sense. */
DPDM_API dpdm_status dpdm_ledger_reserve(dpdm_ledger *ledger, const dpdm_ledger_request *request,
                                         dpdm_ledger_receipt *receipt, dpdm_error *err);

/* What dpdm_ledger_reserve would say, by the entries of this moment; nothing is written (id is 0 for a new request). */
DPDM_API dpdm_status dpdm_ledger_ask(dpdm_ledger *ledger, const dpdm_ledger_request *request,
                                     dpdm_ledger_receipt *receipt, dpdm_error *err);
/* DPDM_ESTATE if the reservation is for data of another digest, or for a data set without one where another of the ledger
 * has this digest; nothing is written. */
DPDM_API dpdm_status dpdm_ledger_match(dpdm_ledger *ledger, uint64_t reservation, const uint8_t *digest,
                                       dpdm_error *err);

/* State changes. Asking for the state that a reservation has already adds nothing and is fine; so is running one that
 * has finished (its steps are the same bits again). DPDM_ENOENT: no such reservation. DPDM_ESTATE: the state does not
 * allow it. */

/* Before the first private step, with the digest of the data (or NULL); as dpdm_ledger_match. */
DPDM_API dpdm_status dpdm_ledger_run(dpdm_ledger *ledger, uint64_t reservation, const uint8_t *digest, dpdm_error *err);
/* release: 32 bytes, digest of what was released. */
DPDM_API dpdm_status dpdm_ledger_finish(dpdm_ledger *ledger, uint64_t reservation, const uint8_t *release,
                                        dpdm_error *err);
/* The run will not finish. It still counts. */
DPDM_API dpdm_status dpdm_ledger_abandon(dpdm_ledger *ledger, uint64_t reservation, const char *reason,
                                         dpdm_error *err);
/* Gives back what a reservation took: only while it is reserved, that is, never ran. */
DPDM_API dpdm_status dpdm_ledger_cancel(dpdm_ledger *ledger, uint64_t reservation, const char *reason, dpdm_error *err);

/* ---- checks ---- */

/* The head of a ledger at some moment, kept elsewhere. */
typedef struct {
    uint64_t entry;
    uint8_t hash[32];
} dpdm_ledger_anchor;

/* Checks the whole file: database, schema, chain, every entry, and that no data set is overspent. anchor: NULL, or a
 * head that the ledger must hold. DPDM_EFORMAT: what is wrong, and where. DPDM_EBUDGET: overspent. */
DPDM_API dpdm_status dpdm_ledger_verify(dpdm_ledger *ledger, const dpdm_ledger_anchor *anchor, dpdm_error *err);

/* Gives the entries in order, each as a line of JSON without the end of line (docs/ledger-format.md); a non-zero answer
 * stops with DPDM_ECANCELLED. Entries are given as they are, also where the chain is broken: verify is another call. */
typedef int (*dpdm_ledger_line_fn)(void *context, const char *line);
DPDM_API dpdm_status dpdm_ledger_export(dpdm_ledger *ledger, dpdm_ledger_line_fn line, void *context, dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
