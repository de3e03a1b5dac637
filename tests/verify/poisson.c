/* poisson.c - contracts of src/privacy/poisson.c and of what it calls; the source itself is included below them. */
#include "dpdm/poisson.h"

/* Scaling by 2^64 is exact: IEEE 754, and the exponent grows. */
/*@ requires 0 <= x < 1 && exp == 64;
  @ assigns \nothing;
  @ ensures \result == x * 18446744073709551616.0; */
double ldexp(double x, int exp);

/*@ assigns \nothing; */
double nextafter(double x, double y);
#define INFINITY (1e308 * 10)

/*@ requires \valid(err);
  @ assigns *err;
  @ ensures \result == status; */
dpdm_status dpdm_error_set(dpdm_error *err, dpdm_status status, const char *format, ...);

/*@ assigns *stream; */
void dpdm_stream_init(dpdm_stream *stream, const dpdm_key *key, dpdm_purpose purpose, uint64_t step, uint64_t block);
/*@ assigns *stream; */
void dpdm_stream_wipe(dpdm_stream *stream);
/*@ requires \valid((uint8_t *)out + (0 .. n - 1));
  @ assigns *stream, ((uint8_t *)out)[0 .. n - 1]; */
void dpdm_stream_bytes(dpdm_stream *stream, void *out, size_t n);

/*@ requires \valid(rate) && \valid(err) && \separated(rate, err);
  @ assigns *rate, *err;
  @ ensures \result == DPDM_OK ==> rate->all == 0 || rate->all == 1;
  @ ensures \result == DPDM_OK && rate->all == 1 ==> q == 1;
  @ ensures \result == DPDM_OK && rate->all == 0 ==> rate->threshold <= q * 18446744073709551616.0 < rate->threshold + 1; */
dpdm_status dpdm_rate_from(double q, dpdm_rate *rate, dpdm_error *err);

/*@ lemma bits_or: \forall integer a, b; 0 <= a <= 1 && 0 <= b <= 1 ==> 0 <= (a | b) <= 1; */

/*@ requires \valid_read(p + (0 .. 7));
  @ assigns \nothing; */
static inline uint64_t bytes_load64(const uint8_t *p);

/* chosen[] stays inside its count places, is ascending and names records only. */
/*@ requires count <= 0x7fffffffffffffff && \valid_read(rate) && (rate->all == 0 || rate->all == 1);
  @ requires \valid(chosen + (0 .. count - 1)) && \valid(n);
  @ requires \separated(rate, n, chosen + (0 .. count - 1));
  @ assigns *n, chosen[0 .. count - 1];
  @ ensures *n <= count;
  @ ensures \forall integer i; 0 <= i < *n ==> chosen[i] < count;
  @ ensures \forall integer i, j; 0 <= i < j < *n ==> chosen[i] < chosen[j]; */
void dpdm_poisson_select(const dpdm_key *key, uint64_t step, uint64_t count, const dpdm_rate *rate, uint64_t *chosen,
                         uint64_t *n);

#include "privacy/poisson.c"
