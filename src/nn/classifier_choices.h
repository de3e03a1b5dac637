/* classifier_choices.h - the names of the kinds of classifiers, for tables of options. */
#ifndef DPDM_NN_CLASSIFIER_CHOICES_H
#define DPDM_NN_CLASSIFIER_CHOICES_H

/* In the order of dpdm_classifier_kind; NULL at the end. */
extern const char *const dpdm_classifier_choices[];

#endif
