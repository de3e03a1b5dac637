/* unit_model.c - catches a model file that does not read back as it was written, a reader that believes what it reads,
 * and samples that depend on threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/safetensors.h"
#include "diffusion/model_config.h"
#include "dpdm/model.h"

static char folder[64];

static const dpdm_network_description tiny = {
    .height = 8,
    .width = 8,
    .channels = 1,
    .classes = 3,
    .unet = {.width_base = 8, .levels = 2, .multipliers = {1, 2}, .blocks = 1, .attention = {0}, .patch = 1}};

static int enter_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/dpdm-model-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static dpdm_model model_create(int kind)
{
    dpdm_model model = {.description = tiny, .denoiser = dpdm_denoiser_default((dpdm_denoiser_kind)kind)};
    dpdm_key key;
    dpdm_stream stream;
    dpdm_key_from_seed(&key, 51);
    assert_int_equal(dpdm_network_create(&model.description, &model.network, NULL), DPDM_OK);
    size_t count = dpdm_network_parameters(model.network);
    model.params = malloc(count * sizeof *model.params);
    dpdm_stream_init(&stream, &key, DPDM_PURPOSE_TEST, 0, 0);
    dpdm_stream_normals(&stream, model.params, count);
    for (size_t i = 0; i < count; i++)
        model.params[i] *= 0.1F;
    assert_int_equal(dpdm_model_describe("{\"steps\": 5, \"network\": 1}", &model.description, &model.denoiser,
                                         &model.config_json, NULL),
                     DPDM_OK);
    model.statement_json = strdup("{\"epsilon\": 1}");
    return model;
}

/* A modulated network says so; the published one says nothing, as files always did. */
static void modulation_is_named_only_where_it_is(void **state)
{
    (void)state;
    const dpdm_denoiser edm = dpdm_denoiser_default(DPDM_DENOISER_EDM);
    for (int modulation = 0; modulation < 2; modulation++) {
        dpdm_network_description shape = tiny, back;
        dpdm_denoiser denoiser;
        char *json;
        shape.unet.modulation = modulation;
        assert_int_equal(dpdm_model_describe(NULL, &shape, &edm, &json, NULL), DPDM_OK);
        assert_int_equal(strstr(json, "modulation") != NULL, modulation);
        assert_int_equal(dpdm_model_config_read(json, "file", &back, &denoiser, NULL), DPDM_OK);
        assert_int_equal(back.unet.modulation, modulation);
        free(json);
    }
}

/* A public start comes back as one, and never as a release. */
static void starts_are_no_releases(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM), back;
    dpdm_error err;
    char claim[200];
    model.start_json = strdup("{\"private\": false}");
    assert_int_equal(dpdm_model_write("both", &model, 0, &err), DPDM_EINTERNAL);
    free(model.statement_json);
    model.statement_json = NULL;
    assert_int_equal(dpdm_model_write("start", &model, 0, &err), DPDM_OK);
    assert_int_equal(dpdm_model_read("start", &back, &err), DPDM_OK);
    assert_null(back.statement_json);
    assert_string_equal(back.start_json, model.start_json);
    dpdm_model_claim(&back, claim, sizeof claim);
    assert_non_null(strstr(claim, "public start"));
    dpdm_model_destroy(&back);
    dpdm_model_destroy(&model);
}

