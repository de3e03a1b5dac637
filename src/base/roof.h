/* roof.h - what one core can do at most, to hold kernels against. */
#ifndef DPDM_BASE_ROOF_H
#define DPDM_BASE_ROOF_H

/* GFLOP/s of independent fp32 fused multiply-adds in registers, with the vectors of the named kernel set. */
double dpdm_roof_multiply_adds(const char *set);
/* GB/s read from a buffer of this many bytes, again and again: 64 KB for the second-level cache, 64 MB for memory. */
double dpdm_roof_read(unsigned long bytes);

#endif
