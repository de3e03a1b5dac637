/* train.h - DP training from a config to a run folder: of a diffusion model, or of a classifier (dp_classifier.h). Both are
 * tasks of one engine, with the same plan, payment, steps, state, logs and statement; only what a record's gradient is of
 * and what the release holds is their own.
 *
 * RUN/config.json (public), RUN/lock (held while a process works on the run), RUN/state (key inside, mode 0600;
 * destroyed when the run finishes), RUN/preview/ (grids of samples: post-processing), RUN/metrics.jsonl (figures of the
 * steps: post-processing; docs/runs.md), RUN/release/model.safetensors and statement.json. Thread-safe for distinct run folders. */
#ifndef DPDM_TRAIN_H
#define DPDM_TRAIN_H

#include "dpdm/dataset.h"
#include "dpdm/ledger.h"
#include "dpdm/model.h"
#include "dpdm/owner.h"
#include "dpdm/poisson.h"
#include "dpdm/statement.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DPDM_PATH 1024
/* The most events of a run: three of a prior, and the steps. */
#define DPDM_TRAIN_EVENTS 4
#define DPDM_NOISE_LEVELS 160

/* What is trained. */
typedef enum { DPDM_TASK_DIFFUSION = 0, DPDM_TASK_CLASSIFIER = 1, DPDM_TASKS /* how many */ } dpdm_task_kind;

/* What of a network is trained; all but the first need a start (docs/privacy/starts.md). Tables of classes always are. */
typedef enum {
    DPDM_TUNE_ALL = 0,
    DPDM_TUNE_ATTENTION = 1, /* the attention blocks */
    DPDM_TUNE_CLASS = 2,     /* the tables of classes alone */
    DPDM_TUNE_LORA = 3,   /* low-rank maps added to q, k, v and out of attention, merged at release (Hu et al. 2022) */
    DPDM_TUNE_ADAPTER = 4 /* adapters added beside the 3 x 3 convolutions of blocks, which stay in the release */
} dpdm_tune_kind;

typedef enum { DPDM_OPTIMISER_ADAM = 0, DPDM_OPTIMISER_SGD = 1 } dpdm_optimiser;

/* Everything that decides a run. Every field but `task` is one row of the option table (src/train/config.c): the YAML key, the
 * flag, the help and the JSON are made from it. Defaults: dpdm_train_config_for, and nowhere else. */
