/* outputs.h - trouble with outputs found before the work. */
#ifndef DPDM_CLI_OUTPUTS_H
#define DPDM_CLI_OUTPUTS_H

#include "verb.h"

/* Checks every option of the call that is marked DPDM_OPTION_OUTPUT and given: whether it may be written (a file that
 * exists needs the verb's --overwrite), and that no two lead to one place. Options whose name may become a file or a
 * folder are checked further by their verb. Nothing is checked for a --dry-run. */
dpdm_status cli_outputs_check(const cli_call *call, dpdm_error *err);

#endif
