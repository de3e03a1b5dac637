/* products_avx512.c - products of rows for CPUs with AVX-512. Flags: src/eval/CMakeLists.txt. */
#define PRODUCTS_NAME products_avx512
#define PRODUCTS_WIDTH 8
#define PRODUCTS_VECTORS 3
#define PRODUCTS_ROWS 8
#include "eval/cpu/products_kernel.h"
