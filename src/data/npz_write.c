/* npz_write.c - a data set as .npz: a zip of images.npy (uint8 [N,H,W,C], or [N,H,W] for one channel) and labels.npy
 * (int64 [N]). The same data gives the same bytes: times in the archive are fixed. */
#include "data/npy.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define NPZ_LEVEL 3

static dpdm_status npz_member(const dpdm_npy *npy, const void *values, size_t size, uint8_t **member, size_t *length,
                              dpdm_error *err);
static dpdm_status npz_pack(const char *path, uint8_t *const members[2], const size_t lengths[2], uint8_t **bytes,
                            size_t *size, dpdm_error *err);
static int npz_add(zip_t *zip, const char *name, const uint8_t *bytes, size_t size);
static dpdm_status npz_take(zip_source_t *source, uint8_t **bytes, size_t *size);

dpdm_status dpdm_npz_write(const dpdm_dataset *data, const char *path, int overwrite, dpdm_error *err)
{
    uint8_t *members[2] = {NULL, NULL}, *bytes = NULL;
    size_t lengths[2], size = 0;
    dpdm_npy images = {'u',
                       1,
                       0,
                       data->channels == 1 ? 3 : 4,
                       {data->count, (uint64_t)data->height, (uint64_t)data->width, (uint64_t)data->channels}};
    dpdm_npy labels = {'i', 8, 0, 1, {data->count, 0, 0, 0}};
    uint8_t *wide = malloc(8 * (size_t)data->count + 1);
    dpdm_status status = wide ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the labels", path);
    for (uint64_t i = 0; !status && i < data->count; i++)
        for (int b = 0; b < 8; b++)
            wide[8 * i + (uint64_t)b] = (uint8_t)((uint64_t)(int64_t)data->labels[i] >> (8 * b));
    if (!status)
        status = npz_member(&images, data->pixels, (size_t)data->count * dpdm_dataset_image_bytes(data), &members[0],
                            &lengths[0], err);
    if (!status)
        status = npz_member(&labels, wide, 8 * (size_t)data->count, &members[1], &lengths[1], err);
    if (!status)
        status = npz_pack(path, members, lengths, &bytes, &size, err);
    if (!status)
        status = dpdm_file_write(path, bytes, size, overwrite, 0644, err);
    free(bytes);
    free(members[0]);
    free(members[1]);
    free(wide);
    return status;
}

static dpdm_status npz_member(const dpdm_npy *npy, const void *values, size_t size, uint8_t **member, size_t *length,
                              dpdm_error *err)
{
    uint8_t header[512];
    size_t header_size = dpdm_npy_format(npy, header, sizeof header);
    *length = header_size + size;
    *member = malloc(*length);
    if (!*member || !header_size)
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory to pack %zu bytes", *length);
    memcpy(*member, header, header_size);
    memcpy(*member + header_size, values, size);
    return DPDM_OK;
}

static dpdm_status npz_pack(const char *path, uint8_t *const members[2], const size_t lengths[2], uint8_t **bytes,
                            size_t *size, dpdm_error *err)
{
    zip_error_t problem;
    zip_error_init(&problem);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &problem);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_TRUNCATE, &problem) : NULL;
    if (!zip) {
        zip_source_free(source);
        zip_error_fini(&problem);
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: libzip could not be started", path);
    }
    zip_source_keep(source);
    dpdm_status status = DPDM_OK;
    if (npz_add(zip, "images.npy", members[0], lengths[0]) || npz_add(zip, "labels.npy", members[1], lengths[1])) {
        status = dpdm_error_set(err, DPDM_ENOMEM, "%s: packing failed: %s", path, zip_strerror(zip));
        zip_discard(zip);
    } else if (zip_close(zip) != 0) {
        status = dpdm_error_set(err, DPDM_ENOMEM, "%s: packing failed: %s", path, zip_strerror(zip));
        zip_discard(zip);
    } else if (npz_take(source, bytes, size)) {
        status = dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the packed file", path);
    }
    zip_source_free(source);
    zip_error_fini(&problem);
    return status;
}

static int npz_add(zip_t *zip, const char *name, const uint8_t *bytes, size_t size)
{
    zip_source_t *member = zip_source_buffer(zip, bytes, size, 0);
    zip_int64_t index = member ? zip_file_add(zip, name, member, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
        zip_source_free(member);
        return -1;
    }
    /* 1980-01-01, the first time a zip can name. */
    return zip_file_set_dostime(zip, (zip_uint64_t)index, 0, 0x21, 0) ||
           zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, NPZ_LEVEL);
}

/* Copies what libzip wrote to its memory. */
static dpdm_status npz_take(zip_source_t *source, uint8_t **bytes, size_t *size)
{
    zip_stat_t st;
    if (zip_source_stat(source, &st) || !(st.valid & ZIP_STAT_SIZE) || !(*bytes = malloc(st.size + 1)))
        return DPDM_ENOMEM;
    *size = (size_t)st.size;
    if (zip_source_open(source))
        return DPDM_ENOMEM;
    zip_int64_t got = zip_source_read(source, *bytes, st.size);
    zip_source_close(source);
    return got == (zip_int64_t)st.size ? DPDM_OK : DPDM_ENOMEM;
}
