/* ledger_text.h - the texts that stand in every entry. */
#ifndef DPDM_PRIVACY_LEDGER_TEXT_H
#define DPDM_PRIVACY_LEDGER_TEXT_H

#include "dpdm/ledger.h"

/* DPDM_EUSAGE unless text is UTF-8 without control characters, not empty, and shorter than DPDM_LEDGER_TEXT. */
dpdm_status dpdm_ledger_text_check(const char *what, const char *text, dpdm_error *err);
/* user@host of this process. */
void dpdm_ledger_text_who(char who[DPDM_LEDGER_TEXT]);
/* Now, in UTC: 2026-01-31T12:34:56Z. */
dpdm_status dpdm_ledger_text_time(char text[24], dpdm_error *err);

#endif
