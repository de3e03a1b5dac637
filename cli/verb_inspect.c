/* verb_inspect.c - `dpdm inspect`: what a model file holds, in one screen. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/json.h"
#include "dpdm/dp_classifier.h"
#include "train/config.h"
#include "dpdm/model.h"
#include "dpdm/dp_classifier.h"
#include "train/config.h"
#include "text.h"
#include "verbs.h"

enum { INSPECT_PATH = 4096, INSPECT_BLOCK = 100, INSPECT_WIDTH = 79 };

typedef struct {
    int all;
} inspect_options;

static const dpdm_option rows[] = {
    {.name = "layers",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(inspect_options, all),
     .group = "What to show",
     .help = "every tensor with its shape, instead of one line a block"},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

/* A file as one of the two kinds of release. */
typedef struct {
    char path[INSPECT_PATH];
    uint64_t bytes;
    const char *kind;
    dpdm_model model;
    dpdm_dp_classifier *classifier; /* NULL: it is a model */
    dpdm_network *own;              /* of a classifier */
    const dpdm_network *network;
    cJSON *config, *statement; /* statement: NULL without one */
} subject;

static void subject_close(subject *s)
{
    if (s->classifier)
        dpdm_dp_classifier_destroy(s->classifier);
    else
        dpdm_model_destroy(&s->model);
    if (s->own)
        dpdm_network_destroy(s->own);
    cJSON_Delete(s->config);
    cJSON_Delete(s->statement);
}

static dpdm_status subject_find(const char *path, subject *s, dpdm_error *err)
{
    struct stat st;
    int folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    int length = snprintf(s->path, sizeof s->path, "%s%s", path, folder ? "/release/model.safetensors" : "");
    if (length < 0 || (size_t)length >= sizeof s->path)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s...' is too long", path);
    if (stat(s->path, &st) == 0)
        s->bytes = (uint64_t)st.st_size;
    return DPDM_OK;
}

static dpdm_status subject_read_classifier(subject *s, dpdm_error *err)
{
    dpdm_status status = dpdm_dp_classifier_read(s->path, 1, &s->classifier, err);
    if (status)
        return status;
    const dpdm_train_config *c = dpdm_dp_classifier_settings(s->classifier);
    const char *statement = dpdm_dp_classifier_statement(s->classifier);
    s->kind = "classifier trained with DP-SGD";
    status = dpdm_network_classifier(c->classifier, c->height, c->width, c->channels, c->classes, &s->own, err);
    s->network = s->own;
    s->config = dpdm_options_to_json(&dpdm_classifier_option_table, c, DPDM_OPTION_PUBLIC);
    if (!status && statement)
        status = dpdm_json_parse(statement, strlen(statement), s->path, &s->statement, err);
    return status;
}

static dpdm_status subject_read_model(subject *s, dpdm_error *err)
{
    dpdm_status status = dpdm_model_read(s->path, &s->model, err);
    if (status)
        return status;
    s->kind = s->model.start_json ? "public start of a diffusion model" : "diffusion model";
    s->network = s->model.network;
    status = dpdm_json_parse(s->model.config_json, strlen(s->model.config_json), s->path, &s->config, err);
    if (!status && s->model.statement_json)
        status = dpdm_json_parse(s->model.statement_json, strlen(s->model.statement_json), s->path, &s->statement, err);
    return status;
}

/* A model, or else a classifier; of a file that is neither, what is wrong with it as a model. */
static dpdm_status subject_open(const char *path, subject *s, dpdm_error *err)
{
    dpdm_status status = subject_find(path, s, err);
    if (!status)
        status = subject_read_model(s, err);
    if (status == DPDM_EFORMAT && !s->network && !subject_read_classifier(s, NULL))
        status = DPDM_OK;
    return status;
}

/* ---- for machines ---- */

static cJSON *tensors_json(const dpdm_network *network)
{
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < dpdm_network_tensors(network); i++) {
        dpdm_tensor_info info = dpdm_network_tensor(network, i);
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", info.name);
        cJSON_AddItemToObject(one, "shape", cJSON_CreateIntArray(info.shape, info.rank));
        cJSON_AddStringToObject(one, "layer", info.layer);
        cJSON_AddItemToArray(list, one);
    }
    return list;
}

static dpdm_status inspect_json(cli_call *call, subject *s, dpdm_error *err)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", s->path);
    cJSON_AddItemToObject(json, "bytes", dpdm_json_u64(s->bytes));
    cJSON_AddStringToObject(json, "kind", s->kind);
    cJSON_AddItemToObject(json, "parameters", dpdm_json_u64(dpdm_network_parameters(s->network)));
    cJSON_AddItemToObject(json, "tensors", tensors_json(s->network));
    /* As the file has them: the digits of its figures stay what they are. */
    if (s->classifier)
        cJSON_AddItemReferenceToObject(json, "config", s->config);
    else
        cJSON_AddRawToObject(json, "config", s->model.config_json);
    const char *statement = s->classifier ? dpdm_dp_classifier_statement(s->classifier) : s->model.statement_json;
    cJSON_AddRawToObject(json, "statement", statement ? statement : "null");
    return cli_print_json(call, json, err);
}

