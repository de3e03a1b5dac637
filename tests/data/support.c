/* support.c - see support.h. */
#include "support.h"
#include "data/png.h"

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

void support_folder_add(const char *folder, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + strlen(folder); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    mkdir(path, 0755);
    struct stat st;
    assert_true(stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

void support_image(const char *folder, const char *name, int height, int width, int channels, unsigned seed)
{
    char parent[1024];
    const char *slash = strrchr(name, '/');
    size_t n = (size_t)height * (size_t)width * (size_t)channels, size;
    uint8_t *pixels = malloc(n), *bytes;
    dpdm_error err;
    assert_non_null(pixels);
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)((i + 1) * (2654435761u + 2 * seed) >> 11);
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - name) : 0, name);
    support_folder_add(folder, parent);
    assert_int_equal(dpdm_png_encode(pixels, (uint32_t)height, (uint32_t)width, channels, &bytes, &size, &err),
                     DPDM_OK);
    support_write(folder, name, bytes, size);
    free(bytes);
    free(pixels);
}

const char *support_refusal(const char *folder, const char *below, dpdm_split split, dpdm_error *err)
{
    char path[1024];
    dpdm_dataset data;
    memset(err, 0, sizeof *err);
    snprintf(path, sizeof path, "%s/%s", folder, below);
    if (!dpdm_dataset_open(path, NULL, split, NULL, &data, err)) {
        dpdm_dataset_destroy(&data);
        return "";
    }
    assert_true(err->message[0] != '\0');
    return err->message;
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
