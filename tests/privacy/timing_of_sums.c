/* timing_of_sums.c - no jump and no address depends on the private sum while noise is added, or on the private vector
 * while it is released. The sum is marked undefined and memcheck reports whatever depends on it: exit code by valgrind.
 * With the argument "control" it jumps on the sum itself, which must be reported: that the test can fail.
 * Exit code 77 (skip) if it was built without valgrind's header or runs without valgrind. */
#include <stdlib.h>

#include "dpdm/gaussian.h"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>

enum { N = 2 * DPDM_NOISE_BLOCK };

int main(int count, char **arguments)
{
    static int64_t sum[N];
    static float out[N];
    static const dpdm_grid grid = {sizeof(dpdm_grid), 1, DPDM_GRID_BITS};
    dpdm_key key;
    (void)arguments;
    if (!RUNNING_ON_VALGRIND)
        return 77;
    dpdm_key_from_seed(&key, 1);
    VALGRIND_MAKE_MEM_UNDEFINED(sum, sizeof sum);
    if (dpdm_gaussian_add(&grid, 1.5, &key, DPDM_PURPOSE_NOISE, 1, 0, N, sum, NULL))
        return 1;
    dpdm_grid_release(&grid, sum, N, 256, out);
    if (count > 1 && sum[0] > 0)
        out[0] = 0;
    return 0;
}
#else
int main(void)
{
    return 77;
}
#endif
