/* fuzz_entry.c - the texts of a ledger: one that is taken is written in one way only, and read again as what it was. */
#include "fuzz.h"
#include "ledger/ledger_entry.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    dpdm_ledger_entry entry, again;
    dpdm_error err;
    char *text, *second;
    dpdm_status status = dpdm_ledger_entry_parse((const char *)bytes, size, &entry, &err);
    if (status) {
        fuzz_check_error(status, &err);
        fuzz_assert(!entry.events);
        return 0;
    }
    fuzz_assert((entry.kind == DPDM_LEDGER_ENTRY_RESERVE) == (entry.events != NULL));
    fuzz_assert(!dpdm_ledger_entry_write(&entry, &text, &err));
    fuzz_assert(!dpdm_ledger_entry_parse(text, strlen(text), &again, &err));
    fuzz_assert(again.sequence == entry.sequence && again.kind == entry.kind && again.subject == entry.subject);
    fuzz_assert(again.event_count == entry.event_count);
    fuzz_assert(!dpdm_ledger_entry_write(&again, &second, &err));
    fuzz_assert(!strcmp(text, second));
    free(text);
    free(second);
    dpdm_ledger_entry_free(&entry);
    dpdm_ledger_entry_free(&again);
    return 0;
}
