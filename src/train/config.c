/* config.c - training options: the table, the defaults and the checks that need neither data nor network. */
#include "train/config.h"

#include <math.h>
#include <string.h>
#include "dpdm/reading.h"
#include "dpdm/gaussian.h"
#include "nn/classifier_choices.h"
#include "privacy/delta.h"
#include "train/contradictions.h"
#include "train/task.h"
#include "train/tune.h"

static const char *const denoiser_choices[] = {"edm", "v", "vp", "ve", NULL};
static const char *const optimiser_choices[] = {"adam", "sgd", NULL};
static const char *const unit_choices[] = {"auto", "image", "person", NULL};

#define AT(field) offsetof(dpdm_train_config, field)
enum { RESULT = DPDM_OPTION_PUBLIC | DPDM_TRAIN_IDENTITY };

static const char network_group[] = "Network";
static const char denoiser_group[] = "Denoiser";
static const char prior_group[] = "Prior (released before the steps, which it makes shorter work of)";
static const char noise_group[] = "Draws of an image";
static const char folder_group[] = "Run folder";
static const char data_group[] = "Data (public facts: they are checked against the data, never read off them)";
static const char picture_group[] =
    "Pictures of other sizes and colours (a public rule for each by itself; it goes into the release)";
static const char privacy_group[] = "Privacy";
static const char training_group[] = "Training";
static const char run_group[] = "Run";
static const char classifier_group[] = "Classifier";
static const char view_group[] = "Random views of an image, where there are any";

