/* input.c - what a report shows, read and checked. */
#include "report/input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/file.h"
#include "base/json.h"
#include "dpdm/events.h"

enum { INPUT_PATH = 1024, INPUT_ROOT = 900, GRID_ROWS = 6, GRID_COLUMNS_MOST = 20, GRID_WIDTH = 840, GRID_SCALE = 4 };
enum {
    STRIP_FEW = 5,
    STRIP_MOST = 200,
    STRIP_COLUMNS = 10,
    STRIP_SHORT = 6,
    STRIP_WIDTH = 560,
    STRIP_WIDTH_SHORT = 340
};

#define EVAL_LIMIT ((size_t)1 << 26)
#define SAMPLE_SEED 20230701

static dpdm_status input_read_model(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err);
static dpdm_status input_read_statement(dpdm_report_input *input, const char *name, dpdm_error *err);
static dpdm_status input_read_eval(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err);
static dpdm_status input_name_classes(const char *names, dpdm_report_input *input, dpdm_error *err);
static dpdm_status input_draw(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err);
static dpdm_status input_find_neighbours(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err);
static void input_account(dpdm_report_input *input);

dpdm_status dpdm_report_input_read(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    *input = (dpdm_report_input){.epsilon = NAN, .delta = NAN, .recomputed = {.epsilon_upper = INFINITY}};
    dpdm_status status = input_read_model(request, input, err);
    const char *names = request->class_names ? request->class_names : input->model.class_names;
    if (!status && names)
        status = input_name_classes(names, input, err);
    if (!status && request->eval)
        status = input_read_eval(request, input, err);
    if (!status)
        status = dpdm_picture_previews(request->run, REPORT_PREVIEWS, input->previews, input->preview_steps,
                                       &input->preview_count, err);
    if (!status)
        status = dpdm_report_timeline_read(request->run, &input->timeline, err);
    if (!status && request->grid)
        status = dpdm_picture_read(request->grid, &input->grid, err);
    else if (!status)
        status = input_draw(request, input, err);
    if (!status && request->neighbours)
        status = input_find_neighbours(request, input, err);
    if (status)
        dpdm_report_input_destroy(input);
    else if (input->private_claim)
        input_account(input);
    return status;
}

void dpdm_report_input_destroy(dpdm_report_input *input)
{
    for (int i = 0; input->class_names && i < input->model.description.classes; i++)
        free(input->class_names[i]);
    free(input->class_names);
    for (int i = 0; i < input->preview_count; i++)
        dpdm_picture_destroy(&input->previews[i]);
    dpdm_picture_destroy(&input->grid);
    for (int c = 0; c < input->strip_count; c++)
        dpdm_picture_destroy(&input->strips[c]);
    free(input->strips);
    dpdm_report_neighbours_destroy(&input->neighbours);
    cJSON_Delete(input->eval);
    cJSON_Delete(input->statement);
    cJSON_Delete(input->config);
    free(input->events);
    dpdm_model_destroy(&input->model);
    *input = (dpdm_report_input){0};
}

dpdm_sampler dpdm_report_sampler(void)
{
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM_STOCHASTIC);
    sampler.steps = 50;
    return sampler;
}

/* ---- the model and its texts ---- */

static int is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static dpdm_status input_read_model(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    char path[INPUT_PATH];
    if (strlen(request->run) > INPUT_ROOT)
        return dpdm_error_set(err, DPDM_EUSAGE, "the name of the run folder is too long: at most %d bytes", INPUT_ROOT);
    int alone = is_file(request->run);
    snprintf(path, sizeof path, "%.900s%s", request->run, alone ? "" : "/release/model.safetensors");
    if (!alone && !is_file(path))
        return dpdm_error_set(err, DPDM_ENOENT,
                              "'%s' holds no finished run: there is no release/model.safetensors in it; 'dpdm train' "
                              "makes one, with --resume where a training was interrupted",
                              request->run);
    dpdm_status status = dpdm_model_read(path, &input->model, err);
    if (!status)
        status = dpdm_json_parse(input->model.config_json, strlen(input->model.config_json), path, &input->config, err);
    return status ? status : input_read_statement(input, path, err);
}

