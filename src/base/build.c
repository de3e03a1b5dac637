/* build.c - a digest of the code that runs. */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "base/build.h"

#include <link.h>
#include <sodium.h>

typedef struct {
    uintptr_t inside; /* an address in the object that is looked for */
    crypto_generichash_state hash;
    int found;
} build_search;

static int build_holds(const struct dl_phdr_info *object, const ElfW(Phdr) * segment, uintptr_t address)
{
    uintptr_t start = object->dlpi_addr + segment->p_vaddr;
    return segment->p_type == PT_LOAD && address >= start && address < start + segment->p_memsz;
}

/* Hashes a segment as it lies in memory. It is read byte by byte through volatile in a function that no sanitizer watches: address
 * sanitizers put forbidden bytes between constants, and would report them in a hash or memcpy as well. */
__attribute__((no_sanitize("address"))) static void build_hash(crypto_generichash_state *hash,
                                                               const volatile unsigned char *bytes, size_t size)
{
    unsigned char copy[4096];
    for (size_t done = 0, n; done < size; done += n) {
        n = size - done < sizeof copy ? size - done : sizeof copy;
        for (size_t i = 0; i < n; i++)
            copy[i] = bytes[done + i];
        crypto_generichash_update(hash, copy, n);
    }
}

/* Segments that nothing writes to, relocation included: code, and constants without addresses. */
static int build_visit(struct dl_phdr_info *object, size_t size, void *context)
{
    build_search *search = context;
    (void)size;
    for (int i = 0; i < object->dlpi_phnum && !search->found; i++)
        search->found = build_holds(object, &object->dlpi_phdr[i], search->inside);
    if (!search->found)
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || segment->p_flags & PF_W || !(segment->p_flags & PF_R))
            continue;
        build_hash(&search->hash, (const volatile void *)(object->dlpi_addr + segment->p_vaddr), segment->p_filesz);
    }
    return 1;
}

dpdm_status dpdm_build_digest(uint8_t digest[32], dpdm_error *err)
{
    build_search search = {.inside = (uintptr_t)&dpdm_build_digest};
    if (sodium_init() < 0)
        return dpdm_error_set(err, DPDM_EINTERNAL, "libsodium cannot start");
    crypto_generichash_init(&search.hash, NULL, 0, 32);
    if (!dl_iterate_phdr(build_visit, &search))
        return dpdm_error_set(err, DPDM_EINTERNAL, "the code of this program cannot be found in memory");
    crypto_generichash_final(&search.hash, digest, 32);
    return DPDM_OK;
}