typedef struct {
    dpdm_task_kind task;
    /* data: public facts */
    char data[DPDM_PATH], data_dir[DPDM_PATH];
    const struct dpdm_dataset
        *images; /* the data in memory, which `data` then only names; NULL: `data` is opened. No option */
    int owners;  /* dpdm_owners_where */
    char owners_key[DPDM_OWNERS_KEY]; /* of .npz; "": the usual one */
    int height, width, channels, classes;
    char images_key[64], labels_key[64]; /* of an .npz with keys of other names; "": the usual ones */
    dpdm_image_rule rule;  /* how pictures are brought to height, width and channels: public, and part of the release */
    char cache[DPDM_PATH]; /* folder for decoded pictures; "": they are kept in memory (dataset.h) */
    int cache_keep;        /* they stay there */
    char class_names[DPDM_CLASS_NAMES]; /* in the order of labels (dataset.h); "": classes are known by number */
    uint64_t records; /* N, as a public number; used to turn `batch` into a rate. 0: the user must give sampling_rate */
    /* diffusion: network and denoiser */
    dpdm_unet_settings unet; /* of the network; its sizes are the above */
    dpdm_denoiser denoiser;
    char init[DPDM_PATH]; /* file of a public start (start.h) whose weights training begins with; "": random ones */
    dpdm_tune_kind tune;
    int rank;                        /* of what tune lora or adapter adds */
    char tune_from[DPDM_BLOCK_NAME]; /* the first block of which anything is trained but classes; "": all are */
    /* classifier */
    dpdm_classifier_kind classifier;
    /* Views of an image, randomly shifted by up to `shift` pixels and, if asked, mirrored, whose gradients are averaged
     * before clipping (De et al. 2022); 1: the image itself. The sensitivity stays that of one image. */
    int augmentations, shift, mirror;
    /* privacy */
    double epsilon, delta;
    int accept_delta;              /* one of 0.1 or more is meant */
    double noise_multiplier;       /* 0: calibrated from epsilon */
    double sampling_rate;          /* 0: batch / records */
    double clip;                   /* C */
    int grid_bits;                 /* s: the sum's grid has step C / 2^s */
    double prior_means_noise;      /* > 0: class means are released first, at this noise multiplier (prior.h) */
    double prior_covariance_noise; /* > 0: and then a covariance, at this one */
    double prior_class_noise;      /* > 0: and then one of each class, along the leading directions of that */
    int prior_rank;                /* its leading directions that are kept */
    int prior_pool;                /* images are shrunk by this factor for the covariance; 1: they are not */
    double prior_norm;             /* norm of an image less its class mean beyond which it counts less; 0: chosen */
    double batch;                  /* B: the public expected batch size; 0: sampling_rate * records, or chosen */
    double epochs;                 /* steps = round(epochs / sampling_rate); 0: as steps says, or chosen. Not both */
    uint64_t steps;                /* T; 0: from epochs */
    dpdm_accountant accountant;
    dpdm_owner_rule owner; /* the unit: an image, or a person */
    /* training */
    int multiplicity; /* diffusion: K */
    int views;        /* diffusion: of an image that its K draws see in turn; 1: the image itself (see shift, mirror) */
    char noise_levels[DPDM_NOISE_LEVELS]; /* diffusion: as dpdm_noise_levels_read takes them; "": the denoiser's own */
    double label_drop;                    /* diffusion */
    dpdm_optimiser optimiser;
    double learning_rate; /* classifier with Adam, 0: chosen for the kind */
    double beta1, beta2, adam_epsilon;
    double momentum;             /* of SGD, in [0, 1) */
    double learning_rate_warmup; /* steps of linear rise at the start; 0: none */
    double learning_rate_final;  /* the last step's rate as a share of learning_rate (cosine decay); 1: constant */
    double ema;
    int chunk;                 /* draws run at once by one thread; 0: chosen */
    int threads;               /* 0: all */
    char ranks[16];            /* "" or "none": this process alone; "mpi": with all that mpirun started */
    char kernels[32];          /* "": the best */
    uint64_t checkpoint_every; /* steps; 0: after a minute */
    uint64_t preview_every;    /* steps; 0: chosen so that previews cost under 2 % */
    int no_preview;
    uint64_t metrics_every; /* steps between lines of RUN/metrics.jsonl; 0: chosen so that there are at most 5,000 */
    int tensorboard;        /* the same figures for TensorBoard */
    int private_metrics;    /* losses, batch sizes, norms and times to RUN/private: NOT FOR RELEASE */
    /* where, and how */
    char out[DPDM_PATH];
    int has_seed;
    uint64_t seed; /* tests only: no privacy claim */
    int resume, overwrite;
    char ledger[DPDM_PATH]; /* the ledger that pays for the run; "": none */
    char data_set[256];     /* its name there; "": as `data` */
} dpdm_train_config;

DPDM_API dpdm_train_config dpdm_train_config_for(dpdm_task_kind task);
/* Of a diffusion model. */
DPDM_API dpdm_train_config dpdm_train_config_default(void);
/* What the config states about its data: for dpdm_dataset_open; points into the config. */
DPDM_API dpdm_facts dpdm_train_facts(const dpdm_train_config *config);
/* Fills in what was left to be chosen. All functions below do this for themselves. */
DPDM_API void dpdm_train_config_settle(dpdm_train_config *config);

/* What a config comes to, known before any private datum is read. */
typedef struct {
    uint64_t parameters; /* of the network that runs */
    uint64_t trained;    /* of these, those that are trained: the coordinates of the mechanism */
    uint64_t steps;
    dpdm_rate rate;
    double sampling_rate; /* rate as a number, for accountants */
    double batch;         /* B, the divisor */
    double noise_multiplier;
    dpdm_event events[DPDM_TRAIN_EVENTS];       /* all that the run computes from the private data, in order */
    const char *event_names[DPDM_TRAIN_EVENTS]; /* what each is, for people */
    double event_clips[DPDM_TRAIN_EVENTS];      /* the L2 norm that one record adds to its sum at most */
    size_t event_count;
    dpdm_bound bound;      /* of all events, for the unit */
    int threads, chunk;    /* as chosen */
    int threads_wanted;    /* as asked for, or as the processors allow: more than `threads` where memory is limited */
    uint64_t memory_limit; /* of the control group, for all processes in it; 0: none */
    char kernels[32];      /* the kernel set that will run */
    uint64_t memory_bytes; /* planned, for all threads; the data are counted where `records` is given */
    double flops_per_draw;
    dpdm_start start; /* of config->init */
} dpdm_train_plan;

