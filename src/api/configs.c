/* configs.c - options by name and text, over the tables of each job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/handles.h"
#include "diffusion/sampler_options.h"
#include "train/config.h"
#include "train/presets.h"

enum { TABLES = 3, VALUE = 8192 /* the longest option has 4096 bytes */ };

#define AT(field) offsetof(sample_settings, field)
static const dpdm_option sample_rows[] = {
    {.name = "label",
     .type = DPDM_OPTION_INT,
     .offset = AT(label),
     .max = 65536,
     .help = "the class of all images; without it image i is of class i mod classes",
     .given_offset = AT(label_given)},
    {.name = "seed",
     .type = DPDM_OPTION_U64,
     .offset = AT(seed),
     .help = "the same seed gives the same images; without it they differ each time",
     .given_offset = AT(seed_given)},
    {.name = "threads",
     .type = DPDM_OPTION_INT,
     .offset = AT(threads),
     .max = 4096,
     .help = "0: all cores. Changes no bit"},
};
static const dpdm_option_table sample_table = {sample_rows, sizeof sample_rows / sizeof *sample_rows};

/* Where a classifier's run folder is: `dpdm classify train` makes it from options of its own. */
static const dpdm_option folder_rows[] = {
    {.name = "out",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(dpdm_train_config, out),
     .size = DPDM_PATH,
     .help = "run folder; RUN/release/model.safetensors may be shared"},
};
static const dpdm_option_table folder_table = {folder_rows, sizeof folder_rows / sizeof *folder_rows};

static void sample_defaults(void *object)
{
    *(sample_settings *)object = (sample_settings){.sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM)};
}

static void train_defaults(void *object)
{
    *(dpdm_train_config *)object = dpdm_train_config_for(DPDM_TASK_DIFFUSION);
}

static void classify_defaults(void *object)
{
    *(dpdm_train_config *)object = dpdm_train_config_for(DPDM_TASK_CLASSIFIER);
}

/* The tables of a job, each with the place of its struct in dpdm_config and what fills that with defaults (NULL: zeros, or
 * the struct before). */
typedef struct {
    const char *name;
    struct {
        const dpdm_option_table *table;
        size_t offset;
        void (*defaults)(void *object);
    } tables[TABLES];
} job_options;

#define OF(field) offsetof(dpdm_config, of.field)
static const job_options jobs[JOBS] = {
    [CONFIG_TRAIN] = {"train", {{&dpdm_train_option_table, OF(train), train_defaults}}},
    [CONFIG_CLASSIFY] = {"classify",
                         {{&dpdm_classifier_option_table, OF(train), classify_defaults},
                          {&folder_table, OF(train), NULL}}},
    [CONFIG_SAMPLE] = {"sample",
                       {{&sample_table, OF(sample), sample_defaults},
                        {&dpdm_sampler_option_table, OF(sample.sampler), NULL}}},
    [CONFIG_EVALUATE] = {"evaluate",
                         {{&eval_table, OF(evaluate.options), eval_defaults},
                          {&eval_rival_table, OF(evaluate.rival), eval_rival_defaults},
                          {&eval_fidelity_table, OF(evaluate.fidelity), eval_fidelity_defaults}}},
    [CONFIG_TUNE_SAMPLER] = {"tune-sampler", {{&dpdm_tuner_table, OF(tune), dpdm_tuner_defaults}}},
    [CONFIG_SELFCHECK] = {"selfcheck", {{&dpdm_selfcheck_table, OF(selfcheck), NULL}}},
    [CONFIG_AUDIT_MECHANISM] = {"audit-mechanism",
                                {{&dpdm_audit_mechanism_table, OF(mechanism), dpdm_audit_mechanism_defaults}}},
    [CONFIG_AUDIT_TRAINING] = {"audit-training",
                               {{&dpdm_train_option_table, OF(audit.train), train_defaults},
                                {&dpdm_audit_training_table, OF(audit.canaries), dpdm_audit_training_defaults}}},
    [CONFIG_AUDIT_MEMBERSHIP] = {"audit-membership",
                                 {{&dpdm_audit_membership_table, OF(membership), dpdm_audit_membership_defaults}}},
};

static void config_defaults(dpdm_config *config)
{
    const job_options *job = &jobs[config->job];
    for (int i = 0; i < TABLES && job->tables[i].table; i++)
        if (job->tables[i].defaults)
            job->tables[i].defaults((char *)config + job->tables[i].offset);
}

