/* procedural.c - which kind, class and streams an image has, and the work on threads. */
#include "dpdm/procedural.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/pool.h"
#include "base/suggest.h"
#include "data/procedural/kinds.h"

enum { SIDE_MIN = 8, CLASSES_MAX = 65536, MEMBERS = 16 /* processes of a class */, WORD = 32 };

static const char *const procedural_names[DPDM_PROCEDURAL_KINDS] = {"leaves", "fields", "strokes", "silhouettes",
                                                                    "shapes"};

static const procedural_draw_fn draw_functions[DPDM_PROCEDURAL_KINDS] = {
    procedural_leaves, procedural_fields, procedural_strokes, procedural_silhouettes, procedural_shapes};

typedef struct {
    const dpdm_procedural *what;
    dpdm_key keys[DPDM_PROCEDURAL_KINDS];
    uint64_t first;
    size_t floats; /* of a worker's room */
    float *room;   /* [threads, floats] */
    dpdm_dataset *data;
} procedural_work;

const char *dpdm_procedural_name(dpdm_procedural_kind kind)
{
    return (unsigned)kind < DPDM_PROCEDURAL_KINDS ? procedural_names[kind] : "unknown";
}

static int procedural_find(const char *word)
{
    for (int i = 0; i < DPDM_PROCEDURAL_KINDS; i++)
        if (strcmp(word, procedural_names[i]) == 0)
            return i;
    return -1;
}

static dpdm_status procedural_unknown(const char *word, dpdm_error *err)
{
    dpdm_suggestion near = dpdm_suggest_begin(word);
    for (int i = 0; i < DPDM_PROCEDURAL_KINDS; i++)
        dpdm_suggest_offer(&near, procedural_names[i]);
    if (near.best)
        return dpdm_error_set(err, DPDM_EUSAGE, "there is no kind of procedural images '%s'; did you mean '%s'?", word,
                              near.best);
    return dpdm_error_set(err, DPDM_EUSAGE,
                          "there is no kind of procedural images '%s': the kinds are leaves, fields, strokes, "
                          "silhouettes and shapes",
                          word);
}

dpdm_status dpdm_procedural_parse(const char *list, dpdm_procedural *what, dpdm_error *err)
{
    what->kind_count = 0;
    for (const char *at = list;; at++) {
        char word[WORD];
        const size_t length = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < WORD ? length : WORD - 1), at);
        const int kind = procedural_find(word);
        if (kind < 0)
            return procedural_unknown(word, err);
        for (int i = 0; i < what->kind_count; i++)
            if (what->kinds[i] == (dpdm_procedural_kind)kind)
                return dpdm_error_set(err, DPDM_EUSAGE, "the kind '%s' is given twice", word);
        what->kinds[what->kind_count++] = (dpdm_procedural_kind)kind;
        at += length;
        if (!*at)
            return DPDM_OK;
    }
}

static int procedural_within(int value, int low, int high)
{
    return value >= low && value <= high;
}

dpdm_status dpdm_procedural_check(const dpdm_procedural *what, dpdm_error *err)
{
    if (!procedural_within(what->height, SIDE_MIN, DPDM_PROCEDURAL_SIDE_MAX) ||
        !procedural_within(what->width, SIDE_MIN, DPDM_PROCEDURAL_SIDE_MAX))
        return dpdm_error_set(err, DPDM_EUSAGE, "procedural images of %d x %d: sides must be %d to %d", what->height,
                              what->width, SIDE_MIN, DPDM_PROCEDURAL_SIDE_MAX);
    if (what->channels != 1 && what->channels != 3)
        return dpdm_error_set(err, DPDM_EUSAGE, "procedural images with %d channels: 1 (grey) or 3 (colour)",
                              what->channels);
    if (!procedural_within(what->classes, 1, CLASSES_MAX))
        return dpdm_error_set(err, DPDM_EUSAGE, "procedural images of %d classes: 1 to %d", what->classes, CLASSES_MAX);
    if (!procedural_within(what->kind_count, 1, DPDM_PROCEDURAL_KINDS))
        return dpdm_error_set(err, DPDM_EUSAGE, "procedural images of no kind: name one or more");
    return DPDM_OK;
}

/* Streams: (kind's key, 1 + process) for a process, (kind's key, 0, index) for an image. */
static void procedural_draw(void *context, int worker, uint64_t i)
{
    const procedural_work *work = context;
    const dpdm_procedural *what = work->what;
    const uint64_t index = work->first + i, classes = (uint64_t)what->classes;
    const dpdm_procedural_kind kind = what->kinds[index / classes % (uint64_t)what->kind_count];
    const size_t pixels = (size_t)what->height * (size_t)what->width, floats = pixels * (size_t)what->channels;
    const int shorter = what->height < what->width ? what->height : what->width;
    float *room = work->room + (size_t)worker * work->floats;
    canvas c = {what->height, what->width, what->channels, 1.0 / shorter, room, room + floats, room + floats + pixels};
    dpdm_stream process, image;

    dpdm_stream_init(&image, &work->keys[kind], DPDM_PURPOSE_PROCEDURAL, 0, index);
    const uint64_t member = dpdm_stream_below(&image, MEMBERS);
    dpdm_stream_init(&process, &work->keys[kind], DPDM_PURPOSE_PROCEDURAL, 1, index % classes * MEMBERS + member);
    memset(c.colours, 0, floats * sizeof *c.colours);
    draw_functions[kind](&c, &process, &image);
    uint8_t *to = work->data->pixels + i * floats;
    for (size_t p = 0; p < floats; p++)
        to[p] = (uint8_t)(255 * clamp_unit((double)c.colours[p]) + 0.5);
    work->data->labels[i] = (int32_t)(index % classes);
}

static dpdm_status procedural_run(procedural_work *work, uint64_t count, int threads, dpdm_error *err)
{
    const dpdm_procedural *what = work->what;
    const size_t pixels = (size_t)what->height * (size_t)what->width;
    dpdm_pool *pool;
    dpdm_status status = dpdm_pool_create(threads, &pool, err);
    if (status)
        return status;
    work->floats = pixels * ((size_t)what->channels + 1) + canvas_lattice_floats(what->height, what->width);
    work->room = malloc((size_t)dpdm_pool_threads(pool) * work->floats * sizeof *work->room);
    if (work->room)
        dpdm_pool_run(pool, count, procedural_draw, work);
    else
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory to draw procedural images");
    free(work->room);
    dpdm_pool_destroy(pool);
    return status;
}

dpdm_status dpdm_procedural_make(const dpdm_procedural *what, uint64_t first, uint64_t count, int threads,
                                 dpdm_dataset *data, dpdm_error *err)
{
    procedural_work work = {.what = what, .first = first, .data = data};
    *data = (dpdm_dataset){0};
    dpdm_status status = dpdm_procedural_check(what, err);
    if (!status)
        status = dpdm_dataset_create(count, what->height, what->width, what->channels, what->classes, data, err);
    if (status)
        return status;
    dpdm_key seed;
    dpdm_key_from_seed(&seed, what->seed);
    for (int kind = 0; kind < DPDM_PROCEDURAL_KINDS; kind++) {
        char label[WORD + 16];
        snprintf(label, sizeof label, "procedural %s", procedural_names[kind]);
        dpdm_key_derive(&work.keys[kind], &seed, label);
    }
    status = procedural_run(&work, count, threads, err);
    if (!status)
        status = dpdm_dataset_seal(data, err);
    if (status)
        dpdm_dataset_destroy(data);
    return status;
}
