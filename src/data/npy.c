/* npy.c - .npy headers. */
#include "data/npy.h"

#include <stdio.h>
#include <string.h>

#define NPY_MAGIC "\x93NUMPY"
#define NPY_PREFIX 10 /* magic, version 1.0, 16-bit header length */

size_t dpdm_npy_format(const dpdm_npy *npy, uint8_t *out, size_t size)
{
    char text[256];
    int n = snprintf(text, sizeof text, "{'descr': '%c%c%d', 'fortran_order': False, 'shape': (",
                     npy->width == 1 ? '|'
                     : npy->big      ? '>'
                                     : '<',
                     npy->kind, npy->width);
    for (int i = 0; i < npy->dimensions; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%llu,%s", (unsigned long long)npy->sizes[i],
                      i + 1 < npy->dimensions ? " " : "");
    n += snprintf(text + n, sizeof text - (size_t)n, "), }");
    size_t total = ((size_t)n + 1 + NPY_PREFIX + 63) / 64 * 64, length = total - NPY_PREFIX;
    if (total > size)
        return 0;
    memcpy(out, NPY_MAGIC "\x01\x00", 8);
    out[8] = (uint8_t)length;
    out[9] = (uint8_t)(length >> 8);
    memset(out + NPY_PREFIX, ' ', length);
    memcpy(out + NPY_PREFIX, text, (size_t)n);
    out[total - 1] = '\n';
    return total;
}
