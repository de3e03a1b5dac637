/* tensorboard.h - scalars as an event file that TensorBoard reads.
 *
 * The file is a row of records (TFRecord): length (u64, little-endian), masked CRC-32C of these 8 bytes (u32), the
 * content, masked CRC-32C of the content. masked(c) = rotate_right(c, 15) + 0xa282ead8. The content is a protobuf
 * message Event: 1 wall_time (double), 2 step (varint), and either 3 file_version (string, in the first record) or 5
 * summary, whose one field 1 is a value with 1 tag (string) and 2 simple_value (float).
 * wall_time is the number of the step, not the time: when a step was done tells how many images were in its batch. */
#ifndef DPDM_TRAIN_TENSORBOARD_H
#define DPDM_TRAIN_TENSORBOARD_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* CRC-32C (Castagnoli): of "123456789" 0xe3069283. */
uint32_t dpdm_crc32c(const void *bytes, size_t size);

/* Both write one record; errors of the stream are left to its owner (ferror). tag: at most 100 bytes. */
void dpdm_tensorboard_begin(FILE *out);
void dpdm_tensorboard_scalar(FILE *out, uint64_t step, const char *tag, double value);

#endif
