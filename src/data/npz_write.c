/* npz_write.c - arrays as .npz, packed straight into the file: memory does not grow with the arrays. */
#include "data/npz.h"
#include "base/file.h"
#include "dpdm/dataset.h"

#include <stdio.h>
#include <zip.h>

enum { NPZ_LEVEL = 3, NPZ_ARRAYS = 8, NPZ_HEADER = 256 };

/* Where libzip writes to. It goes back to fill in sizes, so it says where each piece belongs. */
typedef struct {
    dpdm_file_writer *writer;
    uint64_t at, end;
    zip_error_t error;
} npz_sink;

/* How far it is: libzip knows shares, not images. */
typedef struct {
    dpdm_write_watch watch;
    uint64_t total;
    double share;
    int stop;
} npz_progress;

static dpdm_status npz_pack(dpdm_file_writer *writer, const dpdm_npz_array *arrays, size_t n, npz_progress *progress,
                            dpdm_error *err);
static int npz_add(zip_t *zip, const dpdm_npz_array *array, uint8_t header[NPZ_HEADER]);
static zip_int64_t npz_sink_do(void *context, void *data, zip_uint64_t size, zip_source_cmd_t what);
static void npz_progressed(zip_t *zip, double share, void *context);
static int npz_stopped(zip_t *zip, void *context);

dpdm_status dpdm_npz_write(const char *path, const dpdm_npz_array *arrays, size_t n, unsigned flags, dpdm_error *err)
{
    return dpdm_npz_write_watched(path, arrays, n, flags, (dpdm_write_watch){0}, 0, err);
}

dpdm_status dpdm_npz_write_watched(const char *path, const dpdm_npz_array *arrays, size_t n, unsigned flags,
                                   dpdm_write_watch watch, uint64_t total, dpdm_error *err)
{
    dpdm_file_writer writer;
    npz_progress progress = {.watch = watch, .total = total};
    dpdm_status status = dpdm_file_begin(&writer, path, (flags & DPDM_WRITE_OVERWRITE) != 0,
                                         flags & DPDM_WRITE_PRIVATE ? DPDM_FILE_PRIVATE : DPDM_FILE_SHARED, err);
    if (status)
        return status;
    status = npz_pack(&writer, arrays, n, &progress, err);
    if (!status || writer.failure) /* which commit reports, in the system's words */
        return dpdm_file_commit(&writer, err);
    dpdm_file_abandon(&writer);
    return status;
}

static dpdm_status npz_pack(dpdm_file_writer *writer, const dpdm_npz_array *arrays, size_t n, npz_progress *progress,
                            dpdm_error *err)
{
    uint8_t headers[NPZ_ARRAYS][NPZ_HEADER];
    if (n > NPZ_ARRAYS)
        return dpdm_error_set(err, DPDM_EINTERNAL, "%s: more than %d arrays", writer->path, NPZ_ARRAYS);
    npz_sink sink = {.writer = writer};
    zip_error_t problem;
    zip_error_init(&problem);
    zip_error_init(&sink.error);
    zip_source_t *target = zip_source_function_create(npz_sink_do, &sink, &problem);
    zip_t *zip = target ? zip_open_from_source(target, ZIP_TRUNCATE, &problem) : NULL;
    if (!zip) {
        dpdm_error_set(err, DPDM_ENOMEM, "%s: libzip could not be started: %s", writer->path,
                       zip_error_strerror(&problem));
        zip_source_free(target);
        zip_error_fini(&problem);
        return DPDM_ENOMEM;
    }
    zip_error_fini(&problem);
    int failed = 0;
    for (size_t i = 0; i < n && !failed; i++)
        failed = npz_add(zip, &arrays[i], headers[i]);
    if (progress->watch.watch)
        failed |= zip_register_progress_callback_with_state(zip, 0.001, npz_progressed, NULL, progress) ||
                  zip_register_cancel_callback_with_state(zip, npz_stopped, NULL, progress);
    if (!failed && !zip_close(zip))
        return DPDM_OK;
    dpdm_status status =
        progress->stop ? dpdm_write_stopped(writer->path, err)
                       : dpdm_error_set(err, DPDM_ENOMEM, "%s: packing failed: %s", writer->path, zip_strerror(zip));
    zip_discard(zip);
    return status;
}

/* The header and the values are two fragments of one member, so that the values are not copied. */
static int npz_add(zip_t *zip, const dpdm_npz_array *array, uint8_t header[NPZ_HEADER])
{
    char name[64];
    size_t length = dpdm_npy_format(&array->npy, header, NPZ_HEADER);
    zip_buffer_fragment_t parts[2] = {{header, length},
                                      {(zip_uint8_t *)array->values, /* read only, though not const */
                                       dpdm_npy_bytes(&array->npy)}};
    zip_source_t *member = length ? zip_source_buffer_fragment(zip, parts, 2, 0) : NULL;
    snprintf(name, sizeof name, "%s.npy", array->key);
    zip_int64_t index = member ? zip_file_add(zip, name, member, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(member);
        return -1;
    }
    /* 1980-01-01, the first time a zip can name. */
    return zip_file_set_dostime(zip, (zip_uint64_t)index, 0, 0x21, 0) ||
           zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, NPZ_LEVEL);
}

static zip_int64_t npz_sink_put(npz_sink *sink, const void *data, zip_uint64_t size)
{
    if (dpdm_file_put_at(sink->writer, data, (size_t)size, sink->at)) {
        zip_error_set(&sink->error, ZIP_ER_WRITE, sink->writer->failure);
        return -1;
    }
    sink->at += size;
    if (sink->end < sink->at)
        sink->end = sink->at;
    return (zip_int64_t)size;
}

static zip_int64_t npz_sink_seek(npz_sink *sink, void *data, zip_uint64_t size)
{
    const zip_int64_t at = zip_source_seek_compute_offset(sink->at, sink->end, data, size, &sink->error);
    if (at < 0)
        return -1;
    sink->at = (uint64_t)at;
    return 0;
}

/* libzip's view of the file: written once, never read. */
static zip_int64_t npz_sink_do(void *context, void *data, zip_uint64_t size, zip_source_cmd_t what)
{
    npz_sink *sink = context;
    switch (what) {
    case ZIP_SOURCE_SUPPORTS:
        return ZIP_SOURCE_SUPPORTS_WRITABLE;
    case ZIP_SOURCE_STAT:
        zip_stat_init(data);
        ((zip_stat_t *)data)->valid = ZIP_STAT_SIZE;
        ((zip_stat_t *)data)->size = sink->end;
        return sizeof(zip_stat_t);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&sink->error, data, size);
    case ZIP_SOURCE_WRITE:
        return npz_sink_put(sink, data, size);
    case ZIP_SOURCE_SEEK_WRITE:
        return npz_sink_seek(sink, data, size);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)sink->at;
    case ZIP_SOURCE_OPEN:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&sink->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static void npz_progressed(zip_t *zip, double share, void *context)
{
    (void)zip;
    ((npz_progress *)context)->share = share;
}

static int npz_stopped(zip_t *zip, void *context)
{
    npz_progress *progress = context;
    (void)zip;
    const uint64_t done = (uint64_t)(progress->share * (double)progress->total);
    if (progress->watch.watch(progress->watch.context, done, progress->total))
        progress->stop = 1;
    return progress->stop;
}
