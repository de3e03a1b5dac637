/* section_settings.c - the settings of the run, and how to run it again. */
#include <stdio.h>
#include <string.h>
#include "report/html.h"
#include "report/sections.h"
#include "train/config.h"

enum { VALUE_SIZE = DPDM_CLASS_NAMES };

/* Constants of denoisers of another kind than the model's say nothing about it. */
static int setting_applies(const dpdm_report_input *input, const dpdm_option *row, const char *key)
{
    const cJSON *denoiser = cJSON_GetObjectItemCaseSensitive(input->config, "denoiser");
    if (strcmp(row->group, "Denoiser") != 0 || strcmp(key, "denoiser") == 0)
        return 1;
    return cJSON_GetObjectItemCaseSensitive(denoiser, key) != NULL;
}

/* The value of a row of the option table as YAML, if the config has one that `dpdm train` would accept. */
static int setting_value(const dpdm_report_input *input, const dpdm_option *row, char key[64], char value[VALUE_SIZE])
{
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(input->config, "training");
    dpdm_option_key(row->name, key, 64);
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(training, key);
    if (!(row->flags & DPDM_OPTION_PUBLIC) || !item || !setting_applies(input, row, key))
        return 0;
    dpdm_train_config config = dpdm_train_config_default();
    cJSON *one = cJSON_CreateObject();
    int good = one && cJSON_AddItemReferenceToObject(one, key, (cJSON *)(uintptr_t)item) &&
               !dpdm_options_from_json(&dpdm_train_option_table, &config, one, NULL);
    cJSON_Delete(one);
    if (good)
        dpdm_option_get(row, &config, value, VALUE_SIZE);
    return good && value[0]; /* an empty text: not stated */
}

int dpdm_report_has_settings(const dpdm_report_input *input)
{
    char key[64], value[VALUE_SIZE];
    for (size_t i = 0; i < dpdm_train_option_table.count; i++)
        if (setting_value(input, &dpdm_train_option_table.rows[i], key, value))
            return 1;
    return 0;
}

/* The heading of a group, without the remark in brackets that the help shows. */
static void settings_put_group(FILE *out, const char *group, int first)
{
    const char *note = strstr(group, " (");
    char name[80];
    snprintf(name, sizeof name, "%.*s", note ? (int)(note - group) : (int)strlen(group), group);
    if (!first)
        dpdm_html_put(out, "</tbody>\n");
    dpdm_html_put(out, "<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"3\">%s</th></tr>\n", name);
}

void dpdm_report_put_settings(FILE *out, const dpdm_report_input *input)
{
    if (!dpdm_report_has_settings(input))
        return;
    dpdm_html_put(out, "<section id=\"settings\" aria-labelledby=\"settings-title\">\n"
                       "<h2 id=\"settings-title\">Settings</h2>\n"
                       "<div class=\"scroll\" role=\"region\" aria-label=\"Settings\" tabindex=\"0\">"
                       "<table class=\"settings\"><caption>The public settings of the training</caption>\n<thead><tr>"
                       "<th scope=\"col\">Setting</th><th scope=\"col\">Value</th><th scope=\"col\">Meaning</th>"
                       "</tr></thead>\n");
    const char *group = NULL;
    for (size_t i = 0; i < dpdm_train_option_table.count; i++) {
        const dpdm_option *row = &dpdm_train_option_table.rows[i];
        char key[64], value[VALUE_SIZE];
        if (!setting_value(input, row, key, value))
            continue;
        if (!group || strcmp(group, row->group) != 0)
            settings_put_group(out, row->group, group == NULL);
        group = row->group;
        dpdm_html_put(out, "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td></tr>\n", key,
                      value[0] ? value : "none", row->help);
    }
    dpdm_html_put(out, "</tbody></table></div>\n</section>\n");
}

void dpdm_report_put_repeat(FILE *out, const dpdm_report_input *input)
{
    if (!dpdm_report_has_settings(input))
        return;
    dpdm_html_put(out,
                  "<section id=\"repeat\" aria-labelledby=\"repeat-title\">\n"
                  "<h2 id=\"repeat-title\">To repeat it</h2>\n<p>Save these lines as <code>recipe.yaml</code> and put "
                  "the training images in place of <code>DATA</code>. A repeated training draws new randomness: it "
                  "gives another model of the same kind, and spends the same privacy once more.</p>\n"
                  "<pre aria-label=\"recipe.yaml\" tabindex=\"0\"><code>");
    for (size_t i = 0; i < dpdm_train_option_table.count; i++) {
        const dpdm_option *row = &dpdm_train_option_table.rows[i];
        char key[64], value[VALUE_SIZE];
        if (!setting_value(input, row, key, value))
            continue;
        if (row->type == DPDM_OPTION_INT_LIST && strcmp(value, "none") != 0)
            dpdm_html_put(out, "%s: [%s]\n", key, value);
        else
            dpdm_html_put(out, "%s: %s\n", key, value);
    }
    dpdm_html_put(out, "</code></pre>\n<pre aria-label=\"Commands\" tabindex=\"0\"><code>"
                       "dpdm train --config recipe.yaml --data DATA --out run\n"
                       "dpdm sample run/release/model.safetensors --count 10000 --out synthetic.npz --grid grid.png\n");
    if (input->eval)
        dpdm_html_put(out, "dpdm eval --synthetic synthetic.npz --real-test TEST-DATA --json &gt; eval.json\n");
    dpdm_html_put(out, "dpdm report run --grid grid.png%s --out report.html\n</code></pre>\n</section>\n",
                  input->eval ? " --eval eval.json" : "");
}
