/* products_generic.c - products of rows for any CPU, by vectors of 128 bits. */
#define PRODUCTS_NAME products_generic
#define PRODUCTS_WIDTH 2
#define PRODUCTS_VECTORS 2
#define PRODUCTS_ROWS 4
#include "eval/cpu/products_kernel.h"