/* ---- for people ---- */

/* "encoder.0.block.1" of "encoder.0.block.1.conv1.weight"; "input" of "input.weight". */
static void block_of(const char *name, char block[INSPECT_BLOCK])
{
    snprintf(block, INSPECT_BLOCK, "%s", name);
    for (int cut = 0; cut < 2 && strchr(block, '.'); cut++)
        *strrchr(block, '.') = '\0';
}

static void shape_words(const dpdm_tensor_info *info, char *text, size_t size)
{
    size_t used = 0;
    for (int d = 0; d < info->rank && used < size; d++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", d ? " x " : "", info->shape[d]);
}

static void layers_print_all(const dpdm_network *network)
{
    for (size_t i = 0; i < dpdm_network_tensors(network); i++) {
        dpdm_tensor_info info = dpdm_network_tensor(network, i);
        char shape[60] = "";
        shape_words(&info, shape, sizeof shape);
        printf("  %-40s %-16s %s\n", info.name, shape, info.layer);
    }
}

static void layers_print_blocks(const dpdm_network *network)
{
    char block[INSPECT_BLOCK], next[INSPECT_BLOCK];
    const size_t count = dpdm_network_tensors(network);
    for (size_t i = 0; i < count;) {
        uint64_t parameters = 0;
        size_t first = i;
        block_of(dpdm_network_tensor(network, i).name, block);
        for (; i < count; i++) {
            block_of(dpdm_network_tensor(network, i).name, next);
            if (strcmp(block, next) != 0)
                break;
            parameters += dpdm_network_tensor(network, i).size;
        }
        printf("  %-26s %10" PRIu64 "  in %2zu tensors\n", block, parameters, i - first);
    }
}

/* "key=value" of what is no object, then of the objects in it, wrapped. */
static void config_words(FILE *out, const cJSON *config)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, config)
    {
        if (cJSON_IsObject(item)) {
            config_words(out, item);
            continue;
        }
        char *value = cJSON_PrintUnformatted(item);
        fprintf(out, "%s=%s ", item->string, value ? value : "?");
        cJSON_free(value);
    }
}

static void config_print(const cJSON *config)
{
    char *words = NULL, *lines = NULL;
    size_t size;
    FILE *out = open_memstream(&words, &size);
    if (out) {
        config_words(out, config);
        fclose(out);
    }
    out = words ? open_memstream(&lines, &size) : NULL;
    if (out) {
        cli_text_wrap(out, words, 0, 2, INSPECT_WIDTH);
        fclose(out);
        cli_say("\nconfig\n%s", lines);
    }
    free(words);
    free(lines);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "not stated";
}

static void statement_print(const subject *s)
{
    if (!s->statement) {
        printf("\nprivacy       no statement%s\n",
               s->model.start_json ? ": a public start, made without private data" : ": nothing is promised");
        return;
    }
    cli_say("\nprivacy       %s\n", text_of(s->statement, "claim"));
    cli_say("  unit        %s\n", text_of(s->statement, "unit"));
    cli_say("  accountant  %s, %d events\n", text_of(s->statement, "accountant"),
            cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(s->statement, "events")));
    cli_say("  as the file has it; 'dpdm statement %s' computes it again\n", s->path);
}

static void inspect_print(const subject *s, const inspect_options *o)
{
    cli_say("%s\n%s, %" PRIu64 " parameters in %zu tensors, %" PRIu64 " bytes\n\nlayers\n", s->path, s->kind,
            (uint64_t)dpdm_network_parameters(s->network), dpdm_network_tensors(s->network), s->bytes);
    if (o->all)
        layers_print_all(s->network);
    else
        layers_print_blocks(s->network);
    config_print(s->config);
    statement_print(s);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    subject s = {.bytes = 0};
    dpdm_status status = subject_open(call->arguments[0], &s, err);
    if (!status && call->json)
        status = inspect_json(call, &s, err);
    else if (!status)
        inspect_print(&s, call->options[0]);
    subject_close(&s);
    return status;
}

const cli_verb cli_verb_inspect = {
    .name = "inspect",
    .group = "Train and sample",
    .summary = "Show what a model file holds: layers, config, privacy statement",
    .arguments = "MODEL",
    .arguments_min = 1,
    .arguments_max = 1,
    .description = "MODEL is a model, a classifier of 'dpdm classify train', a public start (.safetensors), or the "
                   "folder of a finished run. Everything shown is public. Nothing of the file is believed: sizes, "
                   "names and shapes are checked; that the privacy statement holds is for 'dpdm statement' to say.",
    .examples = "dpdm inspect run\ndpdm inspect rival.safetensors --layers\ndpdm inspect run --json",
    .options = {{&table, sizeof(inspect_options), NULL}},
    .run = run,
};