/* name, type, offset, size, min, max, choices, metavar, group, help, given, flags */
static const dpdm_option config_rows[] = {
    /* of diffusion models */
    {"width-base", DPDM_OPTION_INT, AT(unet.width_base), 0, 1, 4096, NULL, "N", network_group,
     "channels of the first level", 0, RESULT},
    {"multipliers", DPDM_OPTION_INT_LIST, AT(unet.multipliers), DPDM_MAX_LEVELS, 1, 64, NULL, "LIST", network_group,
     "channels of each level, as multiples of width-base", 0, RESULT},
    {"blocks", DPDM_OPTION_INT, AT(unet.blocks), 0, 1, 16, NULL, "N", network_group, "residual blocks a level", 0,
     RESULT},
    {"attention", DPDM_OPTION_INT_LIST, AT(unet.attention), DPDM_MAX_ATTENTION, 1, 4096, NULL, "LIST", network_group,
     "heights (after the patch) at which there is attention; empty: nowhere", 0, RESULT},
    {"modulation", DPDM_OPTION_INT, AT(unet.modulation), 0, 0, 1, NULL, "0|1", network_group,
     "1: noise level and class also scale and shift the channels of every block; 0: as published", 0, RESULT},
    {"patch", DPDM_OPTION_INT, AT(unet.patch), 0, 1, 64, NULL, "N", network_group,
     "fold N x N pixels into channels before the network: cheaper, coarser; 1 for none", 0, RESULT},

    {"init", DPDM_OPTION_STRING, AT(init), DPDM_PATH, 0, 0, NULL, "FILE", network_group,
     "weights to start from: grey-28x28, which comes with dpdm and is made of procedural images only, or a public "
     "start "
     "that 'dpdm pretrain' wrote, with the same network and denoiser. That a file is public is your word, which the "
     "statement repeats; empty: random weights",
     0, 0},

    {"tune", DPDM_OPTION_CHOICE, AT(tune), 0, 0, 0, dpdm_tune_choices, "WHAT", network_group,
     "what of a start is trained, the rest stays as it is: all, the attention blocks, the class tables alone, or what "
     "is "
     "added to it: low-rank maps in attention (lora) or adapters beside the convolutions; class tables always are",
     0, RESULT},
    {"rank", DPDM_OPTION_INT, AT(rank), 0, 1, 512, NULL, "R", network_group, "rank of what tune lora or adapter adds",
     0, RESULT},
    {"tune-from", DPDM_OPTION_STRING, AT(tune_from), DPDM_BLOCK_NAME, 0, 0, NULL, "BLOCK", network_group,
     "train only from this block of the network on, such as middle or decoder.0 (docs/network.md), and class tables; "
     "empty: everywhere",
     0, RESULT},

    {"denoiser", DPDM_OPTION_CHOICE, AT(denoiser.kind), 0, 0, 0, denoiser_choices, "KIND", denoiser_group,
     "parameterisation of the network", 0, RESULT},
    {"sigma-data", DPDM_OPTION_DOUBLE, AT(denoiser.sigma_data), 0, 1e-6, 1e6, NULL, "X", denoiser_group,
     "edm: assumed standard deviation of pixels", 0, RESULT},
    {"p-mean", DPDM_OPTION_DOUBLE, AT(denoiser.p_mean), 0, -100, 100, NULL, "X", denoiser_group,
     "edm: mean of ln(noise level) in training", 0, RESULT},
    {"p-std", DPDM_OPTION_DOUBLE, AT(denoiser.p_std), 0, 1e-6, 100, NULL, "X", denoiser_group,
     "edm: standard deviation of ln(noise level) in training", 0, RESULT},
    {"logsnr-min", DPDM_OPTION_DOUBLE, AT(denoiser.logsnr_min), 0, -100, 100, NULL, "X", denoiser_group,
     "v: smallest log signal-to-noise ratio", 0, RESULT},
    {"logsnr-max", DPDM_OPTION_DOUBLE, AT(denoiser.logsnr_max), 0, -100, 100, NULL, "X", denoiser_group,
     "v: largest log signal-to-noise ratio", 0, RESULT},
    {"beta-min", DPDM_OPTION_DOUBLE, AT(denoiser.beta_min), 0, 1e-12, 1e6, NULL, "X", denoiser_group,
     "vp: noise rate at the start", 0, RESULT},
    {"beta-d", DPDM_OPTION_DOUBLE, AT(denoiser.beta_d), 0, 1e-12, 1e6, NULL, "X", denoiser_group,
     "vp: rise of the noise rate", 0, RESULT},
    {"time-min", DPDM_OPTION_DOUBLE, AT(denoiser.time_min), 0, 1e-12, 1, NULL, "X", denoiser_group,
     "vp: smallest time in training", 0, RESULT},
    {"time-scale", DPDM_OPTION_DOUBLE, AT(denoiser.time_scale), 0, 1e-6, 1e9, NULL, "X", denoiser_group,
     "vp: scale of the time the network sees", 0, RESULT},
    {"sigma-min", DPDM_OPTION_DOUBLE, AT(denoiser.sigma_min), 0, 1e-9, 1e9, NULL, "X", denoiser_group,
     "ve: smallest noise level", 0, RESULT},
    {"sigma-max", DPDM_OPTION_DOUBLE, AT(denoiser.sigma_max), 0, 1e-9, 1e9, NULL, "X", denoiser_group,
     "ve: largest noise level", 0, RESULT},

    {"prior-means-noise", DPDM_OPTION_DOUBLE, AT(prior_means_noise), 0, 0, 1e9, NULL, "S", prior_group,
     "release class means first, at this noise multiplier, and diffuse what differs from them; 0: do not", 0, RESULT},
    {"prior-covariance-noise", DPDM_OPTION_DOUBLE, AT(prior_covariance_noise), 0, 0, 1e9, NULL, "S", prior_group,
     "then release a covariance, at this noise multiplier, and start from its Gaussian denoiser; 0: do not", 0, RESULT},
    {"prior-class-noise", DPDM_OPTION_DOUBLE, AT(prior_class_noise), 0, 0, 1e9, NULL, "S", prior_group,
     "then release how each class varies along the covariance's leading directions, at this noise multiplier; 0: do "
     "not",
     0, RESULT},
    {"prior-rank", DPDM_OPTION_INT, AT(prior_rank), 0, 1, DPDM_PRIOR_RANK_MAX, NULL, "N", prior_group,
     "leading directions of the covariance that are kept", 0, RESULT},
    {"prior-pool", DPDM_OPTION_INT, AT(prior_pool), 0, 1, 64, NULL, "N", prior_group,
     "shrink images for the covariance by N in height and width (means of N x N pixels), for less noise and larger "
     "images; "
     "1: do not",
     0, RESULT},
    {"prior-norm", DPDM_OPTION_DOUBLE, AT(prior_norm), 0, 0, 1e9, NULL, "R", prior_group,
     "clipping norm of an image less its class mean, for the covariance; 0: sqrt(pixels) / 2", 0, RESULT},

    {"multiplicity", DPDM_OPTION_INT, AT(multiplicity), 0, 1, 1 << 20, NULL, "K", noise_group,
     "noise draws averaged in the gradient of an image, before clipping", 0, RESULT},
    {"spread-levels", DPDM_OPTION_FLAG, AT(denoiser.spread), 0, 0, 0, NULL, NULL, noise_group,
     "spread the noise levels of an image's draws evenly over their distribution instead of drawing each by itself", 0,
     RESULT},
    {"noise-levels", DPDM_OPTION_STRING, AT(noise_levels), DPDM_NOISE_LEVELS, 0, 0, NULL, "LIST", noise_group,
     "edm: noise levels of training, as ranges LOW:HIGH:SHARE of ln(noise level) with a comma between; empty: p-mean "
     "and "
     "p-std",
     0, RESULT},
    {"views", DPDM_OPTION_INT, AT(views), 0, 1, 256, NULL, "V", noise_group,
     "views of an image that its draws see in turn, averaged before clipping: the image itself and V - 1 random ones "
     "(shift, mirror); 1: the image alone",
     0, RESULT},
    {"label-drop", DPDM_OPTION_DOUBLE, AT(label_drop), 0, 0, 1, NULL, "P", noise_group,
     "probability with which an image trains without its label (for guidance)", 0, RESULT},

    {"out", DPDM_OPTION_STRING, AT(out), DPDM_PATH, 0, 0, NULL, "RUN", folder_group, "run folder", 0, 0},
    {"preview-every", DPDM_OPTION_U64, AT(preview_every), 0, 0, 0, NULL, "STEPS", folder_group,
     "how often a grid of samples is drawn; 0: chosen to cost under 2 %", 0, 0},
    {"no-preview", DPDM_OPTION_FLAG, AT(no_preview), 0, 0, 0, NULL, NULL, folder_group, "draw no grids of samples", 0,
     0},

    /* of all */
    {"data", DPDM_OPTION_STRING, AT(data), DPDM_PATH, 0, 0, NULL, "SPEC", data_group,
     "folder or file of images, or a known name such as fashion-mnist", 0, 0},
    {"data-dir", DPDM_OPTION_STRING, AT(data_dir), DPDM_PATH, 0, 0, NULL, "DIR", data_group,
     "where known names are looked up first", 0, 0},
    {"owners", DPDM_OPTION_CHOICE, AT(owners), 0, 0, 0, dpdm_owners_choices, "WHERE", data_group, DPDM_OWNERS_HELP, 0,
     0},
    {"owners-key", DPDM_OPTION_STRING, AT(owners_key), DPDM_OWNERS_KEY, 0, 0, NULL, "NAME", data_group,
     DPDM_OWNERS_KEY_HELP, 0, 0},
    {"images-key", DPDM_OPTION_STRING, AT(images_key), 64, 0, 0, NULL, "KEY", data_group, dpdm_help_images_key, 0, 0},
    {"labels-key", DPDM_OPTION_STRING, AT(labels_key), 64, 0, 0, NULL, "KEY", data_group, dpdm_help_labels_key, 0, 0},
    {"height", DPDM_OPTION_INT, AT(height), 0, 0, 4096, NULL, "N", data_group, "image height in pixels", 0, RESULT},
    {"width", DPDM_OPTION_INT, AT(width), 0, 0, 4096, NULL, "N", data_group, "image width in pixels", 0, RESULT},
    {"channels", DPDM_OPTION_INT, AT(channels), 0, 0, 16, NULL, "N", data_group, "1 for grey, 3 for colour", 0, RESULT},
    {"classes", DPDM_OPTION_INT, AT(classes), 0, 0, 100000, NULL, "N", data_group,
     "number of classes; labels run from 0 to classes - 1", 0, RESULT},
    {"class-names", DPDM_OPTION_STRING, AT(class_names), DPDM_CLASS_NAMES, 0, 0, NULL, "LIST", data_group,
     "names of the classes in the order of labels, with commas between: labels then go by name, and names go into the "
     "release. 'dpdm data info' proposes them",
     0, RESULT | DPDM_OPTION_LIST},
    {"records", DPDM_OPTION_U64, AT(records), 0, 0, 0, NULL, "N", data_group,
     "number of training images, where it may be known to all; else give sampling-rate", 0, RESULT},
    DPDM_RULE_ROWS(AT(rule), picture_group, RESULT),
    {"cache", DPDM_OPTION_STRING, AT(cache), DPDM_PATH, 0, 0, NULL, "DIR", picture_group, dpdm_rule_help_cache, 0, 0},
    {"cache-keep", DPDM_OPTION_FLAG, AT(cache_keep), 0, 0, 0, NULL, NULL, picture_group, dpdm_rule_help_cache_keep, 0,
     0},
    {"epsilon", DPDM_OPTION_DOUBLE, AT(epsilon), 0, 0, 1e6, NULL, "E", privacy_group,
     "privacy target; the noise multiplier is calibrated to it", 0, RESULT},
    {"delta", DPDM_OPTION_DOUBLE, AT(delta), 0, 0, 1, NULL, "D", privacy_group,
     "probability of failure; well below 1 / records", 0, RESULT},
    {"accept-delta", DPDM_OPTION_FLAG, AT(accept_delta), 0, 0, 0, NULL, NULL, privacy_group,
     "a delta of 0.1 or more, which protects nobody, is meant", 0, RESULT},
    {"noise-multiplier", DPDM_OPTION_DOUBLE, AT(noise_multiplier), 0, 0, 1e9, NULL, "S", privacy_group,
     "noise standard deviation / clip; 0: from epsilon", 0, RESULT},
    {"sampling-rate", DPDM_OPTION_DOUBLE, AT(sampling_rate), 0, 0, 1, NULL, "Q", privacy_group,
     "probability with which each image is in a batch; 0: batch / records", 0, RESULT},
    {"clip", DPDM_OPTION_DOUBLE, AT(clip), 0, 1e-30, 1e30, NULL, "C", privacy_group,
     "L2 norm to which the gradient of an image is clipped", 0, RESULT},
    {"grid-bits", DPDM_OPTION_INT, AT(grid_bits), 0, 20, 44, NULL, "S", privacy_group,
     "the exact sum works in steps of clip / 2^S", 0, RESULT},
    {"batch", DPDM_OPTION_DOUBLE, AT(batch), 0, 0, 1e12, NULL, "B", privacy_group,
     "expected batch size, the constant sums are divided by; 0: sampling-rate * records where both are given, else "
     "4096, or as the classifier likes",
     0, RESULT},
    {"epochs", DPDM_OPTION_DOUBLE, AT(epochs), 0, 0, 1e9, NULL, "N", privacy_group,
     "length of training: steps = epochs / sampling rate; 0 where steps is 0 too: 300, or as the classifier likes", 0,
     RESULT},
    {"steps", DPDM_OPTION_U64, AT(steps), 0, 0, 0, NULL, "T", privacy_group, "length of training; 0: from epochs", 0,
     RESULT},
    {"accountant", DPDM_OPTION_CHOICE, AT(accountant), 0, 0, 0, dpdm_accountant_choices, "NAME", privacy_group,
     "proof of epsilon that calibration uses", 0, RESULT},
    {"owner-cap", DPDM_OPTION_INT, AT(owner.cap), 0, 0, DPDM_GROUP_MAX, NULL, "M", privacy_group,
     "protect people instead of images: of each owner in the data the first M images count, and epsilon is for all of "
     "them together; 0: an image is protected",
     0, RESULT},
    {"owner-cap-asserted", DPDM_OPTION_FLAG, AT(owner.asserted), 0, 0, 0, NULL, NULL, privacy_group,
     "the data list no owners: that nobody owns more than owner-cap images in them is your word, which the statement "
     "repeats",
     0, RESULT},
    {"unit", DPDM_OPTION_CHOICE, AT(owner.unit), 0, 0, 0, unit_choices, "UNIT", privacy_group,
     "what is protected; image: single images also where the data list owners, so that people with several are "
     "protected less; auto: a person with owner-cap, else an image, but data with owners are then refused",
     0, RESULT},
    {"optimiser", DPDM_OPTION_CHOICE, AT(optimiser), 0, 0, 0, optimiser_choices, "NAME", training_group,
     "what turns noisy gradients into steps", 0, RESULT},
    {"learning-rate", DPDM_OPTION_DOUBLE, AT(learning_rate), 0, 0, 1e3, NULL, "R", training_group,
     "step size; a classifier with adam, 0: chosen for its kind", 0, RESULT},
    {"learning-rate-warmup", DPDM_OPTION_DOUBLE, AT(learning_rate_warmup), 0, 0, 1e12, NULL, "N", training_group,
     "steps in which the rate rises from 0", 0, RESULT},
    {"learning-rate-final", DPDM_OPTION_DOUBLE, AT(learning_rate_final), 0, 0, 1, NULL, "X", training_group,
     "share of the rate that is left at the end (cosine decay); 1: no decay", 0, RESULT},
    {"beta1", DPDM_OPTION_DOUBLE, AT(beta1), 0, 0, 0.999999999, NULL, "X", training_group, "Adam's first decay", 0,
     RESULT},
    {"beta2", DPDM_OPTION_DOUBLE, AT(beta2), 0, 0, 0.999999999, NULL, "X", training_group, "Adam's second decay", 0,
     RESULT},
    {"adam-epsilon", DPDM_OPTION_DOUBLE, AT(adam_epsilon), 0, 1e-30, 1, NULL, "X", training_group,
     "Adam's guard against division by 0", 0, RESULT},
    {"momentum", DPDM_OPTION_DOUBLE, AT(momentum), 0, 0, 0.999999999, NULL, "X", training_group, "sgd: momentum", 0,
     RESULT},
    {"ema", DPDM_OPTION_DOUBLE, AT(ema), 0, 0, 0.999999999, NULL, "X", training_group,
     "decay of the average of the weights that is released", 0, RESULT},
    {"chunk", DPDM_OPTION_INT, AT(chunk), 0, 0, 1 << 20, NULL, "N", training_group,
     "draws of an image run at once by a thread; 0: chosen. Changes the last bits of the result", 0, RESULT},
    {"threads", DPDM_OPTION_INT, AT(threads), 0, 0, 4096, NULL, "N", run_group, "0: all cores. Changes no bit", 0, 0},
    {"ranks", DPDM_OPTION_STRING, AT(ranks), sizeof((dpdm_train_config *)0)->ranks, 0, 0, NULL, "NAME", run_group,
     "mpi: one run by all the processes that mpirun has started; none or empty: this one alone. Changes no bit", 0, 0},
    {"kernels", DPDM_OPTION_STRING, AT(kernels), 32, 0, 0, NULL, "NAME", run_group,
     "kernel set: see 'dpdm version'; empty: the best of those that do not multiply in bfloat16 (avx512-bf16, faster "
     "at "
     "widths from 32 on)",
     0, 0},
    {"checkpoint-every", DPDM_OPTION_U64, AT(checkpoint_every), 0, 0, 0, NULL, "STEPS", run_group,
     "how often the run is saved; 0: every minute", 0, 0},
    {"metrics-every", DPDM_OPTION_U64, AT(metrics_every), 0, 0, 0, NULL, "STEPS", run_group,
     "how often figures of the training are logged in RUN/metrics.jsonl; 0: chosen. They are public", 0, 0},
    {"tensorboard", DPDM_OPTION_FLAG, AT(tensorboard), 0, 0, 0, NULL, NULL, run_group,
     "log the same figures for TensorBoard too, in RUN/tensorboard", 0, 0},
    {"private-metrics", DPDM_OPTION_FLAG, AT(private_metrics), 0, 0, 0, NULL, NULL, run_group,
     "also log losses, batch sizes, gradient norms and times, in RUN/private: outside the guarantee, not for release",
     0, 0},
    {"seed", DPDM_OPTION_U64, AT(seed), 0, 0, 0, NULL, "N", run_group,
     "for tests only: whoever knows it can take the noise away, so the run carries no privacy claim", AT(has_seed),
     DPDM_TRAIN_IDENTITY},
    {"resume", DPDM_OPTION_FLAG, AT(resume), 0, 0, 0, NULL, NULL, run_group, "go on with an interrupted run", 0,
     DPDM_OPTION_NO_FILE},
    {"overwrite", DPDM_OPTION_FLAG, AT(overwrite), 0, 0, 0, NULL, NULL, run_group,
     "replace an existing run; its key and state are destroyed", 0, DPDM_OPTION_NO_FILE},
    {"ledger", DPDM_OPTION_STRING, AT(ledger), DPDM_PATH, 0, 0, NULL, "FILE", run_group,
     "ledger whose budget pays for the run ('dpdm ledger init' makes one); default: $DPDM_LEDGER, if set", 0, 0},
    {"data-set", DPDM_OPTION_STRING, AT(data_set), sizeof((dpdm_train_config *)0)->data_set, 0, 0, NULL, "NAME",
     run_group, "name of the data in the ledger; empty: what is given as data", 0, 0},

    {"shift", DPDM_OPTION_INT, AT(shift), 0, 0, 64, NULL, "N", view_group,
     "views are shifted at random, by up to so many pixels", 0, RESULT},
    {"mirror", DPDM_OPTION_FLAG, AT(mirror), 0, 0, 0, NULL, NULL, view_group,
     "views are mirrored at random; for images that mean the same then", 0, RESULT},

    /* of classifiers */
    {"classifier", DPDM_OPTION_CHOICE, AT(classifier), 0, 0, 0, dpdm_classifier_choices, "NAME", classifier_group,
     "which classifier", 0, RESULT},
    {"augmentations", DPDM_OPTION_INT, AT(augmentations), 0, 1, 256, NULL, "K", classifier_group,
     "random views of an image, whose gradients are averaged before clipping; 1: the image itself", 0, RESULT},
};