/* Checks a config and works out the plan; reads no data. DPDM_EUSAGE or DPDM_ERANGE with the way out. */
DPDM_API dpdm_status dpdm_train_plan_make(const dpdm_train_config *config, dpdm_train_plan *plan, dpdm_error *err);

/* Whether the plan stays below the memory limit, if there is one. */
DPDM_API int dpdm_train_plan_fits(const dpdm_train_plan *plan);
/* Whether there is something to say of the memory limit: threads that were not started, or a plan that is beyond it. */
#define DPDM_MEMORY_NOTE 200 /* bytes of it */
DPDM_API int dpdm_train_plan_memory_note(const dpdm_train_plan *plan, char *text, size_t size);

/* The privacy statement (statement.h) that a run of this plan releases; reads no data. *json is malloc'ed. */
DPDM_API dpdm_status dpdm_train_statement(const dpdm_train_config *config, const dpdm_train_plan *plan, char **json,
                                          dpdm_error *err);

/* Whether the plan fits in the budget of the config's ledger, as of now; writes nothing and reads no data. As
 * dpdm_ledger_ask of a new run. DPDM_EUSAGE where the config has no ledger. */
DPDM_API dpdm_status dpdm_train_budget(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                       dpdm_ledger_receipt *receipt, dpdm_error *err);

/* Reported after each step: public values only. */
typedef struct {
    uint64_t step, steps;
    double seconds;       /* since the start of this process's training */
    double epsilon_spent; /* upper bound for the steps done so far */
    char note[400];       /* since the last report something happened that a person may want to know; else "" */
} dpdm_train_progress;

/* A non-zero answer saves the state and stops with DPDM_ECANCELLED. Called on the thread that called dpdm_train_run:
 * after each step, and now and then within a step (with the figures of the last one), so that a stop need not wait for
 * its end; a step given up is run again, with the same draws, on resume. The values are public; how often it is called
 * within a step, and when, is not: it depends on how many images the batch holds. */
typedef int (*dpdm_train_progress_fn)(void *context, const dpdm_train_progress *progress);

/* How long one noise draw (forward and backward) takes, in seconds of one thread while all `plan->threads` work: timed
 * on random images, never on data. */
DPDM_API dpdm_status dpdm_train_time_draw(const dpdm_train_config *config, const dpdm_train_plan *plan,
                                          double *seconds_per_draw, dpdm_error *err);

/* Trains (or resumes) and writes the run folder. The plan is made first; data are opened after it stands. Facts that
 * the data contradict: DPDM_EFORMAT. A run folder in use: DPDM_ESTATE; one that exists and is neither resumed nor
 * overwritten: DPDM_EEXIST. Resuming: bit-identical to never having stopped; DPDM_ESTATE with the reason where config,
 * data, kernel set, build or arithmetic differ; a finished run is left as it is.
 * With a ledger the whole plan is reserved before the data are opened (DPDM_EBUDGET if it does not fit), and the ledger
 * says that the run runs before anything is computed from them, and at the end which model it released (BLAKE2b, 32
 * bytes, of the file). A run that fails before it runs gives its reservation back; one that is resumed has it already. */
DPDM_API dpdm_status dpdm_train_run(const dpdm_train_config *config, dpdm_train_progress_fn progress, void *context,
                                    dpdm_error *err);
/* Of several processes that make one run (config.ranks) the first keeps the run folder, the ledger and the logs; the others
 * write nothing. Is this the first, or alone? Told by what started the process. */
DPDM_API int dpdm_train_leads(const dpdm_train_config *config);

#ifdef __cplusplus
}
#endif
#endif
