/* support.c - see support.h. */
#include "support.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

void support_folder_make(char folder[256])
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, 256, "%s/dpdm-test-XXXXXX", base && strlen(base) < 200 ? base : "/tmp");
    assert_non_null(mkdtemp(folder));
}

void support_folder_remove(const char *folder)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        char path[1024];
        struct stat st;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            support_folder_remove(path);
        else
            unlink(path);
    }
    if (stream)
        closedir(stream);
    rmdir(folder);
}

int support_folder_count(const char *folder)
{
    int count = -2; /* . and .. */
    DIR *stream = opendir(folder);
    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count;
}

void support_write(const char *folder, const char *name, const void *bytes, size_t size)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, size, stream), size);
    assert_int_equal(fclose(stream), 0);
}

uint8_t *support_read(const char *path, size_t *size)
{
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    *size = (size_t)ftell(stream);
    rewind(stream);
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *size, stream), *size);
    fclose(stream);
    return bytes;
}

void support_dataset(dpdm_dataset *data, uint64_t count, int height, int width, int channels, int classes)
{
    dpdm_error err;
    assert_int_equal(dpdm_dataset_create(count, height, width, channels, classes, data, &err), DPDM_OK);
    for (size_t i = 0; i < (size_t)count * dpdm_dataset_image_bytes(data); i++)
        data->pixels[i] = (uint8_t)(i * 2654435761u >> 13);
    for (uint64_t i = 0; i < count; i++)
        data->labels[i] = (int32_t)(i % (uint64_t)classes);
    assert_int_equal(dpdm_dataset_seal(data, &err), DPDM_OK);
}

void support_same(const dpdm_dataset *a, const dpdm_dataset *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->channels, b->channels);
    assert_int_equal(a->classes, b->classes);
    assert_memory_equal(a->labels, b->labels, a->count * sizeof *a->labels);
    assert_memory_equal(a->pixels, b->pixels, a->count * dpdm_dataset_image_bytes(a));
    assert_memory_equal(a->digest, b->digest, sizeof a->digest);
}

uint8_t *support_gzip(const uint8_t *bytes, size_t size, size_t *packed)
{
    z_stream z = {0};
    size_t room = compressBound(size) + 64;
    uint8_t *out = malloc(room);
    assert_non_null(out);
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *packed = room - z.avail_out;
    deflateEnd(&z);
    return out;
}
