/* card.h - a model card and a data card: Markdown behind a head of YAML, in the form that Hugging Face's hub reads. */
#ifndef DPDM_REPORT_CARD_H
#define DPDM_REPORT_CARD_H

#include <stdio.h>
#include "report/input.h"

/* The card of the model, to lie beside the release as README.md of a model repository. */
dpdm_status dpdm_report_put_model_card(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err);
/* The card of a synthetic set drawn from the model, as README.md of a data set repository. */
dpdm_status dpdm_report_put_data_card(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err);

#endif