dpdm_status dpdm_config_create(const char *job, dpdm_config **config, dpdm_error *err)
{
    *config = NULL;
    for (int i = 0; i < JOBS; i++) {
        if (strcmp(jobs[i].name, job) != 0)
            continue;
        *config = calloc(1, sizeof **config);
        if (!*config)
            return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a config");
        (*config)->job = (config_job)i;
        config_defaults(*config);
        return DPDM_OK;
    }
    char known[200] = "";
    size_t length = 0;
    for (int i = 0; i < JOBS; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? ", " : "", jobs[i].name);
    return dpdm_error_set(err, DPDM_EUSAGE, "unknown job '%.60s'; known are %s", job, known);
}

void dpdm_config_destroy(dpdm_config *config)
{
    free(config);
}

dpdm_status config_check(const dpdm_config *config, config_job job, dpdm_error *err)
{
    return config->job == job ? DPDM_OK
                              : dpdm_error_set(err, DPDM_EUSAGE, "the config is of the job '%s', not '%s'",
                                               jobs[config->job].name, jobs[job].name);
}

/* The row of a name and the struct it belongs to; NULL with the nearest name in *err. */
static const dpdm_option *config_row(const dpdm_config *config, const char *name, size_t *offset, dpdm_error *err)
{
    const char *near = NULL;
    for (int i = 0; i < TABLES && jobs[config->job].tables[i].table; i++) {
        const dpdm_option_table *table = jobs[config->job].tables[i].table;
        const dpdm_option *row = dpdm_option_find(table, name, strlen(name));
        *offset = jobs[config->job].tables[i].offset;
        if (row)
            return row;
        near = near ? near : dpdm_option_nearest(table, name);
    }
    dpdm_error_set(err, DPDM_EUSAGE, "the job '%s' has no option '%.60s'%s%s%s", jobs[config->job].name, name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

dpdm_status dpdm_config_set(dpdm_config *config, const char *name, const char *value, dpdm_error *err)
{
    size_t offset;
    const dpdm_option *row = config_row(config, name, &offset, err);
    return row ? dpdm_option_set(row, (char *)config + offset, value, err) : DPDM_EUSAGE;
}

dpdm_status dpdm_config_get(const dpdm_config *config, const char *name, char **value, dpdm_error *err)
{
    size_t offset;
    const dpdm_option *row = config_row(config, name, &offset, err);
    *value = NULL;
    if (!row)
        return DPDM_EUSAGE;
    *value = malloc(VALUE);
    if (!*value)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a value");
    dpdm_option_get(row, (const char *)config + offset, *value, VALUE);
    return DPDM_OK;
}

/* The tables of the config's job, bound to its structs; returns how many. */
static size_t config_bind(dpdm_config *config, dpdm_option_binding bindings[TABLES])
{
    const job_options *job = &jobs[config->job];
    size_t count = 0;
    for (; count < TABLES && job->tables[count].table; count++)
        bindings[count] = (dpdm_option_binding){job->tables[count].table, (char *)config + job->tables[count].offset};
    return count;
}

dpdm_status dpdm_config_read(dpdm_config *config, const char *path, dpdm_error *err)
{
    dpdm_option_binding bindings[TABLES];
    return dpdm_options_read_yaml_all(bindings, config_bind(config, bindings), path, err);
}

dpdm_status dpdm_config_parse(dpdm_config *config, const char *yaml, dpdm_error *err)
{
    dpdm_option_binding bindings[TABLES];
    return dpdm_options_parse_yaml_all(bindings, config_bind(config, bindings), yaml, strlen(yaml), "the given text",
                                       err);
}

dpdm_status dpdm_config_preset(dpdm_config *config, const char *name, dpdm_error *err)
{
    dpdm_train_config *train = config->job == CONFIG_AUDIT_TRAINING ? &config->of.audit.train : &config->of.train;
    dpdm_status status = config->job == CONFIG_AUDIT_TRAINING ? DPDM_OK : config_check(config, CONFIG_TRAIN, err);
    if (status)
        return status;
    const dpdm_preset *preset = dpdm_preset_find(name, err);
    return preset ? dpdm_preset_read(preset, train, err) : DPDM_EUSAGE;
}

static const dpdm_option *config_row_at(const dpdm_config *config, size_t number)
{
    for (int i = 0; i < TABLES && jobs[config->job].tables[i].table; i++) {
        const dpdm_option_table *table = jobs[config->job].tables[i].table;
        if (number < table->count)
            return &table->rows[number];
        number -= table->count;
    }
    return NULL;
}

const char *dpdm_config_name(const dpdm_config *config, size_t number)
{
    const dpdm_option *row = config_row_at(config, number);
    return row ? row->name : NULL;
}

const char *dpdm_config_help(const dpdm_config *config, size_t number)
{
    const dpdm_option *row = config_row_at(config, number);
    return row ? row->help : NULL;
}

const char *dpdm_preset_name(size_t number)
{
    for (size_t i = 0; dpdm_presets[i].name; i++)
        if (i == number)
            return dpdm_presets[i].name;
    return NULL;
}
