/* struct_sizes.c - prints the structs of the installed headers as src/api/interface.txt has them. */
#include <stddef.h>
#include <stdio.h>
#include "dpdm/dpdm.h"
#include "dpdm/gaussian.h"
#include "dpdm/poisson.h"

#define SHOW(name) printf("struct " #name " %zu %zu\n", sizeof(name), _Alignof(name))

int main(void)
{
    SHOW(dpdm_error);
    SHOW(dpdm_grid);
    SHOW(dpdm_key);
    SHOW(dpdm_rate);
    return 0;
}
