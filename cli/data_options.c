/* data_options.c - see data_options.h. */
#include "data_options.h"

#include "data/rule.h"
#include "interrupt.h"
#include "progress.h"

const char *const data_splits[] = {"train", "test", "val", NULL};

static const char picture_group[] = "Pictures of other sizes and colours";

static const dpdm_option rows[] = {
    {.name = "resize",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, rule.resize),
     .size = sizeof((data_options *)0)->rule.resize,
     .metavar = "N|HxW",
     .group = picture_group,
     .help = dpdm_rule_help_resize},
    {.name = "resize-filter",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(data_options, rule.filter),
     .choices = dpdm_filter_choices,
     .group = picture_group,
     .help = dpdm_rule_help_filter},
    {.name = "crop",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(data_options, rule.crop),
     .choices = dpdm_crop_choices,
     .group = picture_group,
     .help = dpdm_rule_help_crop},
    {.name = "grey",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(data_options, rule.grey),
     .group = picture_group,
     .help = dpdm_rule_help_grey},
    {.name = "colour",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(data_options, rule.colour),
     .group = picture_group,
     .help = dpdm_rule_help_colour},
    {.name = "orientation",
     .type = DPDM_OPTION_CHOICE,
     .offset = offsetof(data_options, rule.orientation),
     .choices = dpdm_orientation_choices,
     .group = picture_group,
     .help = dpdm_rule_help_orientation},
    {.name = "cache",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, cache),
     .size = sizeof((data_options *)0)->cache,
     .metavar = "DIR",
     .group = picture_group,
     .help = dpdm_rule_help_cache},
    {.name = "cache-keep",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(data_options, cache_keep),
     .group = picture_group,
     .help = dpdm_rule_help_cache_keep},
    {.name = "decoders",
     .type = DPDM_OPTION_INT,
     .offset = offsetof(data_options, threads),
     .max = 4096,
     .metavar = "N",
     .group = picture_group,
     .help = "threads that decode pictures; 0: all cores. Changes no bit"},
    {.name = "images-key",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, images_key),
     .size = sizeof((data_options *)0)->images_key,
     .metavar = "KEY",
     .group = "Data",
     .help = dpdm_help_images_key},
    {.name = "labels-key",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(data_options, labels_key),
     .size = sizeof((data_options *)0)->labels_key,
     .metavar = "KEY",
     .group = "Data",
     .help = dpdm_help_labels_key},
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

enum { RULE_ROWS = 6 };
const dpdm_option_table data_options_table = {rows, sizeof rows / sizeof *rows}, rule_options_table = {rows, RULE_ROWS};

const char *data_dir(const data_options *options)
{
    return options->data_dir[0] ? options->data_dir : NULL;
}

static dpdm_facts data_facts(const data_options *options, dpdm_facts facts)
{
    facts.owners = options->owners;
    facts.owners_key = options->owners_key;
    facts.images_key = options->images_key;
    facts.labels_key = options->labels_key;
    if (dpdm_rule_given(&options->rule))
        facts.rule = options->rule;
    return facts;
}

static int watch(void *context, uint64_t done, uint64_t total)
{
    cli_progress_update(context, done, total, NULL);
    return cli_interrupt_pending();
}

static dpdm_reading reading_of(const data_options *options, cli_progress *progress)
{
    return (dpdm_reading){options->threads, watch, progress, options->cache, options->cache_keep};
}

static dpdm_status check(const data_options *options, dpdm_error *err)
{
    return options->cache_keep && !options->cache[0]
               ? dpdm_error_set(err, DPDM_EUSAGE, "--cache-keep is for a cache: name its folder with --cache DIR")
               : DPDM_OK;
}

dpdm_status data_options_open(const cli_call *call, const char *spec, const data_options *options,
                              const dpdm_facts *facts, dpdm_dataset *data, dpdm_error *err)
{
    cli_progress progress;
    const dpdm_reading reading = reading_of(options, &progress);
    dpdm_facts full = data_facts(options, *facts);
    dpdm_status status = check(options, err);
    if (status)
        return status;
    full.reading = &reading;
    cli_progress_begin_private(&progress, call, "decoding", "img");
    status = dpdm_dataset_open(spec, data_dir(options), (dpdm_split)options->split, &full, data, err);
    cli_progress_end(&progress);
    return status;
}

dpdm_status data_options_propose(const cli_call *call, const char *spec, const data_options *options,
                                 dpdm_proposal *proposal, dpdm_error *err)
{
    cli_progress progress;
    const dpdm_reading reading = reading_of(options, &progress);
    dpdm_facts facts = data_facts(options, (dpdm_facts){0});
    dpdm_status status = check(options, err);
    if (status)
        return status;
    facts.reading = &reading;
    cli_progress_begin_private(&progress, call, "decoding", "img");
    status = dpdm_dataset_propose(spec, data_dir(options), (dpdm_split)options->split, &facts, proposal, err);
    cli_progress_end(&progress);
    return status;
}
