/* subkey.h - the part of a stream's address that many streams share.
 *
 * Whoever opens many streams of one (purpose, step) - one a record, one a block of coordinates - makes the subkey
 * once and calls crypto_stream_chacha20_xor_ic with the index as nonce: the bytes are those of dpdm_stream_init. */
#ifndef DPDM_RNG_SUBKEY_H
#define DPDM_RNG_SUBKEY_H

#include "dpdm/rng.h"

/* subkey: 32 secret bytes; wipe them after use. */
void dpdm_subkey_init(uint8_t subkey[32], const dpdm_key *key, dpdm_purpose purpose, uint64_t step);

#endif
