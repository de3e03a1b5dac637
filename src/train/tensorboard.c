/* tensorboard.c - event files: records, checksums and the few protobuf fields they need. */
#include "train/tensorboard.h"

#include <string.h>

enum { RECORD_MOST = 200, TAG_MOST = 100 };

/* A message being written. */
typedef struct {
    uint8_t bytes[RECORD_MOST];
    size_t size;
} message;

uint32_t dpdm_crc32c(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0); /* 0x1edc6f41 with its bits reversed */
    }
    return ~crc;
}

static uint32_t crc_masked(const void *bytes, size_t size)
{
    uint32_t crc = dpdm_crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* ---- protobuf: a field is its number and kind, then its value ---- */

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static void message_add_varint(message *m, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        m->bytes[m->size++] = (uint8_t)(value | 0x80);
    m->bytes[m->size++] = (uint8_t)value;
}

static void message_add_key(message *m, unsigned field, unsigned kind)
{
    message_add_varint(m, field << 3 | kind);
}

static void message_add_little_endian(message *m, uint64_t bits, int bytes)
{
    for (int i = 0; i < bytes; i++)
        m->bytes[m->size++] = (uint8_t)(bits >> (8 * i));
}

static void message_add_double(message *m, unsigned field, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    message_add_key(m, field, WIRE_64);
    message_add_little_endian(m, bits, 8);
}

static void message_add_float(message *m, unsigned field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    message_add_key(m, field, WIRE_32);
    message_add_little_endian(m, bits, 4);
}

static void message_add_bytes(message *m, unsigned field, const void *bytes, size_t size)
{
    message_add_key(m, field, WIRE_BYTES);
    message_add_varint(m, size);
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
}

/* ---- records ---- */

static void record_put(FILE *out, const message *m)
{
    message head = {.size = 0};
    message_add_little_endian(&head, m->size, 8);
    message_add_little_endian(&head, crc_masked(head.bytes, 8), 4);
    fwrite(head.bytes, 1, head.size, out);
    fwrite(m->bytes, 1, m->size, out);
    head.size = 0;
    message_add_little_endian(&head, crc_masked(m->bytes, m->size), 4);
    fwrite(head.bytes, 1, head.size, out);
}

void dpdm_tensorboard_begin(FILE *out)
{
    static const char version[] = "brain.Event:2";
    message event = {.size = 0};
    message_add_double(&event, 1, 0);
    message_add_bytes(&event, 3, version, sizeof version - 1);
    record_put(out, &event);
}

void dpdm_tensorboard_scalar(FILE *out, uint64_t step, const char *tag, double value)
{
    message scalar = {.size = 0}, summary = {.size = 0}, event = {.size = 0};
    size_t length = strlen(tag);
    message_add_bytes(&scalar, 1, tag, length < TAG_MOST ? length : TAG_MOST);
    message_add_float(&scalar, 2, (float)value);
    message_add_bytes(&summary, 1, scalar.bytes, scalar.size);
    message_add_double(&event, 1, (double)step);
    message_add_key(&event, 2, WIRE_VARINT);
    message_add_varint(&event, step);
    message_add_bytes(&event, 5, summary.bytes, summary.size);
    record_put(out, &event);
}
