/* picture_decode.c - see picture_folder.h. */
#include "data/picture_folder.h"
#include "data/pixels.h"
#include "base/file.h"
#include "base/pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { PICTURES_BLOCK = 512 }; /* between two blocks the watch is asked, and mapped pages are handed back */

typedef struct {
    const dpdm_tree *tree;
    const dpdm_shape *shape;
    dpdm_dataset *data;
    dpdm_raster_gate gate;
    pthread_mutex_t lock; /* of what follows, and of data->wide */
    uint64_t first;       /* of this block */
    uint64_t failed;      /* the first picture that was refused; UINT64_MAX: none */
    dpdm_status status;
    dpdm_error *err;
} pictures_work;

static dpdm_status pictures_read(const char *path, dpdm_raster_gate *gate, dpdm_raster *picture, dpdm_error *err)
{
    uint8_t *bytes;
    dpdm_blob file = {path, NULL, 0};
    dpdm_status status = dpdm_file_read(path, DPDM_RASTER_FILE, &bytes, &file.size, err);
    if (status)
        return status;
    file.bytes = bytes;
    status = dpdm_raster_decode(&file, gate, picture, err);
    free(bytes);
    return status;
}

static void pictures_note_wide(pictures_work *work, const dpdm_raster *picture)
{
    pthread_mutex_lock(&work->lock);
    work->data->wide.files++;
    if (picture->wide_highest > work->data->wide.highest)
        work->data->wide.highest = picture->wide_highest;
    pthread_mutex_unlock(&work->lock);
}

static dpdm_status pictures_one(pictures_work *work, uint64_t record, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_raster picture;
    dpdm_status status = dpdm_folder_join(work->tree->folder, work->tree->files[record].name, path, err);
    if (!status)
        status = pictures_read(path, work->shape->rule->resize[0] ? &work->gate : NULL, &picture, err);
    if (status)
        return status;
    if (picture.wide)
        pictures_note_wide(work, &picture);
    status = dpdm_rule_apply(work->shape, &picture, path,
                             work->data->pixels + record * dpdm_dataset_image_bytes(work->data), err);
    dpdm_raster_destroy(&picture);
    return status;
}

static void pictures_task(void *context, int worker, uint64_t index)
{
    pictures_work *work = context;
    const uint64_t record = work->first + index;
    dpdm_error err;
    (void)worker;
    dpdm_status status = pictures_one(work, record, &err);
    if (!status)
        return;
    pthread_mutex_lock(&work->lock);
    if (record < work->failed) {
        work->failed = record;
        work->status = status;
        if (work->err)
            *work->err = err;
    }
    pthread_mutex_unlock(&work->lock);
}

static dpdm_status pictures_run(pictures_work *work, dpdm_pool *pool, const dpdm_reading *reading)
{
    const uint64_t count = work->tree->count;
    for (work->first = 0; !work->status && work->first < count; work->first += PICTURES_BLOCK) {
        if (reading && reading->watch && reading->watch(reading->context, work->first, count))
            return dpdm_error_set(work->err, DPDM_ECANCELLED, "reading '%s' was stopped", work->tree->folder);
        const uint64_t rest = count - work->first;
        dpdm_pool_run(pool, rest < PICTURES_BLOCK ? rest : PICTURES_BLOCK, pictures_task, work);
        dpdm_pixels_release(work->data);
    }
    return work->status;
}

dpdm_status dpdm_pictures_decode(const dpdm_tree *tree, const dpdm_shape *shape, const dpdm_reading *reading,
                                 dpdm_dataset *data, dpdm_error *err)
{
    dpdm_pool *pool;
    pictures_work work = {.tree = tree, .shape = shape, .data = data, .failed = UINT64_MAX, .err = err};
    dpdm_status status = dpdm_pool_create(reading ? reading->threads : 0, &pool, err);
    if (status)
        return status;
    if (pthread_mutex_init(&work.lock, NULL) || pthread_mutex_init(&work.gate.lock, NULL)) {
        dpdm_pool_destroy(pool);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for a lock");
    }
    status = pictures_run(&work, pool, reading);
    dpdm_pool_destroy(pool);
    pthread_mutex_destroy(&work.gate.lock);
    pthread_mutex_destroy(&work.lock);
    return status;
}

dpdm_status dpdm_pictures_shape(const dpdm_tree *tree, const dpdm_facts *facts, dpdm_shape *shape, dpdm_error *err)
{
    char path[DPDM_FOLDER_PATH];
    dpdm_raster picture;
    dpdm_raster_gate gate;
    *shape = (dpdm_shape){&facts->rule, facts->height, facts->width, dpdm_rule_channels(&facts->rule, facts->channels)};
    if (facts->rule.resize[0])
        dpdm_rule_size(&facts->rule, &shape->height, &shape->width);
    if (dpdm_facts_complete(facts))
        return DPDM_OK;
    dpdm_status status = dpdm_folder_join(tree->folder, tree->files[0].name, path, err);
    if (!status && pthread_mutex_init(&gate.lock, NULL))
        status = dpdm_error_set(err, DPDM_ENOMEM, "no memory for a lock");
    if (status)
        return status;
    status = pictures_read(path, facts->rule.resize[0] ? &gate : NULL, &picture, err);
    if (!status) {
        status = dpdm_rule_shape(&facts->rule, facts, &picture, path, shape, err);
        dpdm_raster_destroy(&picture);
    }
    pthread_mutex_destroy(&gate.lock);
    if (!status)
        status = dpdm_facts_check(facts, path, tree->count, (uint64_t)shape->height, (uint64_t)shape->width,
                                  (uint64_t)shape->channels, err);
    return status;
}
