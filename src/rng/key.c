/* key.c - where keys come from: the operating system, a seed (tests and public randomness), or another key. */
#include "dpdm/rng.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/random.h>

#include "rng/bytes.h"

static const char key_seed_label[16] = "dpdm seed key v1";

/* getentropy rather than libsodium's randombytes: that one ends the process where there is no entropy. */
dpdm_status dpdm_key_generate(dpdm_key *key, dpdm_error *err)
{
    if (getentropy(key->bytes, sizeof key->bytes) != 0) {
        int cause = errno;
        dpdm_key_wipe(key);
        return dpdm_error_set(err, DPDM_EIO,
                              "the operating system gave no random key (%s); a private run needs the getrandom system "
                              "call: allow it in this container or sandbox",
                              strerror(cause));
    }
    return DPDM_OK;
}

void dpdm_key_from_seed(dpdm_key *key, uint64_t seed)
{
    uint8_t message[sizeof key_seed_label + 8];
    memcpy(message, key_seed_label, sizeof key_seed_label);
    bytes_store64(message + sizeof key_seed_label, seed);
    int failed = crypto_generichash(key->bytes, sizeof key->bytes, message, sizeof message, NULL, 0);
    assert(failed == 0);
    (void)failed;
    sodium_memzero(message, sizeof message);
}

void dpdm_key_derive(dpdm_key *key, const dpdm_key *parent, const char *label)
{
    dpdm_key child; /* so that key may be parent */
    int failed = crypto_generichash(child.bytes, sizeof child.bytes, (const uint8_t *)label, strlen(label),
                                    parent->bytes, sizeof parent->bytes);
    assert(failed == 0);
    (void)failed;
    *key = child;
    dpdm_key_wipe(&child);
}

void dpdm_key_wipe(dpdm_key *key)
{
    sodium_memzero(key, sizeof *key);
}
