/* verb_advise.c - `dpdm advise`: a recipe for a set of which only its size is told. */
#include <math.h>
#include <stdio.h>
#include "base/print.h"
#include "init_recipe.h"
#include "verbs.h"

enum { ADVISE_SIZE = 40, ADVISE_SIDE = 4096, ADVISE_CHANNELS = 3 };

typedef struct {
    uint64_t records;
    char size[ADVISE_SIZE];
    int classes;
    double epsilon, delta;
} advise_options;

#define ROW(field) .offset = offsetof(advise_options, field), .group = "Public facts"

static const dpdm_option rows[] = {
    {.name = "records", .type = DPDM_OPTION_U64, ROW(records), .min = 1, .max = 1e12, .metavar = "N", .help = "images"},
    {.name = "size",
     .type = DPDM_OPTION_STRING,
     ROW(size),
     .size = ADVISE_SIZE,
     .metavar = "HxWxC",
     .help = "height, width and channels (1 grey, 3 colour), such as 28x28x1"},
    {.name = "classes",
     .type = DPDM_OPTION_INT,
     ROW(classes),
     .min = 1,
     .max = 1 << 16,
     .metavar = "N",
     .help = "number of classes"},
    {.name = "epsilon",
     .type = DPDM_OPTION_DOUBLE,
     ROW(epsilon),
     .min = 1e-3,
     .max = 1e6,
     .metavar = "E",
     .help = "1 is strict, 10 is lax"},
    {.name = "delta",
     .type = DPDM_OPTION_DOUBLE,
     ROW(delta),
     .min = 0,
     .max = 0.1,
     .metavar = "D",
     .help = "0: 1e-5, or about a tenth of 1/records where that is less"},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

static void defaults(void *options)
{
    *(advise_options *)options = (advise_options){.size = "28x28x1", .classes = 10, .epsilon = 10};
}

static dpdm_status size_read(const char *text, dpdm_train_config *config, dpdm_error *err)
{
    char rest;
    if (sscanf(text, "%dx%dx%d%c", &config->height, &config->width, &config->channels, &rest) != 3 ||
        config->height < 1 || config->height > ADVISE_SIDE || config->width < 1 || config->width > ADVISE_SIDE ||
        (config->channels != 1 && config->channels != ADVISE_CHANNELS))
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "--size '%s' is not HEIGHTxWIDTHxCHANNELS with sides up to %d and 1 or %d channels, such "
                              "as 28x28x1",
                              text, ADVISE_SIDE, ADVISE_CHANNELS);
    return DPDM_OK;
}

/* 1e-5, or about a tenth of 1/records: one digit. */
static double delta_usual(uint64_t records)
{
    char text[32];
    dpdm_print_text(text, sizeof text, "%.0e", fmin(1e-5, 0.1 / (double)records));
    return dpdm_print_read(text, NULL);
}

/* Why the recipe is as it is, in a line or two each; measured in docs/recipes.md. */
static void reasons_put(FILE *out, const dpdm_train_config *c, const char *preset)
{
    fprintf(out, "# Why: settings of the recipe '%s', which is the nearest that was measured.\n", preset);
    if (c->init[0])
        fprintf(out, "# - It starts from weights that the program comes with: no private image, no cost in privacy.\n");
    else
        fprintf(out, "# - No start fits these sizes; 'dpdm pretrain --procedural' makes one without private images.\n");
    if (c->prior_covariance_noise > 0)
        fprintf(out,
                "# - Class means and a covariance are released first: in minutes they are most of what is learned.\n");
    else
        fprintf(out, "# - Images are too large for a covariance; class means are released first.\n");
    if (c->epsilon < 3)
        fprintf(out,
                "# - At so small an epsilon noise decides, not time: fewer and larger steps. Train classifiers on the\n"
                "#   samples for few epochs only ('dpdm eval --epochs 2' for 60,000 images): longer they learn the "
                "generator.\n");
    fprintf(out, "# - All weights are trained: adapters and low ranks (tune) were no better where they were tried.\n");
}

static cJSON *advise_json(const init_interview *talk)
{
    cJSON *json = cJSON_CreateObject(), *recipe = cJSON_AddObjectToObject(json, "recipe");
    cJSON_AddStringToObject(json, "preset", talk->preset);
    for (size_t i = 0; i < dpdm_train_option_table.count; i++) {
        const dpdm_option *row = &dpdm_train_option_table.rows[i];
        char key[64], value[DPDM_CLASS_NAMES];
        if (!(row->flags & DPDM_OPTION_PUBLIC))
            continue;
        dpdm_option_key(row->name, key, sizeof key);
        dpdm_option_get(row, &talk->config, value, sizeof value);
        cJSON_AddStringToObject(recipe, key, value);
    }
    return json;
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const advise_options *o = call->options[0];
    init_interview talk = {.config = dpdm_train_config_default(), .about = o->records};
    if (!o->records)
        return dpdm_error_set(err, DPDM_EUSAGE, "--records is missing: how many images there are, at least roughly");
    dpdm_status status = size_read(o->size, &talk.config, err);
    if (status)
        return status;
    snprintf(talk.config.data, sizeof talk.config.data, "images"); /* to be named by the user */
    talk.config.classes = o->classes;
    talk.config.records = o->records;
    talk.config.epsilon = o->epsilon;
    talk.config.delta = o->delta > 0 ? o->delta : delta_usual(o->records);
    status = init_recipe_make(&talk, err);
    dpdm_train_plan plan;
    if (!status)
        status = dpdm_train_plan_make(&talk.config, &plan, err); /* it must be one that trains */
    if (status)
        return status;
    if (call->json)
        return cli_print_json(call, advise_json(&talk), err);
    init_recipe_put(stdout, "advise", &talk);
    putchar('\n');
    reasons_put(stdout, &talk.config, talk.preset);
    cli_note(call,
             "write it to a file, name the data in it, and see what it costs: dpdm train --config FILE --dry-run");
    return DPDM_OK;
}

const cli_verb cli_verb_advise = {
    .name = "advise",
    .group = "Train and sample",
    .summary = "Print a recipe for a set of which only its size is told",
    .description =
        "Prints a recipe (YAML, for 'dpdm train --config') for so many images of that size and so many classes at that "
        "epsilon, and why it is as it is. No data are touched: what it needs are public facts. 'dpdm init' asks for "
        "them, and for more, and writes the recipe to a folder.",
    .examples = "dpdm advise --records 4708 --size 28x28x1 --classes 2 --epsilon 10 > recipe.yaml\n"
                "dpdm advise --records 50000 --size 32x32x3 --classes 10 --epsilon 1",
    .options = {{&table, sizeof(advise_options), defaults}},
    .run = run,
};
