/* cpu.c - what the processor can do. */
#include "cpu.h"

#if defined(__x86_64__) || defined(__i386__)

/* __builtin_cpu_supports takes literals only. */
static int feature_has(size_t row)
{
    switch (row) {
    case 0:
        return __builtin_cpu_supports("sse4.2");
    case 1:
        return __builtin_cpu_supports("avx");
    case 2:
        return __builtin_cpu_supports("avx2");
    case 3:
        return __builtin_cpu_supports("fma");
    case 4:
        return __builtin_cpu_supports("avx512f");
    case 5:
        return __builtin_cpu_supports("avx512bw");
    case 6:
        return __builtin_cpu_supports("avx512vl");
    case 7:
        return __builtin_cpu_supports("avx512vnni");
    default:
        return __builtin_cpu_supports("avx512bf16");
    }
}

const char *cli_cpu_feature(size_t index)
{
    static const char *const names[] = {"sse4.2",   "avx",      "avx2",       "fma",       "avx512f",
                                        "avx512bw", "avx512vl", "avx512vnni", "avx512bf16"};
    for (size_t row = 0; row < sizeof names / sizeof *names; row++)
        if (feature_has(row) && index-- == 0)
            return names[row];
    return NULL;
}

#else

const char *cli_cpu_feature(size_t index)
{
    (void)index;
    return NULL;
}

#endif
