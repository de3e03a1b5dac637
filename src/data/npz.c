/* npz.c - arrays out of .npz. */
#include "data/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define NPZ_DEFLATE_RATIO 1032 /* the most that deflate can expand (zlib's technical notes) */

struct dpdm_npz {
    const char *name;
    zip_t *zip;
};

static zip_int64_t npz_find(const dpdm_npz *npz, const char *key);
static dpdm_status npz_open_member(const dpdm_npz *npz, const char *key, zip_file_t **member, zip_stat_t *st,
                                   dpdm_npy *npy, dpdm_error *err);
static dpdm_status npz_start_member(const dpdm_npz *npz, const char *name, zip_int64_t index, zip_file_t **member,
                                    zip_stat_t *st, dpdm_error *err);
static dpdm_status npz_read_header(zip_file_t *member, const char *name, dpdm_npy *npy, size_t *length,
                                   dpdm_error *err);
static int npz_read(zip_file_t *member, void *out, size_t n);
static void *npz_raw(const dpdm_npz *npz, const char *key, int floats, dpdm_npy *npy, dpdm_status *status,
                     dpdm_error *err);
static size_t npz_convert(const dpdm_npy *npy, const void *raw, size_t n, int64_t *out);
static void npz_member_name(const dpdm_npz *npz, const char *key, char name[512]);

dpdm_status dpdm_npz_open(const dpdm_blob *file, dpdm_npz **npz, dpdm_error *err)
{
    *npz = NULL;
    zip_error_t problem;
    zip_error_init(&problem);
    dpdm_npz *self = calloc(1, sizeof *self);
    zip_source_t *source = self ? zip_source_buffer_create(file->bytes, file->size, 0, &problem) : NULL;
    if (source)
        self->zip = zip_open_from_source(source, ZIP_RDONLY, &problem);
    if (!source || !self->zip) {
        dpdm_status status = dpdm_error_set(err, source ? DPDM_EFORMAT : DPDM_ENOMEM, "%s: is not an .npz archive: %s",
                                            file->name, zip_error_strerror(&problem));
        zip_source_free(source);
        zip_error_fini(&problem);
        free(self);
        return status;
    }
    zip_error_fini(&problem);
    self->name = file->name;
    *npz = self;
    return DPDM_OK;
}

void dpdm_npz_close(dpdm_npz *npz)
{
    if (!npz)
        return;
    zip_discard(npz->zip);
    free(npz);
}

int dpdm_npz_has(const dpdm_npz *npz, const char *key)
{
    return npz_find(npz, key) >= 0;
}

void dpdm_npz_keys(const dpdm_npz *npz, char *text, size_t size)
{
    zip_int64_t count = zip_get_num_entries(npz->zip, 0);
    size_t used = 0;
    text[0] = '\0';
    for (zip_int64_t i = 0; i < count && used < size; i++) {
        const char *name = zip_get_name(npz->zip, (zip_uint64_t)i, ZIP_FL_ENC_GUESS);
        size_t length = name ? strlen(name) : 0;
        if (length > 4 && !strcmp(name + length - 4, ".npy"))
            length -= 4;
        if (length && length < 64)
            used += (size_t)snprintf(text + used, size - used, "%s%.*s", used ? ", " : "", (int)length, name);
    }
}

dpdm_status dpdm_npz_header(const dpdm_npz *npz, const char *key, dpdm_npy *npy, dpdm_error *err)
{
    zip_file_t *member;
    zip_stat_t st;
    dpdm_status status = npz_open_member(npz, key, &member, &st, npy, err);
    if (member)
        zip_fclose(member);
    return status;
}

dpdm_status dpdm_npz_values(const dpdm_npz *npz, const char *key, const dpdm_npy *npy, void *out, dpdm_error *err)
{
    zip_file_t *member;
    zip_stat_t st;
    dpdm_npy again;
    char name[512];
    uint8_t extra;
    npz_member_name(npz, key, name);
    dpdm_status status = npz_open_member(npz, key, &member, &st, &again, err);
    size_t bytes = dpdm_npy_bytes(npy);
    /* The read beyond the end makes libzip check the sum over the member. */
    if (!status && (npz_read(member, out, bytes) || zip_fread(member, &extra, 1) != 0))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: is damaged: %s", name, zip_file_strerror(member));
    if (member)
        zip_fclose(member);
    if (!status)
        dpdm_npy_to_host(npy, out, (size_t)npy->values);
    return status;
}