/* The events of the statement, checked as strictly as those a user gives to `dpdm account`. */
static dpdm_status statement_events(dpdm_report_input *input, const char *name, dpdm_error *err)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(input->statement, "events");
    char *text = list ? cJSON_PrintUnformatted(list) : NULL;
    if (!text)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its privacy statement lists no events", name);
    dpdm_status status = dpdm_events_parse(text, strlen(text), name, &input->events, &input->event_count, err);
    cJSON_free(text);
    if (status != DPDM_EUSAGE)
        return status;
    if (err)
        err->status = DPDM_EFORMAT; /* what a user may mistype is a damaged file here */
    return dpdm_error_prefix(err, DPDM_EFORMAT, "privacy statement");
}

static dpdm_status input_read_statement(dpdm_report_input *input, const char *name, dpdm_error *err)
{
    const char *stored = input->model.statement_json;
    if (!stored)
        return DPDM_OK;
    dpdm_status status = dpdm_json_parse(stored, strlen(stored), name, &input->statement, err);
    if (status)
        return status;
    const cJSON *statement = input->statement;
    const char *format = dpdm_report_text(statement, "format");
    if (!format || strncmp(format, "dpdm-statement-", 15) != 0 || !strchr("123", format[15]) || strlen(format) != 16)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its privacy statement is of a kind this version does not know",
                              name);
    input->private_claim = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(statement, "private"));
    input->epsilon = dpdm_report_number(statement, "epsilon_upper");
    input->delta = dpdm_report_number(statement, "delta");
    double cap = dpdm_report_number(statement, "owner_cap"); /* NaN in an older statement: the unit is an image */
    if (cap < 0 || cap > DPDM_GROUP_MAX)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its privacy statement protects units of an impossible size",
                              name);
    input->owner.cap = isfinite(cap) ? (int)cap : 0;
    const char *accountant = dpdm_report_text(statement, "accountant");
    if (!accountant || !dpdm_accountant_find(accountant, &input->accountant))
        input->accountant = DPDM_ACCOUNTANT_PLD;
    if (!(input->epsilon >= 0 && isfinite(input->epsilon)) || !(input->delta > 0 && input->delta < 1))
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its privacy statement gives no epsilon and delta", name);
    status = statement_events(input, name, err);
    return status;
}

static dpdm_status input_name_classes(const char *names, dpdm_report_input *input, dpdm_error *err)
{
    int classes = input->model.description.classes, given = 1;
    for (const char *at = names; *at; at++)
        given += *at == ',';
    if (given != classes)
        return dpdm_error_set(err, DPDM_EUSAGE, "%d class names are given, but the model has %d classes", given,
                              classes);
    input->class_names = calloc((size_t)classes, sizeof *input->class_names);
    for (int i = 0; input->class_names && i < classes; i++) {
        size_t length = strcspn(names, ",");
        input->class_names[i] = strndup(names, length);
        if (!input->class_names[i])
            break;
        names += length + 1;
    }
    return input->class_names && input->class_names[classes - 1]
               ? DPDM_OK
               : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the class names");
}

/* ---- figures and pictures ---- */

static dpdm_status input_read_eval(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    uint8_t *text;
    size_t size;
    dpdm_status status = dpdm_file_read(request->eval, EVAL_LIMIT, &text, &size, err);
    if (status)
        return status;
    status = dpdm_json_parse((const char *)text, size, request->eval, &input->eval, err);
    free(text);
    return status ? status
                  : dpdm_report_eval_check(input->eval, input->model.description.classes, request->eval, &input->best,
                                           err);
}

/* The samples of one class, out of samples of all classes in turn. */
static dpdm_status strip_make(const dpdm_dataset *all, int class, int columns, int scale, dpdm_picture *strip,
                              dpdm_error *err)
{
    const uint64_t classes = (uint64_t)all->classes, count = all->count / classes;
    const size_t bytes = (size_t)all->height * (size_t)all->width * (size_t)all->channels;
    dpdm_dataset one;
    dpdm_status status = dpdm_dataset_create(count, all->height, all->width, all->channels, 1, &one, err);
    if (status)
        return status;
    for (uint64_t i = 0; i < count; i++)
        memcpy(one.pixels + i * bytes, all->pixels + (i * classes + (uint64_t) class) * bytes, bytes);
    status = dpdm_picture_grid(&one, columns, scale, strip, err);
    dpdm_dataset_destroy(&one);
    return status;
}

