/* support.h - small data sets, files in a folder of their own, and hostile bytes, for the tests of the data room. */
#ifndef DPDM_TESTS_DATA_SUPPORT_H
#define DPDM_TESTS_DATA_SUPPORT_H

#include "data/readers.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A folder for one test, removed with what is in it. */
void support_folder_make(char folder[256]);
void support_folder_remove(const char *folder);
/* How many entries a folder has. */
int support_folder_count(const char *folder);
void support_write(const char *folder, const char *name, const void *bytes, size_t size);
/* Makes folder/name with its parents; "" for the folder itself. */
void support_folder_add(const char *folder, const char *name);
/* Writes a PNG of random pixels (of `seed`) as folder/name, whose parents are made. */
void support_image(const char *folder, const char *name, int height, int width, int channels, unsigned seed);
/* The words with which data at folder/below are refused, or "" where they are read. */
const char *support_refusal(const char *folder, const char *below, dpdm_split split, dpdm_error *err);
uint8_t *support_read(const char *path, size_t *size);

/* Images of a fixed pattern; labels 0, 1, ... classes - 1 in turn. */
void support_dataset(dpdm_dataset *data, uint64_t count, int height, int width, int channels, int classes);
void support_same(const dpdm_dataset *a, const dpdm_dataset *b);

/* bytes packed by zlib as .gz; malloc'ed. */
uint8_t *support_gzip(const uint8_t *bytes, size_t size, size_t *packed);

#endif
