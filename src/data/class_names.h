/* class_names.h - names of classes: lists of them, and labels by name. */
#ifndef DPDM_DATA_CLASS_NAMES_H
#define DPDM_DATA_CLASS_NAMES_H

#include "data/readers.h"

/* Copies of names[0..n), malloc'ed one by one; dpdm_class_names_free takes NULL. */
dpdm_status dpdm_class_names_copy(const char *const *names, size_t n, char ***copy, dpdm_error *err);
/* The names in a text that dpdm_class_names_check takes. */
dpdm_status dpdm_class_names_parse(const char *text, int classes, char ***names, int *n, dpdm_error *err);
/* Whether names[0..n) can be names of classes: DPDM_EUSAGE as dpdm_class_names_check. */
dpdm_status dpdm_class_names_check_list(char *const *names, int n, dpdm_error *err);
void dpdm_class_names_free(char **names, int n);
/* For messages: "normal, pneumonia", cut to size, with control characters replaced. */
void dpdm_class_names_list(char *const *names, int n, char *text, size_t size);

/* What open does with the names that the data carry (data->class_names, in the order of labels) and those that were
 * stated. Takes names that are plain numbers away. */
dpdm_status dpdm_class_names_settle(const dpdm_facts *facts, const char *name, dpdm_dataset *data, dpdm_error *err);

#endif
