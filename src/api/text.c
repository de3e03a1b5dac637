/* text.c - texts handed over, and progress passed on. */
#include <stdlib.h>
#include <string.h>
#include "api/handles.h"

void dpdm_text_free(char *text)
{
    free(text);
}

dpdm_status json_hand_over(cJSON *json, char **text, dpdm_error *err)
{
    char *printed = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    *text = printed ? strdup(printed) : NULL; /* free, whatever cJSON allocates with */
    cJSON_free(printed);
    return *text ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the result");
}

static int watcher_progress(void *context, const char *what, const char *unit, uint64_t done, uint64_t total,
                            const char *note)
{
    const api_watcher *watcher = context;
    return watcher->fn(watcher->context, what, unit, done, total, note);
}

dpdm_watch watcher_watch(api_watcher *watcher)
{
    return (dpdm_watch){.progress = watcher->fn ? watcher_progress : NULL, .context = watcher};
}
