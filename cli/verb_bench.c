/* verb_bench.c - dpdm bench: how fast a recipe trains and samples on this machine. */
#include <stdio.h>
#include <sys/resource.h>
#include "base/json.h"
#include "progress.h"
#include "recipe.h"
#include "train/speed.h"
#include "verbs.h"

enum { BENCH_SAMPLES = 10000 };

typedef struct {
    double seconds;
} bench_options;

static const dpdm_option bench_rows[] = {
    {.name = "seconds",
     .type = DPDM_OPTION_DOUBLE,
     .offset = offsetof(bench_options, seconds),
     .max = 3600,
     .metavar = "S",
     .group = "Recipe",
     .help = "how long each of six figures is measured, at least",
     .flags = DPDM_OPTION_NO_FILE},
};

static const dpdm_option_table bench_table = {bench_rows, sizeof bench_rows / sizeof *bench_rows};

static void bench_defaults(void *object)
{
    ((bench_options *)object)->seconds = 2;
}

/* Derived figures, the same for text and JSON. */
typedef struct {
    double draw, draw_alone, efficiency, gflops, privacy_share, total, sampling;
    double roof, roof_training, roof_sampling; /* GFLOP/s of one core; what of all threads' roof is reached */
    double memory_bytes;                       /* peak of this process */
} bench_figures;

static bench_figures figures_make(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                  const dpdm_train_speed *speed)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    dpdm_sampler sampler = dpdm_sampler_default(DPDM_SAMPLER_DDIM);
    double draw = speed->image / config->multiplicity, roof = speed->roof * plan->threads;
    return (bench_figures){.draw = draw,
                           .draw_alone = speed->image_alone / config->multiplicity,
                           .efficiency = speed->image_alone / (speed->image * plan->threads),
                           .gflops = plan->flops_per_draw / draw * 1e-9,
                           .privacy_share = dpdm_train_speed_privacy_share(plan, speed),
                           .total = dpdm_train_speed_total(plan, speed),
                           .roof = 1e-9 * speed->roof,
                           .roof_training = plan->flops_per_draw / draw / roof,
                           .roof_sampling = speed->forward / speed->evaluation / roof,
                           .sampling = BENCH_SAMPLES * speed->evaluation * dpdm_sampler_evaluations(&sampler),
                           .memory_bytes = 1024.0 * (double)usage.ru_maxrss};
}

static void figures_print(const dpdm_train_config *config, const dpdm_train_plan *plan, const dpdm_train_speed *speed,
                          const bench_figures *figures)
{
    char total[64], sampling[64];
    cli_duration_format(figures->total, total, sizeof total);
    cli_duration_format(figures->sampling, sampling, sizeof sampling);
    printf("machine     %d threads, kernel set %s, %d draws at once\n", plan->threads, plan->kernels, plan->chunk);
    printf("network     %llu parameters, %.3g GFLOP a draw\n", (unsigned long long)plan->parameters,
           plan->flops_per_draw * 1e-9);
    printf("training    %.3g ms a draw, %.4g images/s of %d draws; %.0f GFLOP/s counted as direct convolutions\n",
           1e3 * figures->draw, 1 / speed->image, config->multiplicity, figures->gflops);
    printf("roof        %.0f GFLOP/s a core in registers: training reaches %.0f %% of it, sampling %.0f %% (counted as "
           "direct "
           "convolutions; Winograd's need fewer, so more than 100 %% is possible)\n",
           figures->roof, 100 * figures->roof_training, 100 * figures->roof_sampling);
    printf("threads     one alone takes %.3g ms a draw: %d are %.0f %% efficient\n", 1e3 * figures->draw_alone,
           plan->threads, 100 * figures->efficiency);
    printf("privacy     clipping, exact sum and noise are %.2g %% of a step\n", 100 * figures->privacy_share);
    printf("plan        made in %.0f ms: epsilon <= %.4f at delta %g\n", 1e3 * speed->plan, plan->bound.epsilon_upper,
           config->delta);
    printf("memory      %.0f MB at most, in this process\n", 1e-6 * figures->memory_bytes);
    printf("sampling    %.3g ms an evaluation of one image; %d images of 50 each in about %s\n",
           1e3 * speed->evaluation, BENCH_SAMPLES, sampling);
    printf("whole run   %llu steps of %g images in about %s\n", (unsigned long long)plan->steps, plan->batch, total);
}

