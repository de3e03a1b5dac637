/* npz_write.c - arrays as .npz. */
#include "data/npz.h"
#include "base/file.h"
#include "dpdm/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <zip.h>

enum { NPZ_LEVEL = 3, NPZ_ARRAYS = 8, NPZ_HEADER = 256 };

static dpdm_status npz_pack(const char *path, const dpdm_npz_array *arrays, size_t n, uint8_t **bytes, size_t *size,
                            dpdm_error *err);
static int npz_add(zip_t *zip, const dpdm_npz_array *array, uint8_t header[NPZ_HEADER]);
static int npz_take(zip_source_t *source, uint8_t **bytes, size_t *size);

dpdm_status dpdm_npz_write(const char *path, const dpdm_npz_array *arrays, size_t n, unsigned flags, dpdm_error *err)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    dpdm_status status = npz_pack(path, arrays, n, &bytes, &size, err);
    if (!status)
        status = dpdm_file_write(path, bytes, size, (flags & DPDM_WRITE_OVERWRITE) != 0,
                                 flags & DPDM_WRITE_PRIVATE ? DPDM_FILE_PRIVATE : DPDM_FILE_SHARED, err);
    free(bytes);
    return status;
}

static dpdm_status npz_pack(const char *path, const dpdm_npz_array *arrays, size_t n, uint8_t **bytes, size_t *size,
                            dpdm_error *err)
{
    uint8_t headers[NPZ_ARRAYS][NPZ_HEADER];
    if (n > NPZ_ARRAYS)
        return dpdm_error_set(err, DPDM_EINTERNAL, "%s: more than %d arrays", path, NPZ_ARRAYS);
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
    int failed = 0;
    for (size_t i = 0; i < n && !failed; i++)
        failed = npz_add(zip, &arrays[i], headers[i]);
    if (failed || zip_close(zip) != 0) {
        dpdm_error_set(err, DPDM_ENOMEM, "%s: packing failed: %s", path, zip_strerror(zip));
        zip_discard(zip);
        failed = 1;
    } else if (npz_take(source, bytes, size)) {
        dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory for the packed file", path);
        failed = 1;
    }
    zip_source_free(source);
    zip_error_fini(&problem);
    return failed ? DPDM_ENOMEM : DPDM_OK;
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

/* Copies what libzip wrote to its memory. */
static int npz_take(zip_source_t *source, uint8_t **bytes, size_t *size)
{
    zip_stat_t st;
    if (zip_source_stat(source, &st) || !(st.valid & ZIP_STAT_SIZE) || !(*bytes = malloc(st.size + 1)))
        return -1;
    *size = (size_t)st.size;
    if (zip_source_open(source))
        return -1;
    zip_int64_t got = zip_source_read(source, *bytes, st.size);
    zip_source_close(source);
    return got == (zip_int64_t)st.size ? 0 : -1;
}
