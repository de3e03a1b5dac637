/* verb_data_info.c - dpdm data info: what a data set holds, as facts to state. */
#include "data_options.h"

#include <stdio.h>
#include "base/json.h"
#include "interrupt.h"
#include "verbs.h"

static const char *const note =
    "These facts were read off the data: for private data, state only what is publicly known.";

enum { WARNINGS = 5, WARNING = 240, WIDE = 16 /* bits */ };

/* What a person should look at before training, which says nothing of values. Returns how many. */
static int values_warn(const dpdm_proposal *proposal, char text[WARNINGS][WARNING])
{
    const dpdm_values *values = &proposal->values;
    int n = 0, bits = 0;
    while (values->wide.highest >> bits)
        bits++;
    if (bits && bits < WIDE)
        snprintf(text[n++], WARNING,
                 "%llu of %llu files have 16 bits a value and use %d of them (up to %d of 65535), so their pixels are "
                 "dark: multiply the values by %d",
                 (unsigned long long)values->wide.files, (unsigned long long)proposal->count, bits,
                 values->wide.highest, 1 << (WIDE - bits));
    else if (values->highest <= 1)
        snprintf(text[n++], WARNING,
                 "values are %d to %d: masks or images of 0 and 1; as pixels they are black: multiply by 255",
                 values->lowest, values->highest);
    else if (values->highest <= 16)
        snprintf(text[n++], WARNING, "values are %d to %d of 255, nearly black: scale them to the whole range",
                 values->lowest, values->highest);
    else if (values->highest - values->lowest < 64)
        snprintf(text[n++], WARNING, "values are %d to %d of 255: little contrast is left for the model",
                 values->lowest, values->highest);
    if (values->constant)
        snprintf(text[n++], WARNING, "images of one value only, such as empty scans: %llu",
                 (unsigned long long)values->constant);
    if (values->duplicates)
        snprintf(
            text[n++], WARNING,
            "copies of other images, pixel for pixel: %llu; each counts as an image of its own, so what is shown twice "
            "is protected less",
            (unsigned long long)values->duplicates);
    if (values->contradictions)
        snprintf(text[n++], WARNING, "of these, with another label than the first copy: %llu",
                 (unsigned long long)values->contradictions);
    return n;
}

static dpdm_status print_json(cli_call *call, const data_options *options, const dpdm_proposal *proposal,
                              dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "data", call->arguments[0]);
    cJSON_AddStringToObject(json, "split", data_splits[options->split]);
    cJSON_AddNumberToObject(json, "count", (double)proposal->count);
    cJSON_AddNumberToObject(json, "height", proposal->facts.height);
    cJSON_AddNumberToObject(json, "width", proposal->facts.width);
    cJSON_AddNumberToObject(json, "channels", proposal->facts.channels);
    cJSON_AddNumberToObject(json, "classes", proposal->facts.classes);
    cJSON *list = cJSON_AddArrayToObject(json, "per_class");
    for (int c = 0; c < proposal->facts.classes; c++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber((double)proposal->per_class[c]));
    cJSON *names = proposal->class_names ? cJSON_AddArrayToObject(json, "class_names") : NULL;
    if (!names)
        cJSON_AddNullToObject(json, "class_names");
    for (int c = 0; names && c < proposal->facts.classes; c++)
        cJSON_AddItemToArray(names, cJSON_CreateString(proposal->class_names[c]));
    cJSON_AddItemToObject(json, "owners", proposal->owners ? dpdm_json_u64(proposal->owners) : cJSON_CreateNull());
    if (proposal->owners)
        cJSON_AddItemToObject(json, "owner_images_most", dpdm_json_u64(proposal->owned));
    cJSON *values = cJSON_AddObjectToObject(json, "values");
    cJSON_AddNumberToObject(values, "lowest", proposal->values.lowest);
    cJSON_AddNumberToObject(values, "highest", proposal->values.highest);
    cJSON_AddItemToObject(values, "files_of_16_bits", dpdm_json_u64(proposal->values.wide.files));
    cJSON_AddItemToObject(values, "highest_of_16_bits",
                          proposal->values.wide.files ? cJSON_CreateNumber(proposal->values.wide.highest)
                                                      : cJSON_CreateNull());
    cJSON_AddItemToObject(values, "constant_images", dpdm_json_u64(proposal->values.constant));
    cJSON_AddItemToObject(values, "duplicates", dpdm_json_u64(proposal->values.duplicates));
    cJSON_AddItemToObject(values, "duplicates_of_another_label", dpdm_json_u64(proposal->values.contradictions));
    cJSON *warnings = cJSON_AddArrayToObject(json, "warnings");
    char text[WARNINGS][WARNING];
    for (int i = 0, n = values_warn(proposal, text); i < n; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(text[i]));
    cJSON_AddStringToObject(json, "note", note);
    return cli_print_json(call, json, err);
}

static void print_text(const cli_call *call, const data_options *options, const dpdm_proposal *proposal)
{
    cli_say("%s, %s: %llu images\n", call->arguments[0], data_splits[options->split],
            (unsigned long long)proposal->count);
    printf("height: %d\nwidth: %d\nchannels: %d\nclasses: %d\n", proposal->facts.height, proposal->facts.width,
           proposal->facts.channels, proposal->facts.classes);
    if (proposal->class_names_text[0])
        printf("class_names: %s\n", proposal->class_names_text);
    for (int c = 0; c < proposal->facts.classes; c++)
        printf("class %d%s%s%s: %llu images\n", c, proposal->class_names ? " (" : "",
               proposal->class_names ? proposal->class_names[c] : "", proposal->class_names ? ")" : "",
               (unsigned long long)proposal->per_class[c]);
    if (proposal->owners)
        printf("owners: %llu, with at most %llu images each (private facts: choose owner-cap without them)\n",
               (unsigned long long)proposal->owners, (unsigned long long)proposal->owned);
    if (proposal->deep && !proposal->owners)
        printf("warning: folders below the class folders may be people with several images: see --owners folder, or "
               "list owners in owners.csv\n");
    printf("values: %d to %d of 0 to 255\n", proposal->values.lowest, proposal->values.highest);
    if (proposal->values.wide.files)
        printf("files with 16 bits a value: %llu, with values up to %d of 65535\n",
               (unsigned long long)proposal->values.wide.files, proposal->values.wide.highest);
    char text[WARNINGS][WARNING];
    for (int w = 0, n = values_warn(proposal, text); w < n; w++)
        printf("warning: %s\n", text[w]);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const data_options *options = call->options[0];
    dpdm_proposal proposal;
    cli_interrupt_catch();
    dpdm_status status = data_options_propose(call, call->arguments[0], options, &proposal, err);
    if (status)
        return status;
    if (call->json) {
        status = print_json(call, options, &proposal, err);
    } else {
        print_text(call, options, &proposal);
        cli_note(call, "%s", note);
    }
    dpdm_proposal_destroy(&proposal);
    return status;
}

const cli_verb cli_verb_data_info = {
    .name = "data info",
    .group = "Data",
    .summary = "Show what a data set holds",
    .arguments = "DATA",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Prints size, channels, classes and the number of images of each class, as facts that a training config can "
        "state; and, where the data list owners, how many people own images.\n\n" DATA_SPEC_TEXT "\n\n"
        "This looks at the data and is not covered by any privacy guarantee: for private data, state facts that are "
        "public, and keep the output to yourself.",
    .examples = "dpdm data info fashion-mnist\ndpdm data info scans/ --split test --json",
    .options = {{&data_options_table, sizeof(data_options), NULL}},
    .run = run,
};
