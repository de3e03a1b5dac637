/* words.c - what checks and sections read out of a report's input: keys of its JSON, and names for people. */
#include <stdio.h>
#include <string.h>
#include "report/sections.h"

const char *dpdm_report_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

double dpdm_report_number(const cJSON *object, const char *key)
{
    return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

const char *dpdm_report_unit(const dpdm_report_input *input)
{
    return input->owner.cap ? "person" : "image";
}

const char *dpdm_report_units(const dpdm_report_input *input)
{
    return input->owner.cap ? "people" : "images";
}

const char *dpdm_report_class(const dpdm_report_input *input, int class, char text[16])
{
    if (input->class_names && class < input->model.description.classes)
        return input->class_names[class];
    snprintf(text, 16, "%d", class);
    return text;
}

const char *dpdm_report_classifier(const char *key)
{
    static const char *const names[][2] = {{"logreg", "logistic regression"},
                                           {"mlp", "multi-layer perceptron"},
                                           {"cnn", "convolutional network"},
                                           {"resnet", "residual network"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(key, names[i][0]) == 0)
            return names[i][1];
    return key;
}

int dpdm_report_trainings(const cJSON *classifier)
{
    const cJSON *accuracies = cJSON_GetObjectItemCaseSensitive(classifier, "accuracies");
    return cJSON_IsArray(accuracies) ? cJSON_GetArraySize(accuracies) : 1;
}
