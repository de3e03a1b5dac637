/* statement_text.c - a statement for people, from its JSON, of which nothing is believed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/number.h"
#include "base/print.h"
#include "dpdm/accountant.h"
#include "privacy/statement_json.h"

enum { TEXT_WIDTH = 79, TEXT_LABEL = 14 };

static const char missing[] = "not stated";

static void text_put_head(FILE *out, const cJSON *json);
static void text_put_public(FILE *out, const cJSON *json);
static void text_put_start(FILE *out, const cJSON *json);
static void text_put_events(FILE *out, const cJSON *json);
static void text_put_bounds(FILE *out, const cJSON *json);
static void text_put_list(FILE *out, const cJSON *list, const char *title);
static void text_put_settings(FILE *out, const cJSON *json);

dpdm_status dpdm_statement_text(const char *json, size_t size, const char *name, char **text, dpdm_error *err)
{
    cJSON *tree;
    size_t length;
    *text = NULL;
    dpdm_status status = dpdm_statement_parse(json, size, name, &tree, err);
    if (status)
        return status;
    FILE *out = open_memstream(text, &length);
    if (out) {
        text_put_head(out, tree);
        text_put_list(out, cJSON_GetObjectItemCaseSensitive(tree, "warnings"), "WARNING");
        text_put_public(out, tree);
        text_put_start(out, tree);
        text_put_events(out, tree);
        text_put_bounds(out, tree);
        text_put_list(out, cJSON_GetObjectItemCaseSensitive(tree, "assumptions"), "What it assumes");
        text_put_list(out, cJSON_GetObjectItemCaseSensitive(tree, "not_covered"), "What it does not cover");
        text_put_settings(out, tree);
    }
    int good = out && !ferror(out);
    good = out && fclose(out) == 0 && good;
    cJSON_Delete(tree);
    if (good)
        return DPDM_OK;
    free(*text);
    *text = NULL;
    return dpdm_error_set(err, DPDM_ENOMEM, "no memory for the text of the privacy statement");
}

/* ---- words ---- */

static char text_clean(char c)
{
    return c >= ' ' && c <= '~' ? c : '?';
}

static int is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

/* Words in lines of TEXT_WIDTH columns, each indented; the cursor stands at column `at`. What is not printable ASCII
 * becomes '?'. */
static void text_wrap(FILE *out, const char *text, int at, int indent)
{
    int fresh = 1;
    while (*text) {
        int length = 0;
        while (text[length] && !is_blank(text[length]))
            length++;
        if (length && !fresh && at + 1 + length > TEXT_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
            fresh = 1;
        }
        if (length && !fresh)
            at += fputc(' ', out) == ' ';
        for (int i = 0; i < length; i++)
            fputc(text_clean(text[i]), out);
        at += length;
        fresh = fresh && !length;
        text += length;
        while (is_blank(*text))
            text++;
    }
    fputc('\n', out);
}

static void text_put_line(FILE *out, const char *label, const char *text)
{
    fprintf(out, "  ");
    for (int i = 0; i < TEXT_LABEL; i++)
        fputc(*label ? text_clean(*label++) : ' ', out);
    text_wrap(out, text ? text : missing, TEXT_LABEL + 2, TEXT_LABEL + 2);
}

static const char *text_get(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

/* ---- figures ---- */

/* At five digits, to the side named; an integer below 2^53 whole. */
static const char *text_rounded(const cJSON *object, const char *key, int upward, char text[40])
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    double value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
    if (!isfinite(value)) {
        snprintf(text, 40, "%s", missing);
        return text;
    }
    if (value != 0) {
        double unit = pow(10, floor(log10(fabs(value))) - 4);
        double rounded = (upward ? ceil(value / unit) : floor(value / unit)) * unit;
        value = isfinite(rounded) ? rounded : value;
    }
    dpdm_print_text(text, 40, "%.5g", value);
    return text;
}

/* All digits that are there. */
static const char *text_exact(const cJSON *object, const char *key, char text[40])
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (cJSON_IsNumber(item))
        dpdm_number_format(item->valuedouble, text, 40);
    else
        snprintf(text, 40, "%.30s", cJSON_IsString(item) ? item->valuestring : missing);
    for (char *at = text; *at; at++)
        *at = text_clean(*at);
    return text;
}

