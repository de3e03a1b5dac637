/* neighbours.c - synthetic images beside the real training images nearest to them. */
#include "report/neighbours.h"

#include <math.h>
#include <string.h>

enum { NEIGHBOUR_WIDTH = 840, NEIGHBOUR_SCALE = 4 };

static size_t image_bytes(const dpdm_dataset *data)
{
    return (size_t)data->height * (size_t)data->width * (size_t)data->channels;
}

static uint64_t distance_squared(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int difference = a[i] - b[i];
        sum += (uint64_t)(difference * difference);
    }
    return sum;
}

void dpdm_report_nearest(const dpdm_dataset *data, const uint8_t *image, uint64_t except, int count, uint64_t *records,
                         uint64_t *distances)
{
    const size_t n = image_bytes(data);
    for (int i = 0; i < count; i++)
        records[i] = distances[i] = UINT64_MAX;
    for (uint64_t r = 0; r < data->count; r++) {
        uint64_t distance = r == except ? UINT64_MAX : distance_squared(image, data->pixels + r * n, n);
        int at = count;
        while (at > 0 && distance < distances[at - 1])
            at--;
        if (at == count)
            continue;
        memmove(records + at + 1, records + at, (size_t)(count - 1 - at) * sizeof *records);
        memmove(distances + at + 1, distances + at, (size_t)(count - 1 - at) * sizeof *distances);
        records[at] = r;
        distances[at] = distance;
    }
}

static double distance_share(uint64_t squared, size_t pixels)
{
    return squared == UINT64_MAX ? NAN : sqrt((double)squared / (double)pixels) / 255;
}

/* One column: the sample, and below it its neighbours. */
static void column_fill(const dpdm_dataset *samples, const dpdm_dataset *real, int column, dpdm_dataset *grid,
                        dpdm_report_neighbours *found)
{
    const size_t n = image_bytes(samples), columns = (size_t)samples->count;
    const uint8_t *sample = samples->pixels + (size_t)column * n;
    uint64_t records[NEIGHBOUR_NEAREST], distances[NEIGHBOUR_NEAREST], other[1], apart[1];
    dpdm_report_nearest(real, sample, UINT64_MAX, NEIGHBOUR_NEAREST, records, distances);
    memcpy(grid->pixels + (size_t)column * n, sample, n);
    for (size_t k = 0; k < NEIGHBOUR_NEAREST; k++)
        if (records[k] != UINT64_MAX)
            memcpy(grid->pixels + ((k + 1) * columns + (size_t)column) * n, real->pixels + records[k] * n, n);
    found->classes[column] = samples->labels[column];
    found->nearest[column] = distance_share(distances[0], n);
    found->among_real[column] = NAN;
    if (records[0] != UINT64_MAX) {
        dpdm_report_nearest(real, real->pixels + records[0] * n, records[0], 1, other, apart);
        found->among_real[column] = distance_share(apart[0], n);
    }
}

static dpdm_status neighbours_draw(const dpdm_dataset *samples, const dpdm_dataset *real, dpdm_report_neighbours *found,
                                   dpdm_error *err)
{
    dpdm_dataset grid;
    int columns = (int)samples->count, scale = NEIGHBOUR_WIDTH / (columns * samples->width);
    scale = scale < 1 ? 1 : scale > NEIGHBOUR_SCALE ? NEIGHBOUR_SCALE : scale;
    dpdm_status status = dpdm_dataset_create((uint64_t)columns * (NEIGHBOUR_NEAREST + 1), samples->height,
                                             samples->width, samples->channels, samples->classes, &grid, err);
    if (status)
        return status;
    for (int column = 0; column < columns; column++)
        column_fill(samples, real, column, &grid, found);
    status = dpdm_picture_grid(&grid, columns, scale, &found->picture, err);
    found->samples = status ? 0 : columns;
    dpdm_dataset_destroy(&grid);
    return status;
}

dpdm_status dpdm_report_neighbours_find(const dpdm_report_request *request, const dpdm_model *model,
                                        const dpdm_sampler *sampler, const dpdm_key *key,
                                        dpdm_report_neighbours *neighbours, dpdm_error *err)
{
    const dpdm_network_description *shape = &model->description;
    static const dpdm_reading_options plain;
    dpdm_facts facts = {.height = shape->height,
                        .width = shape->width,
                        .channels = shape->channels,
                        .classes = shape->classes,
                        .owners = DPDM_OWNERS_NOT_NEEDED};
    dpdm_dataset samples = {0}, real = {0};
    *neighbours = (dpdm_report_neighbours){0};
    dpdm_status status = dpdm_reading_rule_of(model->config_json, &facts.rule, err);
    if (!status)
        status = dpdm_reading_open(request->reading ? request->reading : &plain, request->neighbours, request->data_dir,
                                   DPDM_SPLIT_TRAIN, &facts, NULL, &real, err);
    if (!status)
        status = dpdm_model_sample(model, sampler, key, NEIGHBOUR_SAMPLES, -1, request->threads, request->progress,
                                   request->context, &samples, err);
    if (!status)
        status = dpdm_dataset_match(&samples, "the model", &real, request->neighbours, err);
    if (!status)
        status = neighbours_draw(&samples, &real, neighbours, err);
    dpdm_dataset_destroy(&samples);
    dpdm_dataset_destroy(&real);
    return status;
}

void dpdm_report_neighbours_destroy(dpdm_report_neighbours *neighbours)
{
    dpdm_picture_destroy(&neighbours->picture);
}
