/* replay.c - runs a fuzz target without libFuzzer: `fuzz_NAME COUNT FOLDER...` feeds every file of the folders as it is,
 * cut at many places, and then COUNT mutations of those of each folder, the same ones each time. */
#include "fuzz.h"
#include "base/file.h"
#include "data/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLAY_FILE_LIMIT ((size_t)1 << 20)
#define REPLAY_ROOM 65536 /* by how much a mutation may lengthen an input */

static uint64_t replay_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Feeds a copy of exactly that size, so that a sanitizer sees a read beyond it. */
static void replay_feed(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    fuzz_assert(copy);
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void replay_overwrite(uint8_t *bytes, size_t size, uint64_t *random)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, '"', '{', '}', '[', '(', ':', ',', '9', '-', ' ', '\n'};
    size_t at = (size_t)(replay_random(random) % size), run = 1 + (size_t)(replay_random(random) % 4);
    uint8_t byte = telling[replay_random(random) % sizeof telling];
    for (size_t i = at; i < size && i < at + run; i++)
        bytes[i] = byte;
}

/* One of: bits flipped, bytes overwritten, a part repeated, a part taken out. Returns the new size. */
static size_t replay_mutate(uint8_t *bytes, size_t size, size_t room, uint64_t *random)
{
    size_t at = (size_t)(replay_random(random) % size), run = 1 + (size_t)(replay_random(random) % 32);
    if (run > size - at)
        run = size - at;
    switch (replay_random(random) % 5) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << replay_random(random) % 8);
        break;
    case 1:
        bytes[at] = (uint8_t)(bytes[at] + (replay_random(random) % 2 ? 1 : 255));
        break;
    case 2:
        replay_overwrite(bytes, size, random);
        break;
    case 3:
        if (run > room - size)
            break;
        memmove(bytes + at + run, bytes + at, size - at);
        return size + run;
    default:
        memmove(bytes + at, bytes + at + run, size - at - run);
        return size - run;
    }
    return size;
}

static void replay_file(const uint8_t *bytes, size_t size, uint64_t mutations, uint64_t *random)
{
    replay_feed(bytes, size);
    for (size_t cut = 0; cut < size; cut += 1 + (cut > 256 ? size / 64 : 0))
        replay_feed(bytes, cut);
    uint8_t *work = malloc(size + REPLAY_ROOM);
    fuzz_assert(work);
    for (uint64_t i = 0; i < mutations; i++) {
        size_t now = size;
        memcpy(work, bytes, size);
        for (uint64_t n = 1 + replay_random(random) % 3; n && now; n--)
            now = replay_mutate(work, now, size + REPLAY_ROOM, random);
        replay_feed(work, now);
    }
    free(work);
}

static int replay_folder(const char *folder, uint64_t mutations, uint64_t *random, dpdm_error *err)
{
    dpdm_folder_list list;
    dpdm_status status = dpdm_folder_read(folder, DPDM_FOLDER_FILES, &list, err);
    if (!status && !list.count)
        status = dpdm_error_set(err, DPDM_ENOENT, "%s: no corpus files", folder);
    for (size_t i = 0; !status && i < list.count; i++) {
        char path[DPDM_FOLDER_PATH];
        uint8_t *bytes = NULL;
        size_t size;
        status = dpdm_folder_join(folder, list.names[i], path, err);
        if (!status)
            status = dpdm_file_read(path, REPLAY_FILE_LIMIT, &bytes, &size, err);
        if (!status)
            replay_file(bytes, size, mutations / list.count, random);
        free(bytes);
    }
    if (!status)
        printf("%s: %zu files\n", folder, list.count);
    dpdm_folder_list_free(&list);
    return status;
}

int main(int argc, char **argv)
{
    dpdm_error err = {.message = "usage: fuzz_NAME COUNT FOLDER..."};
    uint64_t random = 88172645463325252u;
    int status = argc < 3;
    for (int i = 2; i < argc && !status; i++)
        status = replay_folder(argv[i], strtoull(argv[1], NULL, 10), &random, &err);
    if (status)
        fprintf(stderr, "%s\n", err.message);
    return status ? 2 : 0;
}
