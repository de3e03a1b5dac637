/* sodium.h - what the verified files need of libsodium, as contracts: a function that wipes. */
#include <stddef.h>
#include <stdint.h>

/*@ requires \valid((uint8_t *)p + (0 .. n - 1));
  @ assigns ((uint8_t *)p)[0 .. n - 1]; */
void sodium_memzero(void *p, size_t n);