static void models_read_back_as_written(void **state)
{
    (void)state;
    for (int kind = DPDM_DENOISER_EDM; kind <= DPDM_DENOISER_VE; kind++) {
        dpdm_model model = model_create(kind), back;
        dpdm_error err;
        model.denoiser.p_mean = -1.0 / 3.0;
        model.denoiser.sigma_data = 0.1 + 0.2; /* needs 17 digits */
        free(model.config_json);
        assert_int_equal(dpdm_model_describe(NULL, &model.description, &model.denoiser, &model.config_json, NULL),
                         DPDM_OK);
        if (kind & 1) {
            free(model.statement_json);
            model.statement_json = NULL;
        }
        if (dpdm_model_write("m.safetensors", &model, 1, &err) || dpdm_model_read("m.safetensors", &back, &err))
            fail_msg("%s", err.message);
        assert_memory_equal(&back.description, &model.description, sizeof back.description);
        assert_memory_equal(back.params, model.params, dpdm_network_parameters(model.network) * sizeof(float));
        assert_string_equal(back.config_json, model.config_json);
        assert_int_equal(back.denoiser.kind, kind);
        for (double s = 0.01; s < 100.0; s *= 9.0) {
            dpdm_coefficients a = dpdm_denoiser_coefficients(&model.denoiser, s);
            dpdm_coefficients b = dpdm_denoiser_coefficients(&back.denoiser, s);
            assert_memory_equal(&a, &b, sizeof a);
        }
        if (model.statement_json)
            assert_string_equal(back.statement_json, model.statement_json);
        else
            assert_null(back.statement_json);
        dpdm_model_destroy(&model);
        dpdm_model_destroy(&back);
    }
}

/* The prior is part of the model: without it its images would be residuals. */
static void priors_read_back_as_written(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) { /* centres; with a covariance; and one of each class */
        const int rank = kind ? 2 : 0;
        dpdm_model model = model_create(DPDM_DENOISER_EDM), back;
        dpdm_prior prior;
        dpdm_error err = {0};
        assert_int_equal(dpdm_prior_create(3, 64, rank, &prior, &err), DPDM_OK);
        for (int i = 0; i < 4 * 64; i++)
            prior.center[i] = (float)i / 300.0F - 0.4F;
        for (int k = 0; k < rank; k++)
            prior.basis[k * 64 + k] = 1;
        for (int k = 0; k <= rank; k++)
            prior.variance[k] = 1.0F / (float)(k + 1);
        if (kind == 2) {
            assert_int_equal(dpdm_prior_by_class(&prior, &err), DPDM_OK);
            for (int i = 0; i < 12; i++)
                prior.class_turn[i] = (float)i / 12.0F;
            for (int i = 0; i < 6; i++)
                prior.class_variance[i] = 1.0F / (float)(i + 2);
        }
        model.denoiser.prior = &prior;
        assert_int_equal(dpdm_model_write("c.safetensors", &model, 1, &err), DPDM_OK);
        assert_int_equal(dpdm_model_read("c.safetensors", &back, &err), DPDM_OK);
        assert_ptr_equal(back.denoiser.prior, &back.prior);
        assert_int_equal(back.prior.rank, rank);
        assert_memory_equal(back.prior.center, prior.center, 4 * 64 * sizeof(float));
        assert_memory_equal(back.prior.basis, prior.basis, (size_t)rank * 64 * sizeof(float));
        if (rank)
            assert_memory_equal(back.prior.variance, prior.variance, 3 * sizeof(float));
        assert_int_equal(back.prior.class_turn != NULL, kind == 2);
        if (kind == 2) {
            assert_memory_equal(back.prior.class_turn, prior.class_turn, 12 * sizeof(float));
            assert_memory_equal(back.prior.class_variance, prior.class_variance, 6 * sizeof(float));
        }
        dpdm_model_destroy(&back);
        if (kind == 2) {
            prior.class_variance[5] = 0;
            assert_int_equal(dpdm_model_write("c.safetensors", &model, 1, &err), DPDM_ERANGE);
        }
        prior.center[7] = INFINITY;
        assert_int_equal(dpdm_model_write("c.safetensors", &model, 1, &err), DPDM_ERANGE);
        assert_int_equal(dpdm_model_read("c.safetensors", &back, &err), DPDM_OK); /* the old file is untouched */
        dpdm_model_destroy(&back);
        dpdm_prior_destroy(&prior);
        dpdm_model_destroy(&model);
    }
}

static void describing_keeps_other_keys(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM);
    assert_non_null(strstr(model.config_json, "\"steps\":"));
    assert_null(strstr(model.config_json, "\"network\":\t1"));
    char *json;
    dpdm_error err;
    assert_int_equal(dpdm_model_describe("[]", &model.description, &model.denoiser, &json, &err), DPDM_EFORMAT);
    model.description.channels = 1000;
    assert_int_equal(dpdm_model_describe(NULL, &model.description, &model.denoiser, &json, &err), DPDM_EUSAGE);
    assert_null(json);
    dpdm_model_destroy(&model);
}