dpdm_status dpdm_npz_floats(const dpdm_npz *npz, const char *key, dpdm_npy *npy, float **values, dpdm_error *err)
{
    dpdm_status status;
    void *raw = npz_raw(npz, key, 1, npy, &status, err);
    *values = NULL;
    if (!raw)
        return status;
    size_t n = (size_t)npy->values;
    float *out = malloc(n * sizeof *out + 1);
    if (!out) {
        free(raw);
        return dpdm_error_set(err, DPDM_ENOMEM, "%s[%.64s]: no memory to read it", npz->name, key);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = npy->width == 4 ? ((const float *)raw)[i] : (float)((const double *)raw)[i];
    free(raw);
    *values = out;
    return DPDM_OK;
}

dpdm_status dpdm_npz_integers(const dpdm_npz *npz, const char *key, dpdm_npy *npy, int64_t **values, dpdm_error *err)
{
    dpdm_status status;
    void *raw = npz_raw(npz, key, 0, npy, &status, err);
    *values = NULL;
    if (!raw)
        return status;
    size_t n = (size_t)npy->values;
    int64_t *out = malloc(n * sizeof *out + 1);
    if (!out) {
        free(raw);
        return dpdm_error_set(err, DPDM_ENOMEM, "%s[%.64s]: no memory to read it", npz->name, key);
    }
    size_t done = npz_convert(npy, raw, n, out);
    free(raw);
    if (done < n) {
        free(out);
        return dpdm_error_set(err, DPDM_EFORMAT, "%s[%.64s]: value %zu is too large", npz->name, key, done);
    }
    *values = out;
    return DPDM_OK;
}

/* The values of an array as they are, malloc'ed: of floats, or of anything else. NULL with *status on failure. */
static void *npz_raw(const dpdm_npz *npz, const char *key, int floats, dpdm_npy *npy, dpdm_status *status,
                     dpdm_error *err)
{
    void *values = NULL;
    *status = dpdm_npz_header(npz, key, npy, err);
    if (!*status && floats && (npy->kind != 'f' || npy->width < 4))
        *status = dpdm_error_set(err, DPDM_EFORMAT, "%s[%.64s]: holds %c%d values; float32 or float64 is expected",
                                 npz->name, key, npy->kind, npy->width);
    if (!*status && !floats && (npy->kind == 'f' || npy->kind == 'U' || npy->kind == 'S'))
        *status = dpdm_error_set(err, DPDM_EFORMAT, "%s[%.64s]: holds %s; integers are expected", npz->name, key,
                                 npy->kind == 'f' ? "floats" : "texts");
    if (!*status && !(values = malloc(dpdm_npy_bytes(npy) + 1)))
        *status = dpdm_error_set(err, DPDM_ENOMEM, "%s[%.64s]: no memory to read it", npz->name, key);
    if (!*status)
        *status = dpdm_npz_values(npz, key, npy, values, err);
    if (!*status)
        return values;
    free(values);
    return NULL;
}

static zip_int64_t npz_find(const dpdm_npz *npz, const char *key)
{
    char name[256];
    snprintf(name, sizeof name, "%s.npy", key);
    return zip_name_locate(npz->zip, name, 0);
}

/* Opens a member and reads its header; the values come next. *member is NULL or to be closed, also on failure. */
static dpdm_status npz_open_member(const dpdm_npz *npz, const char *key, zip_file_t **member, zip_stat_t *st,
                                   dpdm_npy *npy, dpdm_error *err)
{
    char name[512];
    size_t length = 0;
    *member = NULL;
    memset(npy, 0, sizeof *npy);
    npz_member_name(npz, key, name);
    zip_int64_t index = npz_find(npz, key);
    if (index < 0)
        return dpdm_error_set(err, DPDM_ENOENT, "%s: is not in the archive", name);
    dpdm_status status = npz_start_member(npz, name, index, member, st, err);
    if (!status)
        status = npz_read_header(*member, name, npy, &length, err);
    if (status)
        return status;
    unsigned long long announced = dpdm_npy_bytes(npy), there = st->size - length;
    if (announced != there)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: its header announces %llu bytes of values, but %llu are there",
                              name, announced, there);
    return DPDM_OK;
}