/* ---- sections ---- */

static void text_put_head(FILE *out, const cJSON *json)
{
    fprintf(out, "Privacy statement\n\n");
    text_put_line(out, "claim", text_get(json, "claim"));
    text_put_line(out, "unit", text_get(json, "unit"));
    text_put_line(out, "neighbours", text_get(json, "neighbours"));
    text_put_line(out, "sampling", text_get(json, "sampling"));
    text_put_line(out, "mechanism", text_get(json, "mechanism"));
    text_put_line(out, "randomness", text_get(json, "randomness"));
    text_put_line(out, "written by", text_get(json, "version"));
}

/* The rule of the config by which pictures got their size and colours; none where nothing was asked for. */
static void text_put_rule(FILE *out, const cJSON *json)
{
    const cJSON *training =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(json, "config"), "training");
    const char *resize = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(training, "resize"));
    const char *orientation = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(training, "orientation"));
    const int grey = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(training, "grey"));
    const int colour = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(training, "colour"));
    const int sized = resize && *resize, turned = orientation && strcmp(orientation, "refuse") != 0;
    char line[240], size[120] = "", turn[60] = "";
    if (!sized && !turned && !grey && !colour)
        return;
    if (sized)
        snprintf(size, sizeof size, ", resize %.15s by %.20s, crop %.20s", resize, text_get(training, "resize_filter"),
                 text_get(training, "crop"));
    if (turned)
        snprintf(turn, sizeof turn, ", orientation %.20s", orientation);
    snprintf(line, sizeof line, "each brought to shape by itself, by one rule for all%s%s%s", turn,
             grey     ? ", grey"
             : colour ? ", colour"
                      : "",
             size);
    text_put_line(out, "pictures", line);
}

static void text_put_public(FILE *out, const cJSON *json)
{
    const cJSON *facts = cJSON_GetObjectItemCaseSensitive(json, "public");
    char a[40], b[40], c[40], d[40], line[240];
    fprintf(out, "\nPublic inputs: taken as known to everyone, not protected\n");
    snprintf(line, sizeof line, "%s x %s pixels (height x width), channels: %s, classes: %s",
             text_exact(facts, "height", a), text_exact(facts, "width", b), text_exact(facts, "channels", c),
             text_exact(facts, "classes", d));
    text_put_line(out, "images", line);
    if (cJSON_HasObjectItem(facts, "class_names"))
        text_put_line(out, "class names", text_get(facts, "class_names"));
    text_put_rule(out, json);
    int known = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "records_public"));
    snprintf(line, sizeof line, "%s", known ? text_exact(facts, "records", a) : "not among them: it stays private");
    text_put_line(out, "their number", line);
    snprintf(line, sizeof line, "%s images a step are expected: the divisor", text_exact(json, "batch", a));
    text_put_line(out, "batch", line);
    snprintf(line, sizeof line, "norm %s, on a grid of steps of 2^-%s of it", text_exact(json, "clip", a),
             text_exact(json, "grid_bits", b));
    text_put_line(out, "clip", line);
    if (cJSON_HasObjectItem(json, "coordinates")) {
        snprintf(line, sizeof line, "%s coordinates: the weights that were trained",
                 text_exact(json, "coordinates", a));
        text_put_line(out, "vector", line);
    }
    text_put_line(out, "and", "the rates, noise multipliers and numbers of steps below, and the settings");
}

/* Only where training started from public weights. */
static void text_put_start(FILE *out, const cJSON *json)
{
    const cJSON *start = cJSON_GetObjectItemCaseSensitive(json, "start");
    if (!start)
        return;
    fprintf(out, "\nWhat training started from (public, by the user's word)\n\n");
    text_put_line(out, "origin", text_get(start, "origin"));
    text_put_line(out, "images", text_get(start, "images"));
    text_put_line(out, "licence", text_get(start, "licence"));
    text_put_line(out, "digest", text_get(start, "digest"));
}