/* A picture a class: two rows of ten where there are few classes, one short row where there are many. */
static dpdm_status input_draw_strips(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    const dpdm_network_description *shape = &input->model.description;
    const int few = shape->classes <= STRIP_FEW, columns = few ? STRIP_COLUMNS : STRIP_SHORT;
    int scale = (few ? STRIP_WIDTH : STRIP_WIDTH_SHORT) / (columns * shape->width);
    scale = scale < 1 ? 1 : scale > GRID_SCALE ? GRID_SCALE : scale;
    dpdm_sampler sampler = dpdm_report_sampler();
    dpdm_dataset data = {0};
    dpdm_key key;
    dpdm_key_from_seed(&key, SAMPLE_SEED);
    input->strips = calloc((size_t)shape->classes, sizeof *input->strips);
    if (!input->strips)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for %d pictures", shape->classes);
    dpdm_status status = dpdm_model_sample(&input->model, &sampler, &key,
                                           (uint64_t)shape->classes * (uint64_t)(few ? 2 * columns : columns), -1,
                                           request->threads, request->progress, request->context, &data, err);
    for (int c = 0; !status && c < shape->classes; c++) {
        status = strip_make(&data, c, columns, scale, &input->strips[c], err);
        input->strip_count += !status;
    }
    input->grid_drawn = !status;
    dpdm_dataset_destroy(&data);
    return status;
}

/* A few samples of each class, one class a column where that fits. */
static dpdm_status input_draw(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    const dpdm_network_description *shape = &input->model.description;
    if (shape->classes <= STRIP_FEW || (shape->classes > GRID_COLUMNS_MOST && shape->classes <= STRIP_MOST))
        return input_draw_strips(request, input, err);
    int columns = shape->classes >= 2 && shape->classes <= GRID_COLUMNS_MOST ? shape->classes : 10;
    int scale = GRID_WIDTH / (columns * shape->width), images = columns * GRID_ROWS;
    scale = scale < 1 ? 1 : scale > GRID_SCALE ? GRID_SCALE : scale;
    dpdm_sampler sampler = dpdm_report_sampler();
    dpdm_dataset data = {0};
    dpdm_key key;
    dpdm_key_from_seed(&key, SAMPLE_SEED);
    dpdm_status status = dpdm_model_sample(&input->model, &sampler, &key, (uint64_t)images, -1, request->threads,
                                           request->progress, request->context, &data, err);
    if (!status)
        status = dpdm_picture_grid(&data, columns, scale, &input->grid, err);
    input->grid_drawn = !status;
    dpdm_dataset_destroy(&data);
    return status;
}

/* The same samples as the first ones of a grid drawn here. */
static dpdm_status input_find_neighbours(const dpdm_report_request *request, dpdm_report_input *input, dpdm_error *err)
{
    dpdm_sampler sampler = dpdm_report_sampler();
    dpdm_key key;
    dpdm_key_from_seed(&key, SAMPLE_SEED);
    return dpdm_report_neighbours_find(request, &input->model, &sampler, &key, &input->neighbours, err);
}

/* ---- the claim computed again ---- */

/* epsilon of all events, the last one cut to the steps done. */
static double input_spent(const dpdm_report_input *input, uint64_t step)
{
    if (step == 0 || step > input->events[input->event_count - 1].steps)
        return NAN;
    dpdm_event *events = malloc(input->event_count * sizeof *events);
    if (!events)
        return NAN;
    dpdm_bound bound;
    memcpy(events, input->events, input->event_count * sizeof *events);
    events[input->event_count - 1].steps = step;
    dpdm_status status = dpdm_account_group(events, input->event_count, dpdm_owner_group(&input->owner), input->delta,
                                            input->accountant, &bound, NULL);
    free(events);
    return status ? NAN : bound.epsilon_upper;
}

/* What cannot be proven here is shown as unproven; it is no failure of the report. */
static void input_account(dpdm_report_input *input)
{
    unsigned group = dpdm_owner_group(&input->owner);
    if (dpdm_account_group(input->events, input->event_count, group, input->delta, input->accountant,
                           &input->recomputed, NULL))
        input->recomputed.epsilon_upper = INFINITY;
    dpdm_report_curve_make(input->events, input->event_count, group, input->accountant, &input->curve, NULL);
    for (int i = 0; i < input->preview_count; i++)
        input->preview_epsilon[i] = input_spent(input, input->preview_steps[i]);
}
