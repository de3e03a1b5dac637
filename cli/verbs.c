/* verbs.c - the list of verbs, in the order in which the help shows them. */
#include "verbs.h"

/* One a line, so that branches merge. */
const cli_verb *const cli_verbs[] = {
    /* clang-format off */
    &cli_verb_init,
    &cli_verb_advise,
    &cli_verb_train,
    &cli_verb_pretrain,
    &cli_verb_presets,
    &cli_verb_sample,
    &cli_verb_denoise,
    &cli_verb_inspect,
    &cli_verb_data_info,
    &cli_verb_data_convert,
    &cli_verb_data_fetch,
    &cli_verb_data_make,
    &cli_verb_eval,
    &cli_verb_classify_train,
    &cli_verb_classify_predict,
    &cli_verb_features,
    &cli_verb_tune_sampler,
    &cli_verb_report,
    &cli_verb_account,
    &cli_verb_calibrate,
    &cli_verb_statement,
    &cli_verb_selfcheck,
    &cli_verb_audit_mechanism,
    &cli_verb_audit_training,
    &cli_verb_audit_membership,
    &cli_verb_ledger_init,
    &cli_verb_ledger_show,
    &cli_verb_ledger_verify,
    &cli_verb_ledger_export,
    &cli_verb_ledger_reserve,
    &cli_verb_ledger_mark,
    &cli_verb_bench,
    &cli_verb_version,
    &cli_verb_completion,
    &cli_verb_help,
    NULL,
    /* clang-format on */
};
