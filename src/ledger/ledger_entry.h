/* ledger_entry.h - an entry of the ledger and its canonical text (docs/ledger-format.md). */
#ifndef DPDM_PRIVACY_LEDGER_ENTRY_H
#define DPDM_PRIVACY_LEDGER_ENTRY_H

#include "dpdm/ledger.h"

#define DPDM_LEDGER_FORMAT "dpdm-ledger-1"
#define DPDM_LEDGER_NEIGHBOURS "add or remove one unit"

typedef enum {
    DPDM_LEDGER_ENTRY_LEDGER,
    DPDM_LEDGER_ENTRY_DATA_SET,
    DPDM_LEDGER_ENTRY_RESERVE,
    DPDM_LEDGER_ENTRY_RUN,
    DPDM_LEDGER_ENTRY_FINISH,
    DPDM_LEDGER_ENTRY_ABANDON,
    DPDM_LEDGER_ENTRY_CANCEL
} dpdm_ledger_kind;

/* Which of the fields after `kind` mean something depends on the kind. */
typedef struct {
    uint64_t sequence;
    char time[24], who[DPDM_LEDGER_TEXT], version[32];
    dpdm_ledger_kind kind;
    uint8_t id[16];                /* ledger */
    dpdm_ledger_data_set data_set; /* data_set */
    uint64_t subject;              /* reserve: the data set; run, finish, abandon, cancel: the reservation */
    uint8_t run[16];               /* reserve, with all that follows up to accountant */
    int has_config;
    uint8_t config[32];
    dpdm_event *events;
    size_t event_count;
    double epsilon_after;
    dpdm_accountant accountant;
    uint8_t release[32];           /* finish */
    char reason[DPDM_LEDGER_TEXT]; /* abandon, cancel */
} dpdm_ledger_entry;

/* *text is malloc'ed. */
dpdm_status dpdm_ledger_entry_write(const dpdm_ledger_entry *entry, char **text, dpdm_error *err);
/* DPDM_EFORMAT unless text holds exactly the keys of its kind, in their order, with values of their types. The events
 * are entry's: dpdm_ledger_entry_free; nothing to free after a failure. */
dpdm_status dpdm_ledger_entry_parse(const char *text, size_t size, dpdm_ledger_entry *entry, dpdm_error *err);
void dpdm_ledger_entry_free(dpdm_ledger_entry *entry);

/* hash = BLAKE2b-256(previous || text). hash may be previous. */
void dpdm_ledger_entry_hash(uint8_t hash[32], const uint8_t previous[32], const char *text, size_t size);

#endif
