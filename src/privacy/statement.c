/* statement.c - the privacy statement as JSON. */
#include "dpdm/statement.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "dpdm/version.h"

static const char *const assumptions[] = {
    "the claim is computational: it assumes that ChaCha20 is a pseudo-random function",
    "the key came from the operating system's generator, was used for this run only and was destroyed at its end",
    "each record of the data is one image; records of one person count separately",
};

static const char *const not_covered[] = {
    "a person who owns several images: for m images of one person epsilon grows about m-fold",
    "hyper-parameters, if they were chosen by looking at the private data or at runs on them",
    "the public facts above (image size, channels, classes, expected batch size), which are inputs, not results",
    "who can read the run folder or the memory of the machine while the run is going on",
    "time and power drawn while training",
};

static cJSON *statement_object(const dpdm_statement *statement, const dpdm_bound bounds[2], const dpdm_error errors[2]);
static int statement_add_list(cJSON *object, const char *name, const char *const *items, size_t count);
static int statement_add_events(cJSON *object, const dpdm_statement *statement);
static int statement_add_bounds(cJSON *object, const dpdm_bound bounds[2], const dpdm_error errors[2]);

dpdm_status dpdm_statement_write(const dpdm_statement *statement, char **json, dpdm_error *err)
{
    *json = NULL;
    dpdm_bound bounds[2];
    dpdm_error errors[2] = {{.status = DPDM_OK}, {.status = DPDM_OK}};
    for (int i = 0; i < 2; i++)
        errors[i].status = dpdm_account(statement->events, statement->count, statement->delta, (dpdm_accountant)i,
                                        &bounds[i], &errors[i]);
    const dpdm_error *claimed = &errors[statement->accountant];
    if (claimed->status)
        return dpdm_error_set(err, claimed->status, "%s", claimed->message);
    cJSON *object = statement_object(statement, bounds, errors);
    if (object)
        *json = cJSON_Print(object);
    cJSON_Delete(object);
    return *json ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the privacy statement");
}

static cJSON *statement_object(const dpdm_statement *statement, const dpdm_bound bounds[2], const dpdm_error errors[2])
{
    char claim[160];
    const dpdm_bound *claimed = &bounds[statement->accountant];
    if (statement->seeded)
        snprintf(claim, sizeof claim, "no privacy claim: the randomness came from a given seed");
    else
        snprintf(claim, sizeof claim, "(%.4f, %.6g)-differential privacy", ceil(claimed->epsilon_upper * 1e4) / 1e4,
                 claimed->delta);
    cJSON *object = cJSON_CreateObject();
    int good =
        object && cJSON_AddStringToObject(object, "format", "dpdm-statement-1") &&
        cJSON_AddStringToObject(object, "version", dpdm_version()) && cJSON_AddStringToObject(object, "claim", claim) &&
        cJSON_AddBoolToObject(object, "private", !statement->seeded) &&
        cJSON_AddStringToObject(object, "unit", "one image with its label") &&
        cJSON_AddStringToObject(object, "neighbours", "add or remove one unit") &&
        cJSON_AddStringToObject(object, "sampling", "Poisson: each image in each batch independently") &&
        cJSON_AddStringToObject(object, "mechanism",
                                "per-image gradients clipped, truncated to an integer grid, summed exactly; exact "
                                "rounded Gaussian noise; divided by the public expected batch size") &&
        statement_add_events(object, statement) &&
        (!statement->names || statement_add_list(object, "event_names", statement->names, statement->count)) &&
        cJSON_AddNumberToObject(object, "batch", statement->batch) &&
        cJSON_AddNumberToObject(object, "clip", statement->grid.clip) &&
        cJSON_AddNumberToObject(object, "grid_bits", statement->grid.bits) &&
        cJSON_AddBoolToObject(object, "records_public", statement->records_public) &&
        cJSON_AddNumberToObject(object, "delta", claimed->delta) &&
        cJSON_AddNumberToObject(object, "epsilon_upper", claimed->epsilon_upper) &&
        cJSON_AddNumberToObject(object, "epsilon_lower", claimed->epsilon_lower) &&
        cJSON_AddStringToObject(object, "accountant", dpdm_accountant_name(statement->accountant)) &&
        statement_add_bounds(object, bounds, errors) &&
        (statement->seeded ||
         statement_add_list(object, "assumptions", assumptions, sizeof assumptions / sizeof *assumptions)) &&
        statement_add_list(object, "not_covered", not_covered, sizeof not_covered / sizeof *not_covered);
    if (good)
        return object;
    cJSON_Delete(object);
    return NULL;
}

static int statement_add_list(cJSON *object, const char *name, const char *const *items, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);
    int good = list != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = cJSON_AddItemToArray(list, cJSON_CreateString(items[i]));
    return good;
}

static int statement_add_events(cJSON *object, const dpdm_statement *statement)
{
    cJSON *list = cJSON_AddArrayToObject(object, "events");
    int good = list != NULL;
    for (size_t i = 0; good && i < statement->count; i++) {
        cJSON *event = cJSON_CreateObject();
        good = event && cJSON_AddNumberToObject(event, "sampling_rate", statement->events[i].sampling_rate) &&
               cJSON_AddNumberToObject(event, "noise_multiplier", statement->events[i].noise_multiplier) &&
               cJSON_AddNumberToObject(event, "steps", (double)statement->events[i].steps) &&
               cJSON_AddItemToArray(list, event);
        if (!good)
            cJSON_Delete(event);
    }
    return good;
}

/* Both accountants; one that cannot prove a bound here says why. */
static int statement_add_bounds(cJSON *object, const dpdm_bound bounds[2], const dpdm_error errors[2])
{
    cJSON *all = cJSON_AddObjectToObject(object, "bounds");
    int good = all != NULL;
    for (int i = 0; good && i < 2; i++) {
        cJSON *one = cJSON_AddObjectToObject(all, dpdm_accountant_name((dpdm_accountant)i));
        if (!one)
            return 0;
        if (errors[i].status)
            good = cJSON_AddStringToObject(one, "unproven", errors[i].message) != NULL;
        else if (isfinite(bounds[i].epsilon_upper))
            good = cJSON_AddNumberToObject(one, "epsilon_upper", bounds[i].epsilon_upper) &&
                   cJSON_AddNumberToObject(one, "epsilon_lower", bounds[i].epsilon_lower);
        else
            good = cJSON_AddStringToObject(one, "unproven", "no finite bound") != NULL;
    }
    return good;
}
