/* data_options.c - see data_options.h. */
#include "data_options.h"

#include "interrupt.h"
#include "progress.h"

const char *const data_splits[] = {"train", "test", "val", NULL};

static const dpdm_option rows[] = {
    DPDM_READING_ROWS(offsetof(data_options, reading)),
    {.name = "data-dir",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, data_dir),
     .size = sizeof((data_options *)0)->data_dir,
     .metavar = "DIR",
     .group = "Data",
     .help = "folder that holds known data sets, looked in first"},
    {.name = "split",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(data_options, split),
     .choices = data_splits,
     .group = "Data",
     .help = "which part of the data set"},
    {.name = "owners",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(data_options, owners),
     .choices = dpdm_owners_choices,
     .metavar = "WHERE",
     .group = "Data",
     .help = DPDM_OWNERS_HELP},
    {.name = "owners-key",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, owners_key),
     .size = sizeof((data_options *)0)->owners_key,
     .metavar = "NAME",
     .group = "Data",
     .help = DPDM_OWNERS_KEY_HELP},
};

const dpdm_option_table data_options_table = {rows, sizeof rows / sizeof *rows};

const char *data_dir(const data_options *options)
{
    return options->data_dir[0] ? options->data_dir : NULL;
}

static int watch(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

/* The facts with all that the options say of the data over them; `reading` is then told to `progress`. */
static dpdm_status settle(const data_options *options, cli_progress *progress, dpdm_reading *reading, dpdm_facts *facts,
                          dpdm_error *err)
{
    facts->owners = options->owners;
    facts->owners_key = options->owners_key;
    *reading = (dpdm_reading){.watch = watch, .context = progress};
    return dpdm_reading_apply(&options->reading, reading, facts, err);
}

dpdm_status data_options_open(const cli_call *call, const char *spec, const data_options *options,
                              const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    cli_progress progress;
    dpdm_reading reading;
    dpdm_facts full = *facts;
    dpdm_status status = settle(options, &progress, &reading, &full, err);
    if (status)
        return status;
    cli_progress_begin_private(&progress, call, DPDM_READING_WORK, "img");
    status = dpdm_dataset_open(spec, data_dir(options), (dpdm_split)options->split, &full, data, err);
    cli_progress_end(&progress);
    return status;
}

dpdm_status data_options_propose(const cli_call *call, const char *spec, const data_options *options,
                                 dpdm_proposal *proposal, dpdm_error *err)
{
    cli_progress progress;
    dpdm_reading reading;
    dpdm_facts facts = {0};
    dpdm_status status = settle(options, &progress, &reading, &facts, err);
    if (status)
        return status;
    cli_progress_begin_private(&progress, call, DPDM_READING_WORK, "img");
    status = dpdm_dataset_propose(spec, data_dir(options), (dpdm_split)options->split, &facts, proposal, err);
    cli_progress_end(&progress);
    return status;
}
