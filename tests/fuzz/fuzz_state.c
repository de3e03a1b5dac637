/* fuzz_state.c - the state of an interrupted run: a file from a disk that may have failed. Each input is read as it is, and
 * once more with the checksum that makes it whole, or no mutation would come past that. */
#include "fuzz.h"
#include "train/run_state.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WEIGHTS = 3, RELEASED = 2, CHECKSUM = 32 };

/* The file that all inputs go through. */
static const char *state_path(void)
{
    static char path[] = "/tmp/dpdm-fuzz-XXXXXX"; /* made once, kept for the life of the process */
    static int made;
    if (!made) {
        int file = mkstemp(path);
        fuzz_assert(file >= 0);
        close(file);
        made = 1;
    }
    return path;
}

static void state_read(const uint8_t *bytes, size_t size)
{
    dpdm_run_state *state;
    dpdm_error err;
    FILE *file = fopen(state_path(), "wb");
    fuzz_assert(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
    dpdm_status status = dpdm_run_state_load(state_path(), WEIGHTS, RELEASED, &state, &err);
    if (status) {
        fuzz_check_error(status, &err);
        fuzz_assert(!state);
        return;
    }
    fuzz_assert(state->parameters == WEIGHTS);
    fuzz_assert(strnlen(state->kernels, sizeof state->kernels) < sizeof state->kernels);
    fuzz_assert(strnlen(state->version, sizeof state->version) < sizeof state->version);
    volatile float sum = 0;
    for (int i = 0; i < 4 * WEIGHTS + RELEASED; i++) /* a sanitizer sees weights that are not there */
        sum += state->params[i];
    (void)sum;
    dpdm_run_state_destroy(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    state_read(bytes, size);
    if (size > CHECKSUM) {
        uint8_t *mended = malloc(size);
        fuzz_assert(mended);
        memcpy(mended, bytes, size);
        crypto_generichash(mended + size - CHECKSUM, CHECKSUM, bytes, size - CHECKSUM, NULL, 0);
        state_read(mended, size);
        free(mended);
    }
    unlink(state_path());
    return 0;
}
