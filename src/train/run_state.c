/* run_state.c - saving, loading and destroying the private state of a run. */
#include "train/run_state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "base/system.h"

/* The fixed part of the file; the four arrays, what was released before the steps and the checksum follow. No padding: 32-byte and 8-byte fields only. */
typedef struct {
    char magic[8];
    uint64_t byte_order;
    dpdm_key key;
    uint8_t config_digest[32], data_digest[32], arithmetic[32], build[32];
    char kernels[32], version[32];
    uint64_t scheme, step, parameters, released_floats, released_before;
} state_header;

static const char state_magic[8] = {'D', 'P', 'D', 'M', 'R', 'U', 'N', '2'};
static const uint64_t state_order = UINT64_C(0x0102030405060708);
enum { STATE_ARRAYS = 4, STATE_CHECKSUM = 32 };

static void state_to_header(const dpdm_run_state *state, state_header *header);
static dpdm_status state_from_bytes(const char *path, const uint8_t *bytes, size_t size, size_t parameters,
                                    size_t released, dpdm_run_state **state, dpdm_error *err);
static void state_checksum(const void *header, const void *arrays, size_t bytes, uint8_t sum[STATE_CHECKSUM]);
static size_t state_bytes(size_t parameters, size_t released);
static void state_wreck(int descriptor, const char *path);
static dpdm_status state_overwrite(int descriptor, uint64_t bytes, const char *path, dpdm_error *err);
static dpdm_status state_erase_file(const char *path, dpdm_error *err);

dpdm_status dpdm_run_state_create(size_t parameters, size_t released, dpdm_run_state **state, dpdm_error *err)
{
    *state = NULL;
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium cannot start");
    dpdm_run_state *made = sodium_malloc(sizeof *made);
    float *block = calloc(1, state_bytes(parameters, released));
    if (!made || !block) {
        sodium_free(made);
        free(block);
        return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the state of a run (%zu parameters)", parameters);
    }
    memset(made, 0, sizeof *made);
    made->parameters = parameters;
    made->params = block;
    made->moment1 = block + parameters;
    made->moment2 = block + 2 * parameters;
    made->average = block + 3 * parameters;
    made->released_floats = released;
    made->released = block + STATE_ARRAYS * parameters;
    *state = made;
    return DPDM_OK;
}

void dpdm_run_state_destroy(dpdm_run_state *state)
{
    if (!state)
        return;
    free(state->params);
    sodium_free(state); /* wipes */
}

dpdm_status dpdm_run_state_save(const char *path, const dpdm_run_state *state, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, 1, DPDM_FILE_PRIVATE, err);
    if (status)
        return status;
    setvbuf(writer.stream, NULL, _IONBF, 0); /* no copy of the key stays behind in a buffer */
    state_header header;
    uint8_t sum[STATE_CHECKSUM];
    size_t bytes = state_bytes(state->parameters, state->released_floats);
    state_to_header(state, &header);
    state_checksum(&header, state->params, bytes, sum);
    fwrite(&header, 1, sizeof header, writer.stream);
    fwrite(state->params, 1, bytes, writer.stream);
    fwrite(sum, 1, sizeof sum, writer.stream);
    sodium_memzero(&header, sizeof header);
    int previous = open(path, O_WRONLY | O_CLOEXEC);
    int written = dup(writer.descriptor);
    if (fflush(writer.stream) != 0 || ferror(writer.stream) || fsync(writer.descriptor) != 0)
        state_wreck(writer.descriptor, path);
    status = dpdm_file_commit(&writer, err); /* sees every write error */
    if (status && written >= 0)
        state_wreck(written, path); /* it has lost its name, but not its bytes */
    if (written >= 0)
        close(written);
    if (previous >= 0) {
        if (!status)
            status = state_overwrite(previous, sizeof header, path, err);
        close(previous);
    }
    return status;
}

dpdm_status dpdm_run_state_load(const char *path, size_t parameters, size_t released, dpdm_run_state **state,
                                dpdm_error *err)
{
    *state = NULL;
    uint8_t *bytes;
    size_t size, expected = sizeof(state_header) + state_bytes(parameters, released) + STATE_CHECKSUM;
    dpdm_status status = dpdm_file_read(path, expected > 4096 ? expected : 4096, &bytes, &size, err);
    if (status)
        return status;
    status = state_from_bytes(path, bytes, size, parameters, released, state, err);
    sodium_memzero(bytes, size);
    free(bytes);
    return status;
}

dpdm_status dpdm_run_state_erase(const char *path, dpdm_error *err)
{
    char folder[1100], name[1100];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    snprintf(name, sizeof name, "%s.tmp-", slash ? slash + 1 : path);
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        char left[1400];
        if (strncmp(entry->d_name, name, strlen(name)) != 0)
            continue;
        snprintf(left, sizeof left, "%s/%s", folder, entry->d_name);
        dpdm_status status = state_erase_file(left, err);
        if (status) {
            closedir(entries);
            return status;
        }
    }
    if (entries)
        closedir(entries);
    return state_erase_file(path, err);
}

/* An erasure begins with the header. */
dpdm_status dpdm_run_state_settle(const char *path, dpdm_error *err)
{
    uint8_t header[sizeof(state_header)] = {1};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return DPDM_OK;
    ssize_t got = read(descriptor, header, sizeof header);
    close(descriptor);
    int erased = got == (ssize_t)sizeof header && sodium_is_zero(header, sizeof header);
    sodium_memzero(header, sizeof header);
    return erased ? dpdm_run_state_erase(path, err) : DPDM_OK;
}

