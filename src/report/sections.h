/* sections.h - the parts of the page, in order. Each writes one <section>, or nothing where it has nothing to show. */
#ifndef DPDM_REPORT_SECTIONS_H
#define DPDM_REPORT_SECTIONS_H

#include <stdio.h>
#include "report/input.h"

void dpdm_report_put_summary(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_samples(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_quality(FILE *out, const dpdm_report_input *input);
/* The classes of the best classifier; part of the quality section. */
void dpdm_report_put_classes(FILE *out, const dpdm_report_input *input);
/* How near the samples lie to the real images; part of the quality section. */
void dpdm_report_put_fidelity(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_privacy(FILE *out, const dpdm_report_input *input);
/* The charts of the privacy section, and what they mean; part of it. */
void dpdm_report_put_bounds(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_training(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_settings(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_repeat(FILE *out, const dpdm_report_input *input);
void dpdm_report_put_neighbours(FILE *out, const dpdm_report_input *input);

/* columns, if the picture is a grid of so many columns of this model's images, column j of class j mod classes; else 0. */
int dpdm_report_columns(const dpdm_report_input *input, const dpdm_picture *picture, int columns);
/* A kind of classifier in words; part of the quality section. */
const char *dpdm_report_classifier(const char *key);
/* How often a classifier of an evaluation was trained. */
int dpdm_report_trainings(const cJSON *classifier);
/* Is there something to show of the training? */
int dpdm_report_has_training(const dpdm_report_input *input);

/* Does the model tell the settings of its training? One that was not made by `dpdm train` does not. */
int dpdm_report_has_settings(const dpdm_report_input *input);
/* Is epsilon as claimed at least what the accountant computes from the stated events? */
int dpdm_report_claim_confirmed(const dpdm_report_input *input);

#endif
