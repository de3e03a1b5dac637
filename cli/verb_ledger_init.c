/* verb_ledger_init.c - dpdm ledger init: a new ledger, or another data set in one. */
#include <float.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "data_options.h"
#include "dpdm/attacker.h"
#include "ledger_options.h"
#include "verbs.h"

typedef struct {
    char name[DPDM_LEDGER_TEXT], digest[80], unit[DPDM_LEDGER_TEXT], data[1024];
    dpdm_facts facts;
    double epsilon, delta, order;
    int accountant, has_accountant, adaptive, no_digest;
    uint64_t group;
} init_options;

#define TEXT(member) .offset = offsetof(init_options, member), .size = sizeof((init_options *)0)->member
#define BUDGET_GROUP "Budget"
#define DATA_GROUP "Data (to take their digest)"

static const dpdm_option rows[] = {
    {.name = "data-set",
     .type = DPDM_OPTION_STRING,
     TEXT(name),
     .metavar = "NAME",
     .group = BUDGET_GROUP,
     .help = "name of the data set in the ledger; training uses what it is given as --data unless told otherwise"},
    {.name = "epsilon",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(init_options, epsilon),
     .max = DBL_MAX,
     .metavar = "E",
     .group = BUDGET_GROUP,
     .help = "budget of everything that is ever done with the data, together"},
    {.name = "delta",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(init_options, delta),
     .max = 1,
     .metavar = "D",
     .group = BUDGET_GROUP,
     .help = "at this delta; well below 1 / number of records"},
    {.name = "accountant",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(init_options, accountant),
     .choices = dpdm_accountant_choices,
     .group = BUDGET_GROUP,
     .help = "add up spending, for ever, by this accountant instead of a filter: tighter, but proven only where the "
             "settings of all runs are chosen without looking at results",
     .given_offset = offsetof(init_options, has_accountant)},
    {.name = "adaptive",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(init_options, adaptive),
     .group = BUDGET_GROUP,
     .help = "the default: a filter, so that the budget holds also where the settings of a run are chosen after seeing "
             "the results of earlier ones; spending is added up at one Renyi order, fixed now"},
    {.name = "order",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(init_options, order),
     .max = DBL_MAX,
     .metavar = "A",
     .group = BUDGET_GROUP,
     .help = "of the filter; 0: the best for a full budget"},
    {.name = "unit",
     .type = DPDM_OPTION_STRING,
     TEXT(unit),
     .metavar = "TEXT",
     .group = BUDGET_GROUP,
     .help = "what is protected; empty: as dpdm train says it, " DPDM_LEDGER_UNIT ", or a person with --group"},
    {.name = "group",
     .type = DPDM_OPTION_U64,
     .offset = offsetof(init_options, group),
     .max = DPDM_GROUP_MAX,
     .metavar = "M",
     .group = BUDGET_GROUP,
     .help = "protect people with at most M images, as trainings with owner-cap M do; 0: single images"},
    {.name = "digest",
     .type = DPDM_OPTION_STRING,
     TEXT(digest),
     .metavar = "HEX",
     .group = BUDGET_GROUP,
     .help = "digest of the data, 64 digits: runs on other data under this name are refused, and the same data under "
             "another name"},
    {.name = "no-digest",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(init_options, no_digest),
     .group = BUDGET_GROUP,
     .help = "the ledger shall not know the data by their digest: nothing then notices other data under this name, or "
             "these data under another"},
    {.name = "data",
     .type = DPDM_OPTION_STRING,
     TEXT(data),
     .metavar = "SPEC",
     .group = DATA_GROUP,
     .help = "read the data and take their digest"},
    {.name = "height",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(init_options, facts.height),
     .max = 1024,
     .group = DATA_GROUP,
     .help = "height, as training will state it; 0: as the files say"},
    {.name = "width",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(init_options, facts.width),
     .max = 1024,
     .group = DATA_GROUP,
     .help = "width, as training will state it"},
    {.name = "channels",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(init_options, facts.channels),
     .max = 4,
     .group = DATA_GROUP,
     .help = "channels, as training will state them"},
    {.name = "classes",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(init_options, facts.classes),
     .max = 65536,
     .group = DATA_GROUP,
     .help = "number of classes, as training will state it"},
};

static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static dpdm_status init_digest(const cli_call *call, const init_options *o, const data_options *data,
                               dpdm_ledger_data_set *set, dpdm_error *err)
{
    dpdm_dataset opened;
    set->has_digest = o->digest[0] || o->data[0];
    if ((o->digest[0] != '\0') + (o->data[0] != '\0') + o->no_digest != 1)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give one of --data SPEC (read the data, to know them again), --digest HEX and "
                              "--no-digest: without a digest the same data under two names have two budgets");
    if (o->digest[0])
        return ledger_bytes("--digest", o->digest, set->digest, sizeof set->digest, err);
    if (!o->data[0])
        return DPDM_OK;
    dpdm_status status = data_options_open(call, o->data, data, &o->facts, &opened, err);
    if (status)
        return status;
    memcpy(set->digest, opened.digest, sizeof set->digest);
    dpdm_dataset_destroy(&opened);
    return DPDM_OK;
}

