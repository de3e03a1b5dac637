/* reading.c - see dpdm/reading.h. */
#include "dpdm/reading.h"

#include <cjson/cJSON.h>

const char dpdm_reading_group[] = "Pictures of other sizes and colours", dpdm_reading_data_group[] = "Data";
const char dpdm_reading_help_decoders[] = "threads that decode pictures; 0: all cores. Changes no bit";

dpdm_status dpdm_reading_apply(const dpdm_reading_options *options, dpdm_reading *reading, dpdm_facts *facts,
                               dpdm_error *err)
{
    if (options->cache_keep && !options->cache[0])
        return dpdm_error_set(err, DPDM_EUSAGE, "--cache-keep is for a cache: name its folder with --cache DIR");
    reading->threads = options->threads;
    reading->cache = options->cache;
    reading->cache_keep = options->cache_keep;
    facts->reading = reading;
    facts->images_key = options->images_key;
    facts->labels_key = options->labels_key;
    if (dpdm_rule_given(&options->rule))
        facts->rule = options->rule;
    return DPDM_OK;
}

dpdm_status dpdm_reading_rule_of(const char *config_json, dpdm_image_rule *rule, dpdm_error *err)
{
    static const dpdm_option rule_rows[] = {DPDM_RULE_ROWS(0, dpdm_reading_group, 0)};
    static const dpdm_option_table table = {rule_rows, sizeof rule_rows / sizeof *rule_rows};
    cJSON *config = cJSON_Parse(config_json);
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(config, "training");
    dpdm_status status = DPDM_OK;
    *rule = (dpdm_image_rule){0};
    for (size_t i = 0; !status && i < table.count; i++) {
        char key[32];
        dpdm_option_key(table.rows[i].name, key, sizeof key);
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(training, key);
        cJSON *one = cJSON_CreateObject();
        if (item && cJSON_AddItemReferenceToObject(one, key, (cJSON *)(uintptr_t)item))
            status = dpdm_options_from_json(&table, rule, one, err);
        cJSON_Delete(one);
    }
    cJSON_Delete(config);
    return status;
}

static int reading_watch(void *context, uint64_t done, uint64_t total)
{
    return dpdm_watch_progress(context, DPDM_READING_WORK, "img", done, total, NULL);
}

dpdm_status dpdm_reading_open(const dpdm_reading_options *options, const char *spec, const char *data_dir,
                              dpdm_split split, const dpdm_facts *facts, const dpdm_watch *watch, dpdm_dataset *data,
                              dpdm_error *err)
{
    dpdm_watch told = watch ? *watch : (dpdm_watch){0};
    dpdm_reading reading = {.watch = watch ? reading_watch : NULL, .context = &told};
    dpdm_facts full = *facts;
    dpdm_status status = dpdm_reading_apply(options, &reading, &full, err);
    return status ? status : dpdm_dataset_open(spec, data_dir, split, &full, data, err);
}
