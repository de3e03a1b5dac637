/* watched.c - see watched.h. `__real_X` is the library's X and `__wrap_X` what the linker puts in its place. */
#include "train/watched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include <pthread.h>
#include "data/readers.h"
#include "privacy/exact_gaussian.h"

watched_training watched;

/* The private memory of the data set that is open: one, at most. */
static struct {
    dpdm_dataset *data;
    void *memory;
    size_t bytes;
} guarded;

/* Which step of dp_step.h belongs to which mechanism. */
static dpdm_dp_step *steps[WATCHED_MOST];

dpdm_status __real_dpdm_dataset_open(const char *spec, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                                     dpdm_dataset *data, dpdm_error *err);
dpdm_status __wrap_dpdm_dataset_open(const char *spec, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                                     dpdm_dataset *data, dpdm_error *err);
void __real_dpdm_dataset_destroy(dpdm_dataset *data);
void __wrap_dpdm_dataset_destroy(dpdm_dataset *data);
dpdm_status __real_dpdm_dp_step_create(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source,
                                       const dpdm_key *key, int threads, dpdm_dp_step **step, dpdm_error *err);
dpdm_status __wrap_dpdm_dp_step_create(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source,
                                       const dpdm_key *key, int threads, dpdm_dp_step **step, dpdm_error *err);
dpdm_status __real_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err);
dpdm_status __wrap_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err);
dpdm_status __real_dpdm_gaussian_add(const dpdm_grid *grid, double sigma, const dpdm_key *key, dpdm_purpose purpose,
                                     uint64_t step, size_t first, size_t n, int64_t *sum, dpdm_error *err);
dpdm_status __wrap_dpdm_gaussian_add(const dpdm_grid *grid, double sigma, const dpdm_key *key, dpdm_purpose purpose,
                                     uint64_t step, size_t first, size_t n, int64_t *sum, dpdm_error *err);

void watched_free(watched_training *training)
{
    for (size_t i = 0; i < training->count; i++)
        free(training->mechanisms[i].released);
    *training = (watched_training){0};
}

watched_training watched_take(void)
{
    watched_training taken = watched;
    watched = (watched_training){0};
    memset(steps, 0, sizeof steps);
    return taken;
}

void watched_clear(void)
{
    watched_training taken = watched_take();
    watched_free(&taken);
}

/* ---- private memory ---- */

static void guard_set(int access)
{
    if (guarded.memory)
        assert_int_equal(mprotect(guarded.memory, guarded.bytes, access), 0);
}