enum { CONFIG_ROWS = sizeof config_rows / sizeof *config_rows, CONFIG_DIFFUSION = 36, CONFIG_CLASSIFIER = 2 };

static dpdm_status config_check_ranges(const dpdm_train_config *config, dpdm_error *err);
static dpdm_status config_check_facts(const dpdm_train_config *config, dpdm_error *err);
static dpdm_status config_check_privacy(const dpdm_train_config *config, dpdm_error *err);

const dpdm_option_table dpdm_train_option_table = {config_rows, CONFIG_ROWS - CONFIG_CLASSIFIER};
const dpdm_option_table dpdm_classifier_option_table = {config_rows + CONFIG_DIFFUSION, CONFIG_ROWS - CONFIG_DIFFUSION};

const dpdm_option_table *dpdm_train_options(const dpdm_train_config *config)
{
    return config->task == DPDM_TASK_CLASSIFIER ? &dpdm_classifier_option_table : &dpdm_train_option_table;
}

/* What all tasks share, and constants that are published: for diffusion models the recipe for 28 x 28 grey images
 * (Dockhorn et al. 2023), without facts and privacy target. The rest is the task's own. */
dpdm_train_config dpdm_train_config_for(dpdm_task_kind task)
{
    dpdm_train_config config = {
        .task = task,
        .unet = {.width_base = 32, .levels = 3, .multipliers = {1, 2, 2}, .blocks = 2, .attention = {7}, .patch = 1},
        .denoiser = dpdm_denoiser_default(DPDM_DENOISER_EDM), /* holds the constants of every kind */
        .augmentations = 1,
        .views = 1,
        .shift = 2,
        .accountant = DPDM_ACCOUNTANT_PLD,
        .rank = 8,
        .prior_rank = 40,
        .prior_pool = 1,
        .clip = 1,
        .grid_bits = DPDM_GRID_BITS,
        .multiplicity = 32,
        .label_drop = 0.1,
        .learning_rate_final = 1,
        .beta1 = 0.9,
        .beta2 = 0.999,
        .adam_epsilon = 1e-8,
        .momentum = 0.9,
        .out = "dpdm-run",
    };
    dpdm_task_of(&config)->defaults(&config);
    return config;
}

