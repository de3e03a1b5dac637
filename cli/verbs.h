/* verbs.h - the verbs, one a file. */
#ifndef DPDM_CLI_VERBS_H
#define DPDM_CLI_VERBS_H

#include "verb.h"

extern const cli_verb cli_verb_account;
extern const cli_verb cli_verb_advise;
extern const cli_verb cli_verb_audit_mechanism;
extern const cli_verb cli_verb_audit_membership;
extern const cli_verb cli_verb_audit_training;
extern const cli_verb cli_verb_bench;
extern const cli_verb cli_verb_calibrate;
extern const cli_verb cli_verb_classify_train;
extern const cli_verb cli_verb_classify_predict;
extern const cli_verb cli_verb_init;
extern const cli_verb cli_verb_inspect;
extern const cli_verb cli_verb_completion;
extern const cli_verb cli_verb_data_convert;
extern const cli_verb cli_verb_data_fetch;
extern const cli_verb cli_verb_data_info;
extern const cli_verb cli_verb_data_make;
extern const cli_verb cli_verb_denoise;
extern const cli_verb cli_verb_eval;
extern const cli_verb cli_verb_features;
extern const cli_verb cli_verb_help;
extern const cli_verb cli_verb_ledger_export;
extern const cli_verb cli_verb_ledger_init;
extern const cli_verb cli_verb_ledger_mark;
extern const cli_verb cli_verb_ledger_reserve;
extern const cli_verb cli_verb_ledger_show;
extern const cli_verb cli_verb_ledger_verify;
extern const cli_verb cli_verb_presets;
extern const cli_verb cli_verb_pretrain;
extern const cli_verb cli_verb_report;
extern const cli_verb cli_verb_sample;
extern const cli_verb cli_verb_selfcheck;
extern const cli_verb cli_verb_statement;
extern const cli_verb cli_verb_train;
extern const cli_verb cli_verb_tune_sampler;
extern const cli_verb cli_verb_version;

#endif
