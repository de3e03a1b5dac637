/* kernel_names.c - prints the kernel sets that this CPU can run, for scripts. */
#include "dpdm/network.h"

#include <stdio.h>

int main(void)
{
    const char *name;
    for (size_t i = 0; (name = dpdm_kernels_name(i)); i++)
        puts(name);
    return 0;
}