static void writing_refuses_what_would_not_read_back(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM);
    dpdm_error err;
    unlink("w.safetensors");
    model.denoiser.p_std = 0.5;
    assert_int_equal(dpdm_model_write("w.safetensors", &model, 0, &err), DPDM_EINTERNAL);
    model.denoiser.p_std = 1.2;
    model.params[17] = NAN;
    assert_int_equal(dpdm_model_write("w.safetensors", &model, 0, &err), DPDM_ERANGE);
    model.params[17] = 0.0F;
    model.statement_json[0] = 'x';
    assert_int_equal(dpdm_model_write("w.safetensors", &model, 0, &err), DPDM_EFORMAT);
    assert_int_equal(access("w.safetensors", F_OK), -1);
    model.statement_json[0] = '{';
    assert_int_equal(dpdm_model_write("w.safetensors", &model, 0, &err), DPDM_OK);
    assert_int_equal(dpdm_model_write("w.safetensors", &model, 0, &err), DPDM_EEXIST);
    dpdm_model_destroy(&model);
}

#define NETWORK                                                                                                        \
    "\"kind\":\"unet\",\"height\":8,\"width\":8,\"channels\":1,\"classes\":3,\"width_base\":8,\"blocks\":1,"           \
    "\"attention\":[],\"patch\":1"
#define EDM "\"denoiser\":{\"kind\":\"edm\",\"sigma_data\":0.5,\"p_mean\":-1.2,\"p_std\":1.2}"

static void bad_configs_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,2]}}",
        "{" EDM "}",
        "{\"network\":3," EDM "}",
        "{\"network\":{" NETWORK "}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,1,1,1,1,1,1]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,17]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,0,2]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,-2]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1.5]}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":\"1,2\"}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,2],\"dilation\":2}," EDM "}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,2]},\"denoiser\":{\"kind\":\"edm\"}}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,2]},\"denoiser\":{\"kind\":\"ddpm\"}}",
        "{\"network\":{" NETWORK
        ",\"multipliers\":[1,2]},\"denoiser\":{\"kind\":\"ve\",\"sigma_min\":1,\"sigma_max\":1}}",
        "{\"network\":{" NETWORK
        ",\"multipliers\":[1,2]},\"denoiser\":{\"kind\":\"ve\",\"sigma_min\":0.1,\"sigma_max\":"
        "1,\"p_std\":1}}",
        "{\"network\":{" NETWORK ",\"multipliers\":[1,2]},\"denoiser\":{\"kind\":\"edm\",\"sigma_data\":1e400,"
        "\"p_mean\":-1.2,\"p_std\":1.2}}",
        "{\"network\":{\"kind\":\"unet\",\"height\":1000000,\"width\":8,\"channels\":1,\"classes\":3,\"width_base\":8,"
        "\"blocks\":1,\"attention\":[],\"patch\":1,\"multipliers\":[1,2]}," EDM "}",
        "{\"network\":{\"kind\":\"unet\",\"height\":8,\"width\":8,\"channels\":1,\"classes\":3,\"width_base\":"
        "2147483647,"
        "\"blocks\":1,\"attention\":[],\"patch\":1,\"multipliers\":[1,2]}," EDM "}",
        "{\"network\":{\"kind\":\"unet\",\"height\":8,\"width\":8,\"channels\":1,\"classes\":3,\"width_base\":8,"
        "\"blocks\":1,\"attention\":[],\"patch\":1,\"patch\":2,\"multipliers\":[1,2]}," EDM "}",
    };
    dpdm_network_description shape;
    dpdm_denoiser denoiser;
    dpdm_error err;
    assert_int_equal(dpdm_model_config_read("{\"network\":{" NETWORK ",\"multipliers\":[1,2]}," EDM "}", "file", &shape,
                                            &denoiser, &err),
                     DPDM_OK);
    assert_memory_equal(&shape, &tiny, sizeof shape);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (dpdm_model_config_read(bad[i], "file", &shape, &denoiser, &err) != DPDM_EFORMAT)
            fail_msg("accepted or failed otherwise: %s", bad[i]);
}

