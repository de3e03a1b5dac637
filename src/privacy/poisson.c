/* poisson.c - who is in the batch: record r is, if word r of the step's stream is below the threshold. */
#include "dpdm/poisson.h"

#include "dpdm/rng.h"

#include <math.h>
#include <sodium.h>

#include "rng/bytes.h"

enum { POISSON_CHUNK = 512 }; /* records whose words are read together */

dpdm_status dpdm_rate_from(double q, dpdm_rate *rate, dpdm_error *err)
{
    if (!(q >= 0 && q <= 1))
        return dpdm_error_set(err, DPDM_ERANGE, "the sampling rate is %g; it must lie between 0 and 1", q);
    rate->all = q == 1;
    rate->threshold = rate->all ? 0 : (uint64_t)ldexp(q, 64); /* exact below 2^64, then rounded down */
    return DPDM_OK;
}

double dpdm_rate_value(const dpdm_rate *rate)
{
    if (rate->all)
        return 1;
    double value = (double)rate->threshold;
    if (value < 0x1p64 && (uint64_t)value < rate->threshold)
        value = nextafter(value, INFINITY);
    return ldexp(value, -64);
}

/* No branch depends on a draw. */
void dpdm_poisson_select(const dpdm_key *key, uint64_t step, uint64_t count, const dpdm_rate *rate, uint64_t *chosen,
                         uint64_t *n)
{
    uint8_t words[8 * POISSON_CHUNK];
    uint64_t found = 0;
    dpdm_stream stream;
    dpdm_stream_init(&stream, key, DPDM_PURPOSE_POISSON, step, 0);
    /*@ loop invariant 0 <= start <= count + (POISSON_CHUNK - 1) && found <= start && found <= count;
      @ loop invariant \forall integer i; 0 <= i < found ==> chosen[i] < start && chosen[i] < count;
      @ loop invariant \forall integer i, j; 0 <= i < j < found ==> chosen[i] < chosen[j];
      @ loop assigns start, found, stream, words[0 .. 8 * POISSON_CHUNK - 1], chosen[0 .. count - 1];
      @ loop variant count + (POISSON_CHUNK - 1) - start; */
    for (uint64_t start = 0; start < count; start += POISSON_CHUNK) {
        uint64_t records = count - start < POISSON_CHUNK ? count - start : POISSON_CHUNK;
        dpdm_stream_bytes(&stream, words, sizeof words);
        /*@ loop invariant 0 <= i <= records && found <= start + i && found <= count;
          @ loop invariant \forall integer k; 0 <= k < found ==> chosen[k] < start + i;
          @ loop invariant \forall integer k, j; 0 <= k < j < found ==> chosen[k] < chosen[j];
          @ loop assigns i, found, chosen[0 .. count - 1];
          @ loop variant records - i; */
        for (uint64_t i = 0; i < records; i++) {
            chosen[found] = start + i;
            found += (uint64_t)(rate->all | (bytes_load64(words + 8 * i) < rate->threshold));
        }
    }
    *n = found;
    dpdm_stream_wipe(&stream);
    sodium_memzero(words, sizeof words);
}
