/* outputs.c - trouble with outputs found before the work. */
#include "outputs.h"

#include <string.h>
#include "base/output.h"

enum { OUTPUTS = 8 };

typedef struct {
    const char *name, *path;
    dpdm_output_kind kind;
} output;

static int flag_given(const cli_call *call, const char *name)
{
    for (int i = 0; i < CLI_TABLES && call->verb->options[i].table; i++) {
        const dpdm_option *row = dpdm_option_find(call->verb->options[i].table, name, strlen(name));
        if (row && row->type == DPDM_OPTION_FLAG)
            return *(const int *)((const char *)call->options[i] + row->offset);
    }
    return 0;
}

static size_t outputs_collect(const cli_call *call, output list[OUTPUTS])
{
    size_t count = 0;
    for (int i = 0; i < CLI_TABLES && call->verb->options[i].table; i++)
        for (size_t r = 0; r < call->verb->options[i].table->count; r++) {
            const dpdm_option *row = &call->verb->options[i].table->rows[r];
            const char *path = (const char *)call->options[i] + row->offset;
            if (!(row->flags & DPDM_OPTION_OUTPUT) || !path[0] || count == OUTPUTS)
                continue;
            dpdm_output_kind kind = row->flags & DPDM_OPTION_OUTPUT_FOLDER ? DPDM_OUTPUT_ANY : DPDM_OUTPUT_FILE;
            list[count++] = (output){row->name, path, kind};
        }
    return count;
}

dpdm_status cli_outputs_check(const cli_call *call, dpdm_error *err)
{
    output list[OUTPUTS];
    size_t count = flag_given(call, "dry-run") ? 0 : outputs_collect(call, list);
    int overwrite = flag_given(call, "overwrite");
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < count; i++) {
        status = dpdm_output_check(list[i].path, list[i].kind, overwrite, err);
        for (size_t j = 0; !status && j < i; j++)
            if (dpdm_output_same(list[i].path, list[j].path))
                status = dpdm_error_set(err, DPDM_EUSAGE, "--%s and --%s are the same place: '%s'", list[j].name,
                                        list[i].name, list[i].path);
    }
    return status;
}