static void state_to_header(const dpdm_run_state *state, state_header *header)
{
    memset(header, 0, sizeof *header);
    memcpy(header->magic, state_magic, sizeof header->magic);
    header->byte_order = state_order;
    header->key = state->key;
    memcpy(header->config_digest, state->config_digest, 32);
    memcpy(header->data_digest, state->data_digest, 32);
    memcpy(header->arithmetic, state->arithmetic, 32);
    memcpy(header->build, state->build, 32);
    memcpy(header->kernels, state->kernels, 32);
    memcpy(header->version, state->version, 32);
    header->step = state->step;
    header->parameters = state->parameters;
    header->scheme = state->scheme;
    header->released_floats = state->released_floats;
    header->released_before = state->released_before;
}

static dpdm_status state_from_bytes(const char *path, const uint8_t *bytes, size_t size, size_t parameters,
                                    size_t released, dpdm_run_state **state, dpdm_error *err)
{
    const state_header *header = (const void *)bytes; /* malloc'ed: aligned */
    size_t block = state_bytes(parameters, released);
    uint8_t sum[STATE_CHECKSUM];
    if (size < sizeof *header || memcmp(header->magic, state_magic, sizeof state_magic) != 0)
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is not the state of a run", path);
    if (header->byte_order != state_order)
        return dpdm_error_set(err, DPDM_ESTATE, "'%s' comes from a machine of another byte order", path);
    if (header->parameters != parameters || header->released_floats != released)
        return dpdm_error_set(
            err, DPDM_ESTATE,
            "'%s' is of a model of %llu parameters (and %llu numbers of a prior), the config asks for "
            "%zu (and %zu): resume with the config the run was started with",
            path, (unsigned long long)header->parameters, (unsigned long long)header->released_floats, parameters,
            released);
    if (size != sizeof *header + block + STATE_CHECKSUM)
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is damaged: it holds %zu bytes", path, size);
    state_checksum(header, bytes + sizeof *header, block, sum);
    if (memcmp(sum, bytes + sizeof *header + block, sizeof sum) != 0)
        return dpdm_error_set(err, DPDM_EFORMAT, "'%s' is damaged: its checksum does not match", path);
    dpdm_status status = dpdm_run_state_create(parameters, released, state, err);
    if (status)
        return status;
    dpdm_run_state *made = *state;
    made->key = header->key;
    memcpy(made->config_digest, header->config_digest, 32);
    memcpy(made->data_digest, header->data_digest, 32);
    memcpy(made->arithmetic, header->arithmetic, 32);
    memcpy(made->build, header->build, 32);
    memcpy(made->kernels, header->kernels, 31);
    memcpy(made->version, header->version, 31);
    made->scheme = header->scheme;
    made->step = header->step;
    made->released_before = header->released_before;
    memcpy(made->params, bytes + sizeof *header, block);
    return DPDM_OK;
}

static size_t state_bytes(size_t parameters, size_t released)
{
    return (STATE_ARRAYS * parameters + released) * sizeof(float);
}

/* Whatever reached the disk of a state that will not be one. */
static void state_wreck(int descriptor, const char *path)
{
    struct stat info;
    if (fstat(descriptor, &info) == 0)
        state_overwrite(descriptor, (uint64_t)info.st_size, path, NULL);
}

static void state_checksum(const void *header, const void *arrays, size_t bytes, uint8_t sum[STATE_CHECKSUM])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, STATE_CHECKSUM);
    crypto_generichash_update(&hash, header, sizeof(state_header));
    crypto_generichash_update(&hash, arrays, bytes);
    crypto_generichash_final(&hash, sum, STATE_CHECKSUM);
    sodium_memzero(&hash, sizeof hash);
}

/* Zeros over the first `bytes` bytes of an open file, on the disk before this returns. */
static dpdm_status state_overwrite(int descriptor, uint64_t bytes, const char *path, dpdm_error *err)
{
    static const uint8_t zeros[1 << 16];
    for (uint64_t done = 0; done < bytes;) {
        size_t part = bytes - done < sizeof zeros ? (size_t)(bytes - done) : sizeof zeros;
        ssize_t wrote = pwrite(descriptor, zeros, part, (off_t)done);
        if (wrote < 0 && errno != EINTR)
            return dpdm_error_system(err, errno, "cannot overwrite the key in '%s'", path);
        if (wrote > 0)
            done += (uint64_t)wrote;
    }
    if (fsync(descriptor) != 0)
        return dpdm_error_system(err, errno, "cannot overwrite the key in '%s'", path);
    return DPDM_OK;
}

static dpdm_status state_erase_file(const char *path, dpdm_error *err)
{
    int descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT)
            return DPDM_OK;
        return dpdm_error_system(err, errno, "cannot erase '%s'", path);
    }
    struct stat info;
    dpdm_status status = fstat(descriptor, &info) == 0 ? state_overwrite(descriptor, (uint64_t)info.st_size, path, err)
                                                       : dpdm_error_system(err, errno, "cannot erase '%s'", path);
    close(descriptor);
    if (status)
        return status;
    if (unlink(path) != 0)
        return dpdm_error_system(err, errno, "cannot remove '%s'", path);
    return DPDM_OK;
}
