/* cpu.h - what the processor can do, for `dpdm version`. */
#ifndef DPDM_CLI_CPU_H
#define DPDM_CLI_CPU_H

#include <stddef.h>

/* The index-th feature that matters to dpdm and that this processor has; NULL past the end. */
const char *cli_cpu_feature(size_t index);

#endif
