/* pretrain.c - ordinary training on public images.
 *
 * A step's images are cut into a fixed number of groups; a group's gradient is summed by one worker in order, and groups in
 * order, so that the bits do not depend on the number of threads. */
#include "dpdm/pretrain.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "base/pool.h"
#include "dpdm/procedural.h"
#include "dpdm/version.h"
#include "train/config.h"
#include "train/identity.h"
#include "train/loop.h"
#include "train/preview.h"
#include "train/prior_release.h"
#include "train/source.h"
#include "train/update.h"

enum { GROUPS = 16, PRIOR_IMAGES = 20000 };

/* Noise of the sums a prior is made of: they are public, and the code that makes them asks for some. */
static const double public_noise = 1e-3;

typedef struct {
    dpdm_train_config train; /* what of it is not used is set to constants */
    const dpdm_pretrain_config *config;
    dpdm_train_plan plan;
    dpdm_procedural images; /* kind_count 0: the public set is read */
    dpdm_dataset data;      /* the public set, or the images of this step */
    uint64_t batch;
    size_t parameters;
    dpdm_key draws; /* (step, place in the batch): noise levels, noise, label drop; and which image of a public set */
    dpdm_pool *pool;
    dpdm_task_source *source;
    float *released;  /* the block of the prior */
    dpdm_prior prior; /* in it */
    dpdm_denoiser denoiser;
    dpdm_run_state *state;
    dpdm_gradient_source gradients; /* of `source`, over the records of `data` */
    float *sums;                    /* [GROUPS, gradients.given] */
    float *mean;                    /* [parameters] */
    char state_path[DPDM_PATH + 8];
} pretraining;

/* ---- before ---- */

/* The training options with everything that pretraining does not use at one value, so that it decides nothing. */
static dpdm_train_config pretrain_settings(const dpdm_train_config *train, const dpdm_pretrain_config *config)
{
    dpdm_train_config t = *train;
    const dpdm_train_config plain = dpdm_train_config_default();
    snprintf(t.data, sizeof t.data, "public images");
    snprintf(t.out, sizeof t.out, "%s", config->out);
    t.epsilon = 1;
    t.delta = 1e-5;
    t.noise_multiplier = 0;
    t.sampling_rate = 0.5;
    t.records = 0;
    t.clip = plain.clip;
    t.grid_bits = plain.grid_bits;
    t.accountant = plain.accountant;
    t.owner = plain.owner;
    t.epochs = plain.epochs;
    t.prior_means_noise = train->prior_means_noise > 0 ? public_noise : 0;
    t.prior_covariance_noise = train->prior_covariance_noise > 0 ? public_noise : 0;
    t.prior_class_noise = train->prior_class_noise > 0 ? public_noise : 0;
    t.tune = DPDM_TUNE_ALL;
    t.rank = plain.rank;
    t.tune_from[0] = '\0';
    t.init[0] = t.ledger[0] = t.data_set[0] = '\0';
    t.has_seed = 1;
    t.seed = config->seed;
    t.resume = t.overwrite = 0;
    return t;
}

