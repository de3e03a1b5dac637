/* data_options.c - see data_options.h. */
#include "data_options.h"

const char *const data_splits[] = {"train", "test", "val", NULL};

static const dpdm_option rows[] = {
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

dpdm_facts data_facts(const data_options *options, dpdm_facts facts)
{
    facts.owners = options->owners;
    facts.owners_key = options->owners_key;
    return facts;
}