static dpdm_status npz_start_member(const dpdm_npz *npz, const char *name, zip_int64_t index, zip_file_t **member,
                                    zip_stat_t *st, dpdm_error *err)
{
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(npz->zip, (zip_uint64_t)index, 0, st) || (st->valid & needed) != needed)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is damaged: %s", name, zip_strerror(npz->zip));
    if (st->comp_method != ZIP_CM_STORE && st->comp_method != ZIP_CM_DEFLATE)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is packed in a way numpy does not use (method %d)", name,
                              (int)st->comp_method);
    uint64_t most = st->comp_method == ZIP_CM_STORE ? st->comp_size : (st->comp_size + 1) * NPZ_DEFLATE_RATIO;
    if (st->comp_size > DPDM_FILE_LIMIT || st->size > most || st->size < DPDM_NPY_PREFIX)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: is damaged: %llu bytes cannot be packed in %llu", name,
                              (unsigned long long)st->size, (unsigned long long)st->comp_size);
    *member = zip_fopen_index(npz->zip, (zip_uint64_t)index, 0);
    if (!*member)
        return dpdm_error_set(err, DPDM_EFORMAT, "%s: cannot be unpacked: %s", name, zip_strerror(npz->zip));
    return DPDM_OK;
}

static dpdm_status npz_read_header(zip_file_t *member, const char *name, dpdm_npy *npy, size_t *length, dpdm_error *err)
{
    uint8_t *header = malloc(DPDM_NPY_HEADER_LIMIT);
    if (!header)
        return dpdm_error_set(err, DPDM_ENOMEM, "%s: no memory to read it", name);
    dpdm_status status = DPDM_OK;
    if (npz_read(member, header, DPDM_NPY_PREFIX))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: is cut short or damaged", name);
    if (!status)
        status = dpdm_npy_length(name, header, length, err);
    /* A header of version 1 may, in theory, end within the prefix. */
    if (!status && *length > DPDM_NPY_PREFIX && npz_read(member, header + DPDM_NPY_PREFIX, *length - DPDM_NPY_PREFIX))
        status = dpdm_error_set(err, DPDM_EFORMAT, "%s: is cut short inside its header", name);
    if (!status)
        status = dpdm_npy_parse(name, header, *length, npy, err);
    free(header);
    return status;
}

/* 0 if all n bytes came. */
static int npz_read(zip_file_t *member, void *out, size_t n)
{
    uint8_t *at = out;
    while (n) {
        zip_int64_t got = zip_fread(member, at, n);
        if (got <= 0)
            return -1;
        at += got;
        n -= (size_t)got;
    }
    return 0;
}

/* Returns how many values could be converted. */
static size_t npz_convert(const dpdm_npy *npy, const void *raw, size_t n, int64_t *out)
{
    int is_signed = npy->kind == 'i';
    for (size_t i = 0; i < n; i++)
        switch (npy->width) {
        case 1:
            out[i] = is_signed ? ((const int8_t *)raw)[i] : ((const uint8_t *)raw)[i];
            break;
        case 2:
            out[i] = is_signed ? ((const int16_t *)raw)[i] : ((const uint16_t *)raw)[i];
            break;
        case 4:
            out[i] = is_signed ? ((const int32_t *)raw)[i] : (int64_t)((const uint32_t *)raw)[i];
            break;
        default:
            if (!is_signed && ((const uint64_t *)raw)[i] > INT64_MAX)
                return i;
            out[i] = ((const int64_t *)raw)[i];
        }
    return n;
}

static void npz_member_name(const dpdm_npz *npz, const char *key, char name[512])
{
    snprintf(name, 512, "%s[%.64s]", npz->name, key);
}
