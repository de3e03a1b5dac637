/* speed.h - how fast a recipe runs on this machine, measured on random images: no data are opened. */
#ifndef DPDM_TRAIN_SPEED_H
#define DPDM_TRAIN_SPEED_H

#include "dpdm/train.h"

/* Seconds by the wall clock with all threads of the plan at work, where nothing else is said; medians. */
typedef struct {
    double image;       /* one image of a batch: its K draws, clipping and the sum */
    double step;        /* what a step costs besides its images: clearing the sums, choosing records, exact noise */
    double clip;        /* clipping one gradient and adding it to the sum, on one thread */
    double image_alone; /* as image, with one thread */
    double evaluation;  /* one evaluation of the denoiser for one image while sampling */
    double forward;     /* not seconds: multiply-adds x 2 of that evaluation, convolutions counted as direct ones */
    double roof;        /* not seconds: fp32 fused multiply-adds x 2 a second that one core can do at most */
    double plan;        /* making the plan: the accountant, and calibration where the recipe asks for it */
} dpdm_train_speed;

/* Measures each figure for about `seconds`, in at least 3 repetitions. plan: receives that of config. */
dpdm_status dpdm_train_speed_measure(const dpdm_train_config *config, double seconds, dpdm_train_plan *plan,
                                     dpdm_train_speed *speed, dpdm_error *err);

/* Of the whole training: its seconds, and the share of clip, sum and noise in them. */
double dpdm_train_speed_total(const dpdm_train_plan *plan, const dpdm_train_speed *speed);
double dpdm_train_speed_privacy_share(const dpdm_train_plan *plan, const dpdm_train_speed *speed);

#endif