static cJSON *figures_json(const dpdm_train_config *config, const dpdm_train_plan *plan, const dpdm_train_speed *speed,
                           const bench_figures *figures)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "threads", plan->threads);
    cJSON_AddStringToObject(json, "kernels", plan->kernels);
    cJSON_AddNumberToObject(json, "chunk", plan->chunk);
    cJSON_AddNumberToObject(json, "parameters", (double)plan->parameters);
    cJSON_AddItemToObject(json, "flops_per_draw", dpdm_json_double(plan->flops_per_draw));
    cJSON_AddNumberToObject(json, "multiplicity", config->multiplicity);
    cJSON_AddItemToObject(json, "ms_per_draw", dpdm_json_double(1e3 * figures->draw));
    cJSON_AddItemToObject(json, "ms_per_draw_one_thread", dpdm_json_double(1e3 * figures->draw_alone));
    cJSON_AddItemToObject(json, "parallel_efficiency", dpdm_json_double(figures->efficiency));
    cJSON_AddItemToObject(json, "images_per_second", dpdm_json_double(1 / speed->image));
    cJSON_AddItemToObject(json, "gflops", dpdm_json_double(figures->gflops));
    cJSON_AddItemToObject(json, "roof_gflops_per_core", dpdm_json_double(figures->roof));
    cJSON_AddItemToObject(json, "roof_share_training", dpdm_json_double(figures->roof_training));
    cJSON_AddItemToObject(json, "roof_share_sampling", dpdm_json_double(figures->roof_sampling));
    cJSON_AddItemToObject(json, "privacy_share", dpdm_json_double(figures->privacy_share));
    cJSON_AddItemToObject(json, "plan_ms", dpdm_json_double(1e3 * speed->plan));
    cJSON_AddItemToObject(json, "sampling_ms_per_evaluation", dpdm_json_double(1e3 * speed->evaluation));
    cJSON_AddItemToObject(json, "estimated_seconds", dpdm_json_double(figures->total));
    cJSON_AddItemToObject(json, "peak_memory_bytes", dpdm_json_double(figures->memory_bytes));
    return json;
}

static dpdm_status bench_run(cli_call *call, dpdm_error *err)
{
    dpdm_train_config *config = call->options[0];
    cli_recipe *recipe = call->options[1];
    const bench_options *options = call->options[2];
    if (!recipe->preset[0] && !recipe->config[0])
        snprintf(recipe->preset, sizeof recipe->preset, "dpdm-fmnist-eps10");
    dpdm_train_plan plan;
    dpdm_train_speed speed;
    dpdm_status status = cli_recipe_read(call, recipe, config, err);
    if (status)
        return status;
    cli_note(call, "measuring on random images for about %.0f s; other programs on this machine spoil the figures",
             6 * options->seconds + 2);
    status = dpdm_train_speed_measure(config, options->seconds, &plan, &speed, err);
    if (status)
        return status;
    bench_figures figures = figures_make(config, &plan, &speed);
    if (call->json)
        return cli_print_json(call, figures_json(config, &plan, &speed, &figures), err);
    figures_print(config, &plan, &speed, &figures);
    return DPDM_OK;
}

const cli_verb cli_verb_bench = {
    .name = "bench",
    .group = "Program",
    .summary = "Measure how fast a recipe trains and samples on this machine",
    .description =
        "Runs the private training step and the sampler of a recipe (without one: the published recipe for 28 x 28 "
        "images) on random images and prints medians: time a noise draw, how well threads share the work, what privacy "
        "costs, memory, and how long the whole run would take. Opens no data and writes nothing.",
    .examples = "dpdm bench\n"
                "dpdm bench --preset fmnist-cpu --threads 1\n"
                "dpdm bench --config recipe.yaml --seconds 10 --json",
    .options = {{.table = &dpdm_train_option_table, .size = sizeof(dpdm_train_config), .defaults = cli_recipe_defaults},
                {.table = &cli_recipe_table, .size = sizeof(cli_recipe)},
                {.table = &bench_table, .size = sizeof(bench_options), .defaults = bench_defaults}},
    .run = bench_run,
};
