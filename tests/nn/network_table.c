/* network_table.c - prints the tensors of a network as the table of docs/network.md: network_table NETWORK. */
#include "nn/presets.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    const preset *p = argc == 2 ? preset_find(argv[1]) : NULL;
    dpdm_network *net;
    dpdm_error err;
    if (!p) {
        fprintf(stderr, "usage: network_table NETWORK (of tests/nn/presets.c)\n");
        return 2;
    }
    if (preset_create(p, &net, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    puts("| tensor | shape | layer |\n|---|---|---|");
    for (size_t i = 0; i < dpdm_network_tensors(net); i++) {
        const dpdm_tensor_info info = dpdm_network_tensor(net, i);
        printf("| %s | ", info.name);
        for (int d = 0; d < info.rank; d++)
            printf("%s%d", d ? ", " : "", info.shape[d]);
        printf(" | %s |\n", info.layer);
    }
    printf("| total | %zu |  |\n", dpdm_network_parameters(net));
    dpdm_network_destroy(net);
    return 0;
}