/* Moves images and labels behind the guard. */
static void guard_take(dpdm_dataset *data)
{
    size_t pixels = (size_t)data->count * dpdm_dataset_image_bytes(data);
    size_t labels = (size_t)data->count * sizeof *data->labels, start = (pixels + 63) / 64 * 64;
    assert_null(guarded.memory);
    guarded.bytes = start + labels;
    guarded.memory = mmap(NULL, guarded.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(guarded.memory != MAP_FAILED);
    memcpy(guarded.memory, data->pixels, pixels);
    memcpy((char *)guarded.memory + start, data->labels, labels);
    free(data->pixels);
    free(data->labels);
    data->pixels = guarded.memory;
    data->labels = (int32_t *)(void *)((char *)guarded.memory + start);
    guarded.data = data;
    guard_set(PROT_NONE);
}

dpdm_status __wrap_dpdm_dataset_open(const char *spec, const char *data_dir, dpdm_split split, const dpdm_facts *facts,
                                     dpdm_dataset *data, dpdm_error *err)
{
    dpdm_status status = __real_dpdm_dataset_open(spec, data_dir, split, facts, data, err);
    if (!status) {
        watched.data_sets++;
        guard_take(data);
    }
    return status;
}

void __wrap_dpdm_dataset_destroy(dpdm_dataset *data)
{
    if (data && guarded.memory && data->pixels == guarded.memory) {
        munmap(guarded.memory, guarded.bytes);
        memset(&guarded, 0, sizeof guarded);
        data->pixels = NULL;
        data->labels = NULL;
    }
    __real_dpdm_dataset_destroy(data);
}

/* ---- vectors, taken twice ---- */

/* Everything but one record becomes something else. A second call takes it back. */
static void others_turn(uint64_t record)
{
    dpdm_dataset *data = guarded.data;
    size_t image = dpdm_dataset_image_bytes(data);
    for (uint64_t r = 0; r < data->count; r++) {
        if (r == record)
            continue;
        for (size_t i = 0; i < image; i++)
            data->pixels[r * image + i] ^= 0xa5;
        data->labels[r] = data->classes - 1 - data->labels[r];
    }
}

/* A vector that was given, kept. */
typedef struct {
    size_t first, n;
    float *values; /* NULL: none was given */
} kept_vector;

static void keep_vector(void *sink, int index, size_t first, size_t n, const float *values)
{
    kept_vector *kept = (kept_vector *)sink + index;
    assert_null(kept->values);
    *kept = (kept_vector){first, n, malloc((n + 1) * sizeof *values)};
    assert_non_null(kept->values);
    memcpy(kept->values, values, n * sizeof *values);
}

/* The vectors of `count` records, with their streams as they are now. */
static void take_vectors(const dpdm_gradient_source *source, const dpdm_record_group *group, const uint64_t *records,
                         int count, kept_vector *kept)
{
    dpdm_record_group again = *group;
    dpdm_stream *streams = malloc((size_t)count * sizeof *streams);
    assert_non_null(streams);
    memcpy(streams, group->streams, (size_t)count * sizeof *streams);
    memset(kept, 0, (size_t)count * sizeof *kept);
    again.count = count;
    again.records = records;
    again.streams = streams;
    again.give = keep_vector;
    again.sink = kept;
    source->vectors(source->context, &again);
    free(streams);
}

/* A record alone, after that of another record and among other data. */
static void take_alone(const dpdm_gradient_source *source, const dpdm_record_group *group, int index, kept_vector *kept)
{
    dpdm_dataset *data = guarded.data;
    const uint64_t record = group->records[index], other = (record + 1) % data->count, count = data->count;
    dpdm_record_group alone = *group;
    kept_vector unused;
    alone.streams += index;
    others_turn(record);
    take_vectors(source, &alone, &other, 1, &unused);
    free(unused.values);
    data->count = record + 1;
    take_vectors(source, &alone, &record, 1, kept);
    data->count = count;
    others_turn(record);
}

static void disturbed_vectors(void *context, const dpdm_record_group *group)
{
    const dpdm_gradient_source *inner = &((const watched_mechanism *)context)->source;
    kept_vector first[DPDM_GROUP_MOST], second;
    take_vectors(inner, group, group->records, group->count, first);
    for (int i = 0; i < group->count; i++) {
        take_alone(inner, group, i, &second);
        watched.vectors++;
        watched.differing += first[i].first != second.first || first[i].n != second.n ||
                             memcmp(first[i].values, second.values, second.n * sizeof *second.values) != 0;
        if (first[i].values)
            group->give(group->sink, i, first[i].first, first[i].n, first[i].values);
        free(first[i].values);
        free(second.values);
    }
}

/* ---- mechanisms ---- */

dpdm_status __wrap_dpdm_dp_step_create(const dpdm_dp_mechanism *mechanism, const dpdm_gradient_source *source,
                                       const dpdm_key *key, int threads, dpdm_dp_step **step, dpdm_error *err)
{
    assert_true(watched.count < WATCHED_MOST);
    watched_mechanism *seen = &watched.mechanisms[watched.count];
    *seen = (watched_mechanism){.mechanism = *mechanism, .source = *source};
    dpdm_gradient_source passed = *source;
    if (watched.disturb) {
        assert_int_equal(threads, 1);
        passed.context = seen;
        passed.vectors = disturbed_vectors;
    }
    dpdm_status status = __real_dpdm_dp_step_create(mechanism, &passed, key, threads, step, err);
    steps[watched.count++] = *step;
    return status;
}

/* The mechanism that is at work: mechanisms run one after another, each on several threads. */
static watched_mechanism *at_work;

/* What the mechanism released, from the sums that noise was added to. */
static void check_release(watched_mechanism *seen, const float *out)
{
    const size_t n = seen->source.parameters;
    float *again = malloc(n * sizeof *again);
    assert_non_null(again);
    dpdm_grid_release(&seen->mechanism.grid, seen->noised, n, seen->mechanism.batch, again);
    for (size_t i = 0; i < n; i++) {
        watched.bare += seen->drawn[i] != 1;
        watched.rescaled += memcmp(&again[i], &out[i], sizeof *out) != 0;
    }
    free(again);
}

static void keep_release(watched_mechanism *seen, const float *out)
{
    const size_t n = seen->source.parameters;
    seen->released = realloc(seen->released, (size_t)(seen->runs + 1) * n * sizeof *out);
    assert_non_null(seen->released);
    memcpy(seen->released + seen->runs++ * n, out, n * sizeof *out);
}

dpdm_status __wrap_dpdm_dp_step_run(dpdm_dp_step *step, uint64_t number, dpdm_stop_fn stop, void *stop_context,
                                    float *out, dpdm_private_diagnostics *diagnostics, dpdm_error *err)
{
    size_t i = watched.count;
    while (i > 0 && steps[i - 1] != step) /* the latest at that address */
        i--;
    assert_true(i > 0);
    watched_mechanism *seen = &watched.mechanisms[i - 1];
    const size_t n = seen->source.parameters;
    if (watched.replayed) {
        const watched_mechanism *before = &watched.replayed->mechanisms[i - 1];
        assert_true(before->source.parameters == n && seen->runs < before->runs);
        memcpy(out, before->released + seen->runs++ * n, n * sizeof *out);
        return DPDM_OK;
    }
    seen->noised = calloc(n, sizeof *seen->noised);
    seen->drawn = calloc(n, sizeof *seen->drawn);
    assert_non_null(seen->noised);
    assert_non_null(seen->drawn);
    guard_set(watched.disturb ? PROT_READ | PROT_WRITE : PROT_READ);
    at_work = seen;
    dpdm_status status = __real_dpdm_dp_step_run(step, number, stop, stop_context, out, diagnostics, err);
    at_work = NULL;
    guard_set(PROT_NONE);
    if (!status) {
        check_release(seen, out);
        keep_release(seen, out);
    }
    free(seen->noised);
    free(seen->drawn);
    return status;
}

/* ---- noise ---- */

/* How many of the n values that were added, from coordinate `first` on, are not those of the exact sampler. */
static uint64_t count_off(const dpdm_dp_mechanism *mechanism, const dpdm_key *key, dpdm_purpose purpose, uint64_t step,
                          size_t first, size_t n, const int64_t *before, const int64_t *after)
{
    dpdm_exact_gaussian *gaussian = malloc(sizeof *gaussian);
    int64_t *sum = malloc(DPDM_NOISE_BLOCK * sizeof *sum);
    uint64_t off = 0;
    if (!gaussian || !sum ||
        dpdm_exact_gaussian_init(gaussian, mechanism->noise_multiplier, mechanism->grid.bits, NULL))
        off = n;
    for (size_t at = 0; at < n && !off; at += DPDM_NOISE_BLOCK) {
        const size_t count = n - at < DPDM_NOISE_BLOCK ? n - at : DPDM_NOISE_BLOCK;
        dpdm_stream stream;
        memcpy(sum, before + at, count * sizeof *sum);
        dpdm_stream_init(&stream, key, purpose, step, (first + at) / DPDM_NOISE_BLOCK);
        if (dpdm_exact_gaussian_add(gaussian, &stream, count, sum, NULL))
            off += count;
        for (size_t i = 0; i < count; i++)
            off += sum[i] != after[at + i];
    }
    free(gaussian);
    free(sum);
    return off;
}

dpdm_status __wrap_dpdm_gaussian_add(const dpdm_grid *grid, double sigma, const dpdm_key *key, dpdm_purpose purpose,
                                     uint64_t step, size_t first, size_t n, int64_t *sum, dpdm_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    watched_mechanism *seen = at_work; /* set and read on different threads, but never while others run */
    int64_t *before = malloc((n + 1) * sizeof *before);
    if (!before)
        abort(); /* cmocka cannot end a test from another thread */
    memcpy(before, sum, n * sizeof *before);
    dpdm_status status = __real_dpdm_gaussian_add(grid, sigma, key, purpose, step, first, n, sum, err);
    pthread_mutex_lock(&lock);
    if (!seen) {
        watched.noise_else++;
    } else if (!status) {
        watched.off += count_off(&seen->mechanism, key, purpose, step, first, n, before, sum);
        for (size_t i = 0; i < n && first + i < seen->source.parameters; i++) {
            seen->noised[first + i] = sum[i];
            seen->drawn[first + i]++;
        }
    }
    pthread_mutex_unlock(&lock);
    free(before);
    return status;
}