static dpdm_status pretrain_check(const pretraining *p, dpdm_error *err)
{
    const dpdm_pretrain_config *c = p->config;
    if (!c->procedural[0] == !c->public_set[0])
        return dpdm_error_set(
            err, DPDM_EUSAGE,
            "say which images the start may see: procedural (kinds that dpdm makes) or public (a data "
            "set), one of the two");
    if (!c->out[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "out is missing: name the file of the start");
    if (c->resume && c->overwrite)
        return dpdm_error_set(err, DPDM_EUSAGE, "resume and overwrite contradict each other: give one");
    if (!p->train.steps || !(p->train.batch >= 1 && p->train.batch <= 1e6))
        return dpdm_error_set(err, DPDM_EUSAGE, "give steps, above 0, and batch, from 1 to a million");
    return dpdm_train_config_check(&p->train, err);
}

static dpdm_status pretrain_images(pretraining *p, dpdm_error *err)
{
    const dpdm_train_config *t = &p->train;
    const dpdm_reading reading = {.threads = t->threads, .cache = t->cache, .cache_keep = t->cache_keep};
    dpdm_facts facts = dpdm_train_facts(t);
    facts.owners = DPDM_OWNERS_NOT_NEEDED;
    facts.reading = &reading;
    if (!p->config->procedural[0])
        return dpdm_dataset_open(p->config->public_set, t->data_dir[0] ? t->data_dir : NULL, DPDM_SPLIT_TRAIN, &facts,
                                 &p->data, err);
    p->images = (dpdm_procedural){.height = t->height,
                                  .width = t->width,
                                  .channels = t->channels,
                                  .classes = t->classes,
                                  .seed = p->config->seed};
    dpdm_status status = dpdm_procedural_parse(p->config->procedural, &p->images, err);
    return status ? status : dpdm_procedural_check(&p->images, err);
}

static dpdm_status pretrain_build(pretraining *p, dpdm_error *err)
{
    dpdm_status status = dpdm_train_plan_network(&p->train, &p->plan, err);
    if (!status)
        status = dpdm_pool_create(p->plan.threads, &p->pool, err);
    if (!status)
        status = dpdm_task_source_create(&p->train, &p->plan, &p->data, &p->source, err);
    if (status)
        return status;
    p->gradients = dpdm_task_source_gradients(p->source);
    p->parameters = p->gradients.parameters;
    p->sums = malloc(GROUPS * p->gradients.given * sizeof *p->sums);
    p->mean = malloc(p->parameters * sizeof *p->mean);
    return p->sums && p->mean ? DPDM_OK
                              : dpdm_error_set(err, DPDM_ENOMEM, "no memory to train %zu parameters", p->parameters);
}

/* Everything that decides the result. */
static dpdm_status pretrain_identify(pretraining *p, dpdm_run_state *state, dpdm_error *err)
{
    dpdm_train_plan plan = p->plan;
    uint8_t digest[32];
    crypto_generichash_state hash;
    plan.steps = p->train.steps;
    plan.batch = (double)p->batch;
    dpdm_status status = dpdm_train_digest(&p->train, &plan, digest, err);
    if (!status)
        status = dpdm_identity_set(state, p->source, &p->data, p->plan.kernels, err);
    crypto_generichash_init(&hash, NULL, 0, 32);
    crypto_generichash_update(&hash, digest, sizeof digest);
    crypto_generichash_update(&hash, (const unsigned char *)p->config->procedural, sizeof p->config->procedural);
    crypto_generichash_update(&hash, (const unsigned char *)&p->config->seed, sizeof p->config->seed);
    crypto_generichash_update(&hash, (const unsigned char *)p->config->licence, sizeof p->config->licence);
    crypto_generichash_final(&hash, state->config_digest, 32);
    return status;
}

/* The state that was saved, if `fresh` says that it may go on. */
static dpdm_status pretrain_resume(const pretraining *p, const dpdm_run_state *fresh, dpdm_run_state **kept,
                                   dpdm_error *err)
{
    const dpdm_status status = dpdm_run_state_load(p->state_path, p->parameters, 0, kept, err);
    const char *reason = status ? NULL : dpdm_identity_differs(*kept, fresh);
    if (!reason)
        return status;
    return dpdm_error_set(err, DPDM_ESTATE,
                          "cannot resume '%s': %s; resume with what it was begun with, or replace it with --overwrite",
                          p->config->out, reason);
}

static dpdm_status pretrain_state(pretraining *p, dpdm_error *err)
{
    dpdm_run_state *fresh = NULL;
    dpdm_status status = dpdm_run_state_create(p->parameters, 0, &fresh, err);
    if (!status)
        status = pretrain_identify(p, fresh, err);
    if (!status && p->config->resume) {
        status = pretrain_resume(p, fresh, &p->state, err);
        dpdm_run_state_destroy(fresh);
        return status;
    }
    p->state = fresh;
    if (status)
        return status;
    dpdm_key_from_seed(&p->state->key, p->config->seed);
    dpdm_network_init(dpdm_task_source_network(p->source), &p->state->key, p->state->params);
    memcpy(p->state->average, p->state->params, p->parameters * sizeof *p->state->params);
    return DPDM_OK;
}

static dpdm_status pretrain_prior(pretraining *p, dpdm_error *err)
{
    dpdm_dataset made = {0};
    p->denoiser = p->train.denoiser;
    if (!(p->train.prior_means_noise > 0))
        return DPDM_OK;
    const dpdm_dataset *from = p->images.kind_count ? &made : &p->data;
    p->released = calloc(dpdm_prior_floats(&p->train), sizeof *p->released);
    dpdm_status status = p->released ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for a prior");
    if (!status && p->images.kind_count)
        status = dpdm_procedural_make(&p->images, 0, PRIOR_IMAGES, p->plan.threads, &made, err);
    if (!status)
        status = dpdm_prior_release(&p->train, from, &p->state->key, p->plan.threads, p->released, err);
    dpdm_dataset_destroy(&made);
    if (status)
        return status;
    p->prior = dpdm_prior_of(&p->train, p->released);
    p->denoiser.prior = &p->prior;
    dpdm_task_source_released(p->source, p->released);
    return DPDM_OK;
}

static dpdm_status pretrain_place(const pretraining *p, dpdm_error *err)
{
    const dpdm_pretrain_config *c = p->config;
    if (c->resume || c->overwrite)
        return DPDM_OK;
    if (access(c->out, F_OK) == 0)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' exists; replace it with --overwrite", c->out);
    if (access(p->state_path, F_OK) == 0)
        return dpdm_error_set(err, DPDM_EEXIST, "'%s' is begun; go on with --resume or replace it with --overwrite",
                              c->out);
    return DPDM_OK;
}

/* ---- steps ---- */

/* Image `place` of the current step: its record in p->data. */
static uint64_t pretrain_record(const pretraining *p, uint64_t place, dpdm_stream *stream)
{
    return p->images.kind_count ? place : dpdm_stream_below(stream, p->data.count);
}

/* Where the gradients of a pass go: added up, in the order of the kernels. */
static void pretrain_add(void *sum, int index, size_t first, size_t n, const float *values)
{
    float *to = (float *)sum + first;
    (void)index;
    for (size_t k = 0; k < n; k++)
        to[k] += values[k];
}

/* A fixed share of the batch, so that the sums do not depend on the number of threads. */
static void pretrain_share(void *context, int worker, uint64_t share)
{
    pretraining *p = context;
    float *sum = p->sums + share * p->gradients.given;
    const uint64_t end = p->batch * (share + 1) / GROUPS, most = (uint64_t)p->gradients.group;
    uint64_t records[DPDM_GROUP_MOST];
    dpdm_stream streams[DPDM_GROUP_MOST];
    memset(sum, 0, p->gradients.given * sizeof *sum);
    for (uint64_t i = p->batch * share / GROUPS; i < end;) {
        int count = 0;
        for (; i < end && (uint64_t)count < most; i++, count++) {
            dpdm_stream_init(&streams[count], &p->draws, DPDM_PURPOSE_DRAWS, p->state->step, i);
            records[count] = pretrain_record(p, i, &streams[count]);
        }
        const dpdm_record_group group = {.worker = worker,
                                         .count = count,
                                         .records = records,
                                         .streams = streams,
                                         .give = pretrain_add,
                                         .sink = sum};
        p->gradients.vectors(p->gradients.context, &group);
    }
}

/* The mean gradient of the batch, in the order of the parameters. */
static void pretrain_mean(pretraining *p)
{
    const size_t given = p->gradients.given;
    for (size_t g = 1; g < GROUPS; g++)
        for (size_t k = 0; k < given; k++)
            p->sums[k] += p->sums[g * given + k];
    for (size_t k = 0; k < p->parameters; k++)
        p->mean[k] = p->sums[p->gradients.place[k]] / (float)p->batch;
}

static dpdm_status pretrain_step(void *owner, int stop, dpdm_error *err)
{
    pretraining *p = owner;
    dpdm_run_state *s = p->state;
    if (stop)
        return DPDM_ECANCELLED;
    if (p->images.kind_count) {
        dpdm_dataset_destroy(&p->data);
        dpdm_status status =
            dpdm_procedural_make(&p->images, s->step * p->batch, p->batch, p->plan.threads, &p->data, err);
        if (status)
            return status;
    }
    dpdm_task_source_load(p->source, s->params);
    dpdm_pool_run(p->pool, GROUPS, pretrain_share, p);
    pretrain_mean(p);
    dpdm_train_weights weights = {s->params, s->moment1, s->moment2, s->average};
    s->step++;
    dpdm_train_update(&p->train, p->train.steps, s->step, p->mean, p->parameters, &weights);
    return DPDM_OK;
}

/* The model so far; its texts are missing. */
static dpdm_model pretrain_model(const pretraining *p)
{
    return (dpdm_model){.description = dpdm_train_network(&p->train),
                        .denoiser = p->denoiser,
                        .network = dpdm_task_source_network(p->source),
                        .params = p->state->average};
}

static dpdm_status pretrain_draw(void *owner, const dpdm_key *key, const char *path, dpdm_error *err)
{
    const pretraining *p = owner;
    const dpdm_model model = pretrain_model(p);
    return dpdm_preview_write(&p->train, &p->plan, &model, key, path, err);
}

static dpdm_status pretrain_loop(pretraining *p, dpdm_train_progress_fn progress, void *context, dpdm_error *err)
{
    char previews[DPDM_PATH + 16];
    dpdm_train_plan length = p->plan;
    length.steps = p->train.steps;
    length.batch = (double)p->batch;
    snprintf(previews, sizeof previews, "%s.preview", p->config->out);
    dpdm_loop loop = {.state = p->state,
                      .saved_as = p->state_path,
                      .previews = previews,
                      .steps = p->train.steps,
                      .save_every = p->train.checkpoint_every,
                      .preview_every = dpdm_preview_interval(&p->train, &length),
                      .progress = progress,
                      .context = context,
                      .owner = p,
                      .step = pretrain_step,
                      .draw = pretrain_draw};
    const dpdm_status status = dpdm_loop_run(&loop, err);
    if (status != DPDM_ECANCELLED)
        return status;
    return dpdm_error_set(err, status,
                          "stopped after step %llu of %llu; it is saved: give the same command with --resume to go on",
                          (unsigned long long)p->state->step, (unsigned long long)p->train.steps);
}

/* ---- after ---- */

/* The name of a public set: where it lies on somebody's disk is nobody's business. */
static const char *pretrain_set_name(const char *spec)
{
    const char *slash = strrchr(spec, '/');
    return slash && slash[1] ? slash + 1 : spec;
}

static char *pretrain_describe(const pretraining *p)
{
    const dpdm_pretrain_config *c = p->config;
    char images[256], digest[65];
    const int procedural = c->procedural[0] != 0;
    if (procedural)
        snprintf(images, sizeof images, "%s, seed %llu", c->procedural, (unsigned long long)c->seed);
    else
        snprintf(images, sizeof images, "%.250s", pretrain_set_name(c->public_set));
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "format", DPDM_START_FORMAT);
    cJSON_AddBoolToObject(json, "private", 0);
    cJSON_AddBoolToObject(json, "public_start", 1);
    cJSON_AddStringToObject(json, "origin", procedural ? "procedural" : "public");
    cJSON_AddStringToObject(json, "images", images);
    cJSON_AddStringToObject(json, "licence", c->licence);
    if (!procedural) {
        sodium_bin2hex(digest, sizeof digest, p->data.digest, sizeof p->data.digest);
        cJSON_AddStringToObject(json, "data_digest", digest);
    }
    cJSON_AddItemToObject(json, "seed", dpdm_json_u64(c->seed));
    cJSON_AddNumberToObject(json, "steps", (double)p->train.steps);
    cJSON_AddNumberToObject(json, "batch", (double)p->batch);
    cJSON_AddStringToObject(json, "version", dpdm_version());
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

static dpdm_status pretrain_write(const pretraining *p, dpdm_error *err)
{
    dpdm_model model = pretrain_model(p);
    model.start_json = pretrain_describe(p);
    dpdm_status status = model.start_json ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the start");
    if (!status)
        status = dpdm_model_describe(NULL, &model.description, &p->train.denoiser, &model.config_json, err);
    if (!status)
        status = dpdm_model_write(p->config->out, &model, p->config->overwrite || p->config->resume, err);
    free(model.config_json);
    cJSON_free(model.start_json);
    return status ? status : dpdm_run_state_erase(p->state_path, err);
}

dpdm_status dpdm_pretrain_run(const dpdm_train_config *train, const dpdm_pretrain_config *config,
                              dpdm_train_progress_fn progress, void *context, dpdm_error *err)
{
    pretraining p = {.train = pretrain_settings(train, config), .config = config, .batch = (uint64_t)train->batch};
    dpdm_key key;
    snprintf(p.state_path, sizeof p.state_path, "%s.state", config->out);
    dpdm_key_from_seed(&key, config->seed);
    dpdm_key_derive(&p.draws, &key, "pretrain draws");
    dpdm_status status = pretrain_check(&p, err);
    if (!status)
        status = pretrain_place(&p, err);
    if (!status)
        status = pretrain_images(&p, err);
    if (!status)
        status = pretrain_build(&p, err);
    if (!status)
        status = pretrain_state(&p, err);
    if (!status)
        status = pretrain_prior(&p, err);
    if (!status)
        status = pretrain_loop(&p, progress, context, err);
    if (!status)
        status = pretrain_write(&p, err);
    dpdm_task_source_destroy(p.source);
    dpdm_run_state_destroy(p.state);
    dpdm_dataset_destroy(&p.data);
    free(p.released);
    if (p.pool)
        dpdm_pool_destroy(p.pool);
    free(p.sums);
    free(p.mean);
    return status;
}