dpdm_train_config dpdm_train_config_default(void)
{
    return dpdm_train_config_for(DPDM_TASK_DIFFUSION);
}

dpdm_facts dpdm_train_facts(const dpdm_train_config *config)
{
    return (dpdm_facts){.height = config->height,
                        .width = config->width,
                        .channels = config->channels,
                        .classes = config->classes,
                        .class_names = config->class_names,
                        .owners = config->owners,
                        .owners_key = config->owners_key,
                        .images_key = config->images_key,
                        .labels_key = config->labels_key,
                        .rule = config->rule};
}

void dpdm_train_config_settle(dpdm_train_config *config)
{
    const dpdm_task *task = dpdm_task_of(config);
    if (task->settle)
        task->settle(config);
}

dpdm_network_description dpdm_train_network(const dpdm_train_config *config)
{
    dpdm_network_description network = {.kind = DPDM_NETWORK_UNET,
                                        .height = config->height,
                                        .width = config->width,
                                        .channels = config->channels,
                                        .classes = config->classes,
                                        .unet = config->unet};
    network.unet.levels = 0;
    while (network.unet.levels < DPDM_MAX_LEVELS && network.unet.multipliers[network.unet.levels] > 0)
        network.unet.levels++;
    return network;
}

dpdm_status dpdm_train_config_check(const dpdm_train_config *config, dpdm_error *err)
{
    if ((unsigned)config->task >= DPDM_TASKS)
        return dpdm_error_set(err, DPDM_EUSAGE, "unknown task number %d", (int)config->task);
    dpdm_status status = config_check_ranges(config, err);
    if (!status)
        status = config_check_facts(config, err);
    if (!status)
        status = config_check_privacy(config, err);
    if (!status)
        status = dpdm_train_contradictions(config, err);
    if (!status)
        status = dpdm_owner_check(&config->owner, err);
    if (!status)
        status = dpdm_task_of(config)->check(config, err);
    if (status)
        return status;
    if (config->ledger[0] && config->has_seed)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "a run with a seed is not private, so no budget can pay for it: leave out seed, or the "
                              "ledger");
    if (config->resume && config->overwrite)
        return dpdm_error_set(err, DPDM_EUSAGE, "resume and overwrite contradict each other: give one");
    return DPDM_OK;
}