static void damaged_files_are_refused(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM), back;
    dpdm_error err;
    uint8_t *bytes;
    size_t size;
    assert_int_equal(dpdm_model_write("d.safetensors", &model, 1, &err), DPDM_OK);
    assert_int_equal(dpdm_file_read("d.safetensors", (size_t)1 << 30, &bytes, &size, &err), DPDM_OK);
    for (size_t cut = 0; cut < size; cut += 1 + cut / 7) {
        uint8_t *part = malloc(cut + 1);
        memcpy(part, bytes, cut);
        assert_int_equal(dpdm_model_parse(part, cut, "file", &back, &err), DPDM_EFORMAT);
        assert_null(back.params);
        free(part);
    }
    /* a weight that is not a number */
    memset(bytes + size - 4, 0xff, 4);
    assert_int_equal(dpdm_model_parse(bytes, size, "file", &back, &err), DPDM_EFORMAT);
    assert_non_null(strstr(err.message, "not finite"));
    free(bytes);
    assert_int_equal(dpdm_model_read("missing.safetensors", &back, &err), DPDM_ENOENT);
    dpdm_model_destroy(&model);
}

/* Tensors of other names, shapes or number than the config asks for. */
static void files_that_do_not_fit_their_config_are_refused(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM), back;
    size_t n = dpdm_network_tensors(model.network);
    dpdm_safetensor_source *tensors = calloc(n + 1, sizeof *tensors);
    for (int damage = 0; damage < 6; damage++) {
        size_t count = n;
        for (size_t i = 0; i < n; i++) {
            dpdm_tensor_info info = dpdm_network_tensor(model.network, i);
            tensors[i] =
                (dpdm_safetensor_source){.name = info.name, .rank = info.rank, .values = model.params + info.offset};
            for (int d = 0; d < info.rank; d++)
                tensors[i].shape[d] = (uint64_t)info.shape[d];
        }
        if (damage == 1)
            tensors[n / 2].name = "other";
        if (damage == 2)
            tensors[n / 2].shape[0]++;
        if (damage == 3)
            tensors[n / 2].shape[tensors[n / 2].rank++] = 1;
        if (damage == 4)
            count--;
        if (damage == 5)
            tensors[count++] =
                (dpdm_safetensor_source){.name = "one.more", .rank = 1, .shape = {1}, .values = model.params};
        const dpdm_safetensors_text text = {"dpdm.config", model.config_json};
        uint8_t *bytes;
        size_t size;
        dpdm_error err;
        FILE *stream = fopen("f.safetensors", "wb");
        assert_int_equal(dpdm_safetensors_write(stream, tensors, count, &text, 1, NULL), DPDM_OK);
        fclose(stream);
        assert_int_equal(dpdm_file_read("f.safetensors", (size_t)1 << 30, &bytes, &size, &err), DPDM_OK);
        assert_int_equal(dpdm_model_parse(bytes, size, "file", &back, &err), damage ? DPDM_EFORMAT : DPDM_OK);
        dpdm_model_destroy(&back);
        free(bytes);
    }
    free(tensors);
    dpdm_model_destroy(&model);
}

static dpdm_dataset sample(const dpdm_model *model, uint64_t count, int label, int threads)
{
    dpdm_dataset data;
    dpdm_error err;
    dpdm_key key;
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_HEUN);
    sampler.steps = 3;
    sampler.churn = 1.0;
    sampler.guidance = 0.5;
    dpdm_key_from_seed(&key, 52);
    if (dpdm_model_sample(model, &sampler, &key, count, label, threads, NULL, NULL, &data, &err))
        fail_msg("%s", err.message);
    return data;
}