static void text_put_events(FILE *out, const cJSON *json)
{
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(json, "event_names"), *event;
    const cJSON *name = cJSON_IsArray(names) ? names->child : NULL;
    fprintf(out, "\nEverything that was computed from the private data\n");
    cJSON_ArrayForEach(event, cJSON_GetObjectItemCaseSensitive(json, "events"))
    {
        char line[400], a[40], b[40], c[40];
        snprintf(line, sizeof line, "%.200s: sampling rate %s, noise multiplier %s, steps: %s",
                 name && cJSON_IsString(name) ? name->valuestring : "mechanism", text_exact(event, "sampling_rate", a),
                 text_exact(event, "noise_multiplier", b), text_exact(event, "steps", c));
        fprintf(out, "  - ");
        text_wrap(out, line, 4, 4);
        name = name ? name->next : NULL;
    }
}

/* "at most 8.0001, at least 7.99 (slack 0.0101)", or why not. */
static void text_bound(const cJSON *bound, char line[300])
{
    char upper[40], lower[40];
    const char *unproven = text_get(bound, "unproven");
    const cJSON *high = cJSON_GetObjectItemCaseSensitive(bound, "epsilon_upper");
    const cJSON *low = cJSON_GetObjectItemCaseSensitive(bound, "epsilon_lower");
    if (unproven || !cJSON_IsNumber(high)) {
        snprintf(line, 300, "unproven: %.200s", unproven ? unproven : missing);
        return;
    }
    int length = snprintf(line, 300, "epsilon at most %s", text_rounded(bound, "epsilon_upper", 1, upper));
    if (cJSON_IsNumber(low) && low->valuedouble > 0)
        dpdm_print_text(line + length, 300 - (size_t)length, ", at least %s (slack %.2g)",
                        text_rounded(bound, "epsilon_lower", 0, lower), high->valuedouble - low->valuedouble);
    else
        snprintf(line + length, 300 - (size_t)length, "; no lower bound");
}

static void text_put_bounds(FILE *out, const cJSON *json)
{
    const char *own = text_get(json, "accountant");
    dpdm_accountant accountant;
    char line[340], delta[40];
    const cJSON *item;
    fprintf(out, "\nProven bounds at delta %s\n", text_exact(json, "delta", delta));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "bounds"))
    {
        char label[TEXT_LABEL];
        text_bound(item, line);
        int claimed = own && item->string && !strcmp(own, item->string);
        int claims = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "private"));
        snprintf(line + strlen(line), 40, ": %s",
                 !claimed ? "a check beside it"
                 : claims ? "the claim"
                          : "no claim, seeded");
        snprintf(label, sizeof label, "%.12s",
                 item->string && dpdm_accountant_find(item->string, &accountant) ? item->string : "?");
        text_put_line(out, label, line);
    }
    text_bound(cJSON_GetObjectItemCaseSensitive(json, "replace_one"), line);
    text_put_line(out, "one replaced", line);
    if (!own || !dpdm_accountant_find(own, &accountant))
        accountant = DPDM_ACCOUNTANT_PLD;
    fprintf(out, "\nThe same events at other deltas (%s)\n", dpdm_accountant_name(accountant));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "curve"))
    {
        text_bound(item, line);
        text_put_line(out, text_exact(item, "delta", delta), line);
    }
}

static void text_put_list(FILE *out, const cJSON *list, const char *title)
{
    const cJSON *item;
    if (!cJSON_IsArray(list) || !list->child)
        return;
    fprintf(out, "\n%s\n", title);
    cJSON_ArrayForEach(item, list)
    {
        fprintf(out, "  - ");
        text_wrap(out, cJSON_IsString(item) ? item->valuestring : missing, 4, 4);
    }
}

/* The options of the training, one paragraph. */
static void text_put_settings(FILE *out, const cJSON *json)
{
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(json, "config"), *item;
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(config, "training");
    char *text = NULL;
    size_t length;
    FILE *words = cJSON_IsObject(training) ? open_memstream(&text, &length) : NULL;
    if (!words)
        return;
    cJSON_ArrayForEach(item, training)
    {
        char *value = cJSON_PrintUnformatted(item);
        if (value)
            fprintf(words, "%s%s=%s", item == training->child ? "" : " ", item->string, value);
        cJSON_free(value);
    }
    if (fclose(words) == 0 && length) {
        fprintf(out, "\nSettings\n  ");
        text_wrap(out, text, 2, 2);
    }
    free(text);
}
