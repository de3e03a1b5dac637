/* products_avx2.c - products of rows for CPUs with AVX2 and FMA. Flags: src/eval/CMakeLists.txt. */
#define PRODUCTS_NAME products_avx2
#define PRODUCTS_WIDTH 4
#define PRODUCTS_VECTORS 2
#define PRODUCTS_ROWS 6
#include "eval/cpu/products_kernel.h"