/* The ranges of the table, for a config that did not come through it. */
static dpdm_status config_check_ranges(const dpdm_train_config *config, dpdm_error *err)
{
    const dpdm_option_table *table = dpdm_train_options(config);
    for (size_t i = 0; i < table->count; i++) {
        const dpdm_option *row = &table->rows[i];
        const char *field = (const char *)config + row->offset;
        double value;
        if (row->type == DPDM_OPTION_DOUBLE)
            value = *(const double *)(const void *)field;
        else if (row->type == DPDM_OPTION_INT)
            value = *(const int *)(const void *)field;
        else
            continue;
        if (!isfinite(value) || ((row->min != 0 || row->max != 0) && !(value >= row->min && value <= row->max)))
            return dpdm_error_set(err, DPDM_EUSAGE, "%s is %g: it must lie in %g..%g", row->name, value, row->min,
                                  row->max);
    }
    return DPDM_OK;
}

static dpdm_status config_check_facts(const dpdm_train_config *config, dpdm_error *err)
{
    if (!config->data[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "data is missing: name a folder, a file or a known data set");
    const char *missing = config->height < 1     ? "height"
                          : config->width < 1    ? "width"
                          : config->channels < 1 ? "channels"
                          : config->classes < 1  ? "classes"
                                                 : NULL;
    if (missing)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "%s is missing: height, width, channels and classes are public facts that you state; "
                              "'dpdm data info %s' proposes them",
                              missing, config->data);
    const dpdm_facts facts = dpdm_train_facts(config);
    dpdm_status status = dpdm_class_names_check(config->class_names, config->classes, err);
    if (!status)
        status = dpdm_rule_check(&config->rule, &facts, err);
    if (!status && config->cache_keep && !config->cache[0])
        status =
            dpdm_error_set(err, DPDM_EUSAGE, "cache-keep is for a cache: name its folder, or leave cache-keep out");
    return status;
}

static dpdm_status config_check_privacy(const dpdm_train_config *config, dpdm_error *err)
{
    dpdm_status status = dpdm_delta_check(config->delta, config->accept_delta, "accept-delta", err);
    if (status)
        return status;
    if (!(config->epsilon > 0) && !(config->noise_multiplier > 0))
        return dpdm_error_set(err, DPDM_EUSAGE, "give epsilon (the privacy target) or noise-multiplier, above 0");
    if (config->sampling_rate == 0 && config->records == 0)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give records (the number of images, where it may be public) or sampling-rate; "
                              "'dpdm data info %s' shows the number",
                              config->data);
    if (config->batch == 0 && config->sampling_rate > 0 && config->records == 0)
        return dpdm_error_set(err, DPDM_EUSAGE,
                              "give batch, the constant sums are divided by: with records private it does not follow "
                              "from sampling-rate");
    return DPDM_OK;
}
