/* watched_noise.c - see watched_noise.h. `__real_X` is the library's X and `__wrap_X` what the linker puts in its place. */
#include "train/watched_noise.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>
#include "privacy/exact_gaussian.h"

watched_noise_counts watched_noise;

enum { ADDRESS = 40, SUM_HASH = 16, FIRST_PLACES = 1 << 12 };

/* One stream, and the draw it has served. A life of 0: none. */
typedef struct {
    uint8_t address[ADDRESS]; /* subkey, nonce */
    uint8_t sum[SUM_HASH];
    dpdm_purpose purpose;
    unsigned opened, drawn; /* the life in which it was, last */
} noise_entry;

static struct {
    pthread_mutex_t lock;
    noise_entry *places; /* open addressing by the first bytes of the subkey and the nonce */
    size_t room, count;
    unsigned life;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .life = 1};

void __real_dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step,
                             uint64_t index);
void __wrap_dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step,
                             uint64_t index);
dpdm_status __real_dpdm_exact_gaussian_add(const dpdm_exact_gaussian *gaussian, dpdm_stream *stream, size_t n,
                                           int64_t *sum, dpdm_error *err);
dpdm_status __wrap_dpdm_exact_gaussian_add(const dpdm_exact_gaussian *gaussian, dpdm_stream *stream, size_t n,
                                           int64_t *sum, dpdm_error *err);

void watched_noise_clear(void)
{
    free(seen.places);
    seen.places = NULL;
    seen.room = seen.count = 0;
    seen.life = 1;
    watched_noise = (watched_noise_counts){0};
}

void watched_noise_new_life(void)
{
    seen.life++;
}

void watched_noise_assert_sound(void)
{
    assert_true(watched_noise.streams > 0 && watched_noise.draws > 0);
    assert_int_equal(watched_noise.reopened, 0);
    assert_int_equal(watched_noise.reused, 0);
    assert_int_equal(watched_noise.stray, 0);
}

static int of_mechanism(dpdm_purpose purpose)
{
    return purpose == DPDM_PURPOSE_POISSON || purpose == DPDM_PURPOSE_DRAWS || purpose == DPDM_PURPOSE_NOISE ||
           purpose == DPDM_PURPOSE_EVENT;
}

/* Where the address is, or would be. */
static noise_entry *place_of(noise_entry *places, size_t room, const uint8_t address[ADDRESS])
{
    uint64_t subkey, nonce;
    memcpy(&subkey, address, sizeof subkey);
    memcpy(&nonce, address + 32, sizeof nonce);
    size_t at = (size_t)(subkey ^ (nonce * 0x9e3779b97f4a7c15U)) & (room - 1);
    while (places[at].opened && memcmp(places[at].address, address, ADDRESS) != 0)
        at = (at + 1) & (room - 1);
    return &places[at];
}

static void make_room(void)
{
    if (2 * seen.count < seen.room)
        return;
    size_t room = seen.room ? 2 * seen.room : FIRST_PLACES;
    noise_entry *places = calloc(room, sizeof *places);
    if (!places)
        abort(); /* cmocka cannot end a test from another thread */
    for (size_t i = 0; i < seen.room; i++)
        if (seen.places[i].opened)
            *place_of(places, room, seen.places[i].address) = seen.places[i];
    free(seen.places);
    seen.places = places;
    seen.room = room;
}

static void address_of(const dpdm_stream *stream, uint8_t address[ADDRESS])
{
    memcpy(address, stream->subkey, sizeof stream->subkey);
    memcpy(address + sizeof stream->subkey, stream->nonce, sizeof stream->nonce);
}

void __wrap_dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step,
                             uint64_t index)
{
    uint8_t address[ADDRESS];
    __real_dpdm_stream_init(stream, key, purpose, step, index);
    address_of(stream, address);
    pthread_mutex_lock(&seen.lock);
    make_room();
    noise_entry *entry = place_of(seen.places, seen.room, address);
    if (!entry->opened) {
        memcpy(entry->address, address, sizeof address);
        entry->purpose = purpose;
        seen.count++;
        watched_noise.streams += (uint64_t)of_mechanism(purpose);
    } else if (entry->purpose != purpose || (of_mechanism(purpose) && entry->opened == seen.life)) {
        watched_noise.reopened++;
    }
    entry->opened = seen.life;
    pthread_mutex_unlock(&seen.lock);
}

dpdm_status __wrap_dpdm_exact_gaussian_add(const dpdm_exact_gaussian *gaussian, dpdm_stream *stream, size_t n,
                                           int64_t *sum, dpdm_error *err)
{
    uint8_t address[ADDRESS], hash[SUM_HASH];
    crypto_generichash_state state;
    const uint64_t scale[] = {gaussian->scale, gaussian->drop, n};
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, (const uint8_t *)scale, sizeof scale);
    crypto_generichash_update(&state, (const uint8_t *)sum, n * sizeof *sum);
    crypto_generichash_final(&state, hash, sizeof hash);
    address_of(stream, address);
    pthread_mutex_lock(&seen.lock);
    make_room();
    noise_entry *entry = place_of(seen.places, seen.room, address);
    watched_noise.draws++;
    if (!entry->opened || stream->block || stream->used != sizeof stream->buffer ||
        (entry->purpose != DPDM_PURPOSE_NOISE && entry->purpose != DPDM_PURPOSE_EVENT)) {
        watched_noise.stray++;
    } else if (!entry->drawn) {
        memcpy(entry->sum, hash, sizeof hash);
        entry->drawn = seen.life;
    } else if (entry->drawn < seen.life && memcmp(entry->sum, hash, sizeof hash) == 0) {
        watched_noise.redrawn++;
        entry->drawn = seen.life;
    } else {
        watched_noise.reused++;
    }
    pthread_mutex_unlock(&seen.lock);
    return __real_dpdm_exact_gaussian_add(gaussian, stream, n, sum, err);
}