static void samples_depend_on_neither_threads_nor_count(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM);
    dpdm_dataset one = sample(&model, 29, -1, 1), many = sample(&model, 29, -1, 5), few = sample(&model, 11, -1, 2);
    assert_memory_equal(one.digest, many.digest, sizeof one.digest);
    assert_memory_equal(one.pixels, few.pixels, 11 * 64);
    int different = 0;
    for (int i = 0; i < 29; i++) {
        assert_int_equal(one.labels[i], i % 3);
        different += i > 0 && memcmp(one.pixels, one.pixels + 64 * i, 64) != 0;
    }
    assert_int_equal(different, 28);
    dpdm_dataset two = sample(&model, 9, 2, 2);
    for (int i = 0; i < 9; i++)
        assert_int_equal(two.labels[i], 2);
    assert_memory_equal(two.pixels + 64 * 8, one.pixels + 64 * 8, 64); /* image 8 is of class 2 in both */
    dpdm_dataset_destroy(&one);
    dpdm_dataset_destroy(&many);
    dpdm_dataset_destroy(&few);
    dpdm_dataset_destroy(&two);
    dpdm_model_destroy(&model);
}

typedef struct {
    uint64_t done, stop_at;
    int calls;
} progress_log;

static int log_progress(void *context, uint64_t done, uint64_t total)
{
    progress_log *log = context;
    assert_int_equal(total, 29);
    assert_true(done > log->done);
    log->done = done;
    log->calls++;
    return done >= log->stop_at;
}

static void progress_is_told_and_can_stop(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM);
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
    dpdm_dataset data;
    dpdm_key key;
    dpdm_error err;
    dpdm_key_from_seed(&key, 53);
    sampler.steps = 2;
    progress_log log = {.stop_at = 1000};
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 29, -1, 2, log_progress, &log, &data, &err), DPDM_OK);
    assert_int_equal(log.done, 29);
    dpdm_dataset_destroy(&data);
    log = (progress_log){.stop_at = 1};
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 29, -1, 2, log_progress, &log, &data, &err),
                     DPDM_ECANCELLED);
    assert_int_equal(log.calls, 1);
    assert_null(data.pixels);
    dpdm_model_destroy(&model);
}

static void bad_requests_are_refused(void **state)
{
    (void)state;
    dpdm_model model = model_create(DPDM_DENOISER_EDM);
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
    dpdm_dataset data;
    dpdm_key key;
    dpdm_error err;
    float x[64] = {0}, out[64];
    double sigma = 1.0;
    int32_t label = 3;
    dpdm_key_from_seed(&key, 54);
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 1, 3, 1, NULL, NULL, &data, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 1, -2, 1, NULL, NULL, &data, &err), DPDM_EUSAGE);
    sampler.steps = 1;
    assert_int_equal(dpdm_model_sample(&model, &sampler, &key, 1, 0, 1, NULL, NULL, &data, &err), DPDM_EUSAGE);
    assert_int_equal(dpdm_model_denoise(&model, 1, x, &sigma, &label, 1, out, &err), DPDM_OK);
    label = 4;
    assert_int_equal(dpdm_model_denoise(&model, 1, x, &sigma, &label, 1, out, &err), DPDM_EUSAGE);
    label = 0;
    sigma = 0.0;
    assert_int_equal(dpdm_model_denoise(&model, 1, x, &sigma, &label, 1, out, &err), DPDM_EUSAGE);
    sigma = NAN;
    assert_int_equal(dpdm_model_denoise(&model, 1, x, &sigma, &label, 1, out, &err), DPDM_EUSAGE);
    dpdm_model_destroy(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_read_back_as_written),
        cmocka_unit_test(modulation_is_named_only_where_it_is),
        cmocka_unit_test(starts_are_no_releases),
        cmocka_unit_test(priors_read_back_as_written),
        cmocka_unit_test(describing_keeps_other_keys),
        cmocka_unit_test(writing_refuses_what_would_not_read_back),
        cmocka_unit_test(bad_configs_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(files_that_do_not_fit_their_config_are_refused),
        cmocka_unit_test(samples_depend_on_neither_threads_nor_count),
        cmocka_unit_test(progress_is_told_and_can_stop),
        cmocka_unit_test(bad_requests_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