static dpdm_status init_name(const init_options *o, dpdm_ledger_data_set *set, dpdm_error *err)
{
    char digits[65];
    const char *name = o->name[0] ? o->name : o->data;
    if (name[0])
        snprintf(set->name, sizeof set->name, "%.255s", name);
    else if (set->has_digest)
        snprintf(set->name, sizeof set->name, "%.16s", ledger_digits(set->digest, 32, digits));
    else
        return dpdm_error_set(err, DPDM_EUSAGE, "--data-set is missing: name the data set that the budget is for");
    return DPDM_OK;
}

static dpdm_status init_budget(const init_options *o, dpdm_ledger_data_set *set, dpdm_error *err)
{
    if (!(o->epsilon > 0) || !(o->delta > 0 && o->delta < 1))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give the budget: --epsilon above 0 and --delta between 0 and 1, both excluded");
    if (o->has_accountant && (o->adaptive || o->order != 0))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--accountant takes the place of the filter, which --adaptive and --order are about: "
                              "leave one of them out");
    set->epsilon = o->epsilon;
    set->delta = o->delta;
    set->accountant = o->has_accountant ? (dpdm_accountant)o->accountant : DPDM_ACCOUNTANT_RDP;
    if (!o->has_accountant)
        set->order = o->order != 0 ? o->order : dpdm_ledger_filter_order(o->epsilon, o->delta);
    memcpy(set->unit, o->unit, sizeof set->unit);
    set->group = o->group;
    ledger_unit(o->group, set->unit, sizeof set->unit);
    return DPDM_OK;
}

static dpdm_status init_print(cli_call *call, const char *path, dpdm_ledger *ledger, const char *name, dpdm_error *err)
{
    const dpdm_ledger_contents *contents;
    dpdm_status status = dpdm_ledger_read(ledger, &contents, err);
    if (status)
        return status;
    char head[90];
    ledger_head(contents, head);
    if (!call->json) {
        cli_say("%s: a budget for '%s'; %zu data set%s in all\nhead %s\n", path, name, contents->data_set_count,
                contents->data_set_count == 1 ? "" : "s", head);
        return DPDM_OK;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "ledger", path);
    cJSON_AddStringToObject(json, "data_set", name);
    cJSON_AddStringToObject(json, "head", head);
    return cli_print_json(call, json, err);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const init_options *o = call->options[0];
    const ledger_options *common = call->options[2];
    dpdm_ledger_data_set set = {0};
    const char *path, *const *words;
    dpdm_ledger *ledger = NULL;
    dpdm_status status = ledger_words(call, 0, &path, &words, err);
    if (!status)
        status = init_budget(o, &set, err);
    if (!status)
        status = init_digest(call, o, call->options[1], &set, err);
    if (!status)
        status = init_name(o, &set, err);
    if (!status)
        status = ledger_open(path, DPDM_LEDGER_CREATE, common->who, &ledger, err);
    if (!status)
        status = dpdm_ledger_add(ledger, &set, err);
    if (!status)
        status = init_print(call, path, ledger, set.name, err);
    if (!status && !(set.order > 0))
        cli_note(call, "note: " LEDGER_PLANNED_TEXT);
    dpdm_ledger_close(ledger);
    return status;
}

const cli_verb cli_verb_ledger_init = {
    .name = "ledger init",
    .group = "Ledger",
    .summary = "Give a private data set a privacy budget",
    .arguments = "[FILE]",
    .arguments_max = 1,
    .description =
        "Makes a ledger, or adds a data set to one. From then on 'dpdm train --ledger FILE' reserves the whole cost of "
        "a "
        "run before it reads the data, and a run that does not fit in the budget is refused. A budget is fixed for "
        "ever; "
        "so is the way its spending is added up.\n\n"
        "The data are known by their digest (--data, or --digest), so that they have one budget under whatever name. "
        "Spending is added up by a privacy filter, which holds whatever is chosen by looking at earlier results; a run "
        "alone may use the whole budget by the tighter accountant. With --accountant the budget is proven where the "
        "settings of all runs are chosen without looking at the results of earlier ones, or where runs differ in their "
        "number of steps only.\n\n" LEDGER_FILE_TEXT,
    .examples =
        "dpdm ledger init budget.ledger --data scans.npz --classes 2 --data-set scans --epsilon 8 --delta 1e-6\n"
        "dpdm ledger init budget.ledger --data-set letters --no-digest --epsilon 8 --delta 1e-6 --accountant pld",
    .options = {{&table, sizeof(init_options), NULL},
                {&data_options_table, sizeof(data_options), NULL},
                {&ledger_options_table, sizeof(ledger_options), NULL}},
    .run = run,
};
