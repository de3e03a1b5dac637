/* verb_ledger_mark.c - dpdm ledger mark: what has become of a reservation. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "ledger_options.h"
#include "verbs.h"

typedef struct {
    char reason[DPDM_LEDGER_TEXT], release[1024];
} mark_options;

static const dpdm_option rows[] = {
    {.name = "reason",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(mark_options, reason),
     .size = sizeof((mark_options *)0)->reason,
     .metavar = "TEXT",
     .group = "Mark",
     .help = "abandoned, cancelled: why"},
    {.name = "release",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(mark_options, release),
     .size = sizeof((mark_options *)0)->release,
     .metavar = "FILE",
     .group = "Mark",
     .help = "finished: what was released; its digest (BLAKE2b, 32 bytes) goes into the ledger"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status file_digest(const char *path, uint8_t digest[32], dpdm_error *err)
{
    static const size_t size = (size_t)1 << 16;
    crypto_generichash_state hash;
    uint8_t *buffer = malloc(size);
    FILE *file = buffer ? fopen(path, "rb") : NULL;
    dpdm_status status = file     ? DPDM_OK
                         : buffer ? dpdm_error_set(err, DPDM_EIO, "cannot read the release '%s'", path)
                                  : dpdm_error_set(err, DPDM_ENOMEM, "out of memory");
    crypto_generichash_init(&hash, NULL, 0, 32);
    for (size_t got = 1; !status && got;) {
        got = fread(buffer, 1, size, file);
        crypto_generichash_update(&hash, buffer, got);
        if (got < size && ferror(file))
            status = dpdm_error_set(err, DPDM_EIO, "cannot read the release '%s'", path);
    }
    crypto_generichash_final(&hash, digest, 32);
    if (file)
        fclose(file);
    free(buffer);
    return status;
}

static dpdm_status mark(dpdm_ledger *ledger, uint64_t id, dpdm_ledger_state state, const mark_options *o,
                        dpdm_error *err)
{
    uint8_t digest[32];
    if ((state == DPDM_LEDGER_ABANDONED || state == DPDM_LEDGER_CANCELLED) && !o->reason[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "say why with --reason");
    if (state == DPDM_LEDGER_RUNNING)
        return dpdm_ledger_run(ledger, id, NULL, err);
    if (state == DPDM_LEDGER_ABANDONED)
        return dpdm_ledger_abandon(ledger, id, o->reason, err);
    if (state == DPDM_LEDGER_CANCELLED)
        return dpdm_ledger_cancel(ledger, id, o->reason, err);
    if (!o->release[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "say what was released with --release");
    dpdm_status status = file_digest(o->release, digest, err);
    return status ? status : dpdm_ledger_finish(ledger, id, digest, err);
}

static dpdm_status state_read(const char *word, dpdm_ledger_state *state, dpdm_error *err)
{
    for (int i = DPDM_LEDGER_RUNNING; i <= DPDM_LEDGER_CANCELLED; i++) {
        *state = (dpdm_ledger_state)i;
        if (!strcmp(word, dpdm_ledger_state_name(*state)))
            return DPDM_OK;
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s' is not running, finished, abandoned or cancelled", word);
}

static dpdm_status result_print(cli_call *call, uint64_t id, dpdm_ledger_state state, dpdm_error *err)
{
    if (!call->json) {
        printf("reservation %llu: %s\n", (unsigned long long)id, dpdm_ledger_state_name(state));
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "reservation", dpdm_json_u64(id));
    cJSON_AddStringToObject(json, "state", dpdm_ledger_state_name(state));
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const mark_options *o = call->options[0];
    const ledger_options *common = call->options[1];
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    uint64_t id = 0;
    dpdm_ledger_state state = DPDM_LEDGER_RESERVED;
    dpdm_status status = ledger_words(call, 2, &path, &words, err);
    if (!status)
        status = ledger_number(words[0], &id, err);
    if (!status)
        status = state_read(words[1], &state, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_WRITE, common->who, &ledger, err);
    if (!status)
        status = mark(ledger, id, state, o, err);
    if (!status)
        status = result_print(call, id, state, err);
    dpdm_ledger_close(ledger);
    return status;
}

const cli_verb cli_verb_ledger_mark = {
    .name = "ledger mark",
    .group = "Ledger",
    .summary = "Say what has become of a reservation",
    .arguments = "[FILE] ID STATE",
    .arguments_min = 2,
    .arguments_max = 3,
    .description = "STATE is running, finished, abandoned or cancelled; ID is the number that 'dpdm ledger show' "
                   "prints. 'dpdm train' "
                   "marks its own runs.\n\n"
                   "An abandoned run still counts: its noise may have been seen. Only a reservation whose run never "
                   "started can be "
                   "cancelled, which gives back what it took: mark it so if a run was killed before its first step and "
                   "will not be "
                   "started again.\n\n" LEDGER_FILE_TEXT,
    .examples = "dpdm ledger mark budget.ledger 7 cancelled --reason 'wrong file'\n"
                "dpdm ledger mark budget.ledger 9 finished --release model.safetensors",
    .options = {{&table, sizeof(mark_options), NULL}, {&ledger_options_table, sizeof(ledger_options), NULL}},
    .run = run,
};
