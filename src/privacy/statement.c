/* statement.c - the privacy statement as JSON. */
#include "dpdm/statement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"
#include "base/number.h"
#include "base/print.h"
#include "dpdm/version.h"
#include "privacy/delta.h"
#include "privacy/events_json.h"
#include "privacy/statement_json.h"

/* The deltas of the curve, beside the claim's own. */
static const double curve_deltas[] = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10};
enum { CURVE_POINTS = sizeof curve_deltas / sizeof *curve_deltas };

/* A bound, or why there is none. */
typedef struct {
    dpdm_bound bound;
    dpdm_error error;
} statement_bound;

/* Everything that goes into the tree. */
typedef struct {
    const dpdm_statement *statement;
    double claimed;
    statement_bound bounds[DPDM_ACCOUNTANTS]; /* by accountant, at the claim's delta */
    statement_bound curve[CURVE_POINTS];
    double replace; /* epsilon where a unit is replaced by another, or why there is none */
    dpdm_error replace_error;
} statement_figures;

static void statement_account(const dpdm_statement *statement, double delta, dpdm_accountant accountant,
                              statement_bound *found);
static cJSON *statement_object(const statement_figures *figures);

dpdm_status dpdm_statement_write(const dpdm_statement *statement, char **json, dpdm_error *err)
{
    return dpdm_statement_write_claim(statement, 0, json, err);
}

dpdm_status dpdm_statement_write_claim(const dpdm_statement *statement, double claimed, char **json, dpdm_error *err)
{
    *json = NULL;
    statement_figures figures = {.statement = statement};
    dpdm_status status = dpdm_owner_check(&statement->owner, err);
    if (status)
        return status;
    if ((unsigned)statement->accountant >= DPDM_ACCOUNTANTS)
        return dpdm_error_set(err, DPDM_EUSAGE, "accountant number %d is unknown", (int)statement->accountant);
    for (int i = 0; i < DPDM_ACCOUNTANTS; i++)
        statement_account(statement, statement->delta, (dpdm_accountant)i, &figures.bounds[i]);
    const statement_bound *own = &figures.bounds[statement->accountant];
    if (own->error.status)
        return dpdm_error_set(err, own->error.status, "%s", own->error.message);
    for (int i = 0; i < CURVE_POINTS; i++)
        statement_account(statement, curve_deltas[i], statement->accountant, &figures.curve[i]);
    dpdm_account_replace(statement->events, statement->count, dpdm_owner_group(&statement->owner), statement->delta,
                         statement->accountant, &figures.replace, &figures.replace_error);
    if (!figures.replace_error.status && !isfinite(figures.replace))
        dpdm_error_set(&figures.replace_error, DPDM_ERANGE, "no finite bound");
    figures.claimed = claimed > 0 ? claimed : own->bound.epsilon_upper;
    cJSON *object = statement_object(&figures);
    if (object)
        *json = cJSON_Print(object);
    cJSON_Delete(object);
    return *json ? DPDM_OK : dpdm_error_set(err, DPDM_ENOMEM, "no memory for the privacy statement");
}

static void statement_account(const dpdm_statement *statement, double delta, dpdm_accountant accountant,
                              statement_bound *found)
{
    found->error = (dpdm_error){.status = DPDM_OK};
    dpdm_status status = dpdm_account_group(statement->events, statement->count, dpdm_owner_group(&statement->owner),
                                            delta, accountant, &found->bound, &found->error);
    if (!status && !isfinite(found->bound.epsilon_upper))
        dpdm_error_set(&found->error, DPDM_ERANGE, "no finite bound");
}

/* ---- parts ---- */

static int put_text(cJSON *object, const char *name, const char *text)
{
    return cJSON_AddStringToObject(object, name, text) != NULL;
}

static int put_number(cJSON *object, const char *name, double value)
{
    return cJSON_AddItemToObject(object, name, dpdm_json_double(value));
}

static int put_list(cJSON *object, const char *name, const char *const *items, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);
    int good = list != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = cJSON_AddItemToArray(list, cJSON_CreateString(items[i]));
    return good;
}

/* A text for people: neither figure is rounded down. */
static int put_claim(cJSON *object, const statement_figures *figures)
{
    const dpdm_statement *statement = figures->statement;
    char claim[200], delta[40], unit[DPDM_UNIT_TEXT];
    dpdm_number_format(statement->delta, delta, sizeof delta);
    int length = dpdm_print_text(claim, sizeof claim, "(%.4f, %s)-differential privacy",
                                 ceil(figures->claimed * 1e4) / 1e4, delta);
    if (statement->owner.cap)
        snprintf(claim + length, sizeof claim - (size_t)length, " for %s", dpdm_owner_unit(&statement->owner, unit));
    if (statement->seeded)
        snprintf(claim, sizeof claim, "no privacy claim: the randomness came from a given seed");
    return put_text(object, "claim", claim);
}

static int put_unit(cJSON *object, const dpdm_statement *statement)
{
    char unit[DPDM_UNIT_TEXT];
    return put_text(object, "unit", dpdm_owner_unit(&statement->owner, unit)) &&
           put_number(object, "owner_cap", statement->owner.cap) &&
           cJSON_AddBoolToObject(object, "owner_cap_asserted", statement->owner.asserted) &&
           put_text(object, "neighbours",
                    statement->records
                        ? "sets of equal size: one unit with all its images replaced by nothing (zero-out)"
                        : "add or remove one unit") &&
           put_text(object, "sampling", "Poisson: each image in each batch independently");
}

static int put_public(cJSON *object, const dpdm_statement *statement)
{
    cJSON *facts = cJSON_AddObjectToObject(object, "public");
    return facts && put_number(facts, "height", statement->height) && put_number(facts, "width", statement->width) &&
           put_number(facts, "channels", statement->channels) && put_number(facts, "classes", statement->classes) &&
           (!statement->class_names || !*statement->class_names ||
            put_text(facts, "class_names", statement->class_names)) &&
           cJSON_AddItemToObject(facts, "records",
                                 statement->records ? dpdm_json_u64(statement->records) : cJSON_CreateNull());
}

static int put_mechanism(cJSON *object, const dpdm_statement *statement)
{
    return put_text(object, "mechanism",
                    "per-image gradients clipped, truncated to an integer grid, summed exactly; exact rounded Gaussian "
                    "noise; divided by the public expected batch size") &&
           put_text(object, "randomness",
                    statement->seeded
                        ? "ChaCha20 streams of a key made from a given seed"
                        : "ChaCha20 streams of a key from the operating system's generator; integer samplers, exact "
                          "to the last bit") &&
           put_number(object, "batch", statement->batch) && put_number(object, "clip", statement->grid.clip) &&
           put_number(object, "grid_bits", statement->grid.bits) &&
           (!statement->coordinates ||
            cJSON_AddItemToObject(object, "coordinates", dpdm_json_u64(statement->coordinates))) &&
           cJSON_AddBoolToObject(object, "records_public", statement->records != 0);
}

static int put_bound(cJSON *object, const statement_bound *found)
{
    if (found->error.status)
        return put_text(object, "unproven", found->error.message);
    return put_number(object, "epsilon_upper", found->bound.epsilon_upper) &&
           put_number(object, "epsilon_lower", found->bound.epsilon_lower);
}

/* All accountants; one that cannot prove a bound here says why. */
static int put_bounds(cJSON *object, const statement_figures *figures)
{
    const dpdm_statement *statement = figures->statement;
    const dpdm_bound *own = &figures->bounds[statement->accountant].bound;
    int good = put_number(object, "delta", statement->delta) &&
               put_number(object, "epsilon_upper", own->epsilon_upper) &&
               put_number(object, "epsilon_lower", own->epsilon_lower) &&
               put_text(object, "accountant", dpdm_accountant_name(statement->accountant));
    cJSON *all = good ? cJSON_AddObjectToObject(object, "bounds") : NULL;
    good = all != NULL;
    for (int i = 0; good && i < DPDM_ACCOUNTANTS; i++) {
        cJSON *one = cJSON_AddObjectToObject(all, dpdm_accountant_name((dpdm_accountant)i));
        good = one && put_bound(one, &figures->bounds[i]);
    }
    cJSON *curve = good ? cJSON_AddArrayToObject(object, "curve") : NULL;
    good = curve != NULL;
    for (int i = 0; good && i < CURVE_POINTS; i++) {
        cJSON *point = cJSON_CreateObject();
        good = cJSON_AddItemToArray(curve, point) && put_number(point, "delta", curve_deltas[i]) &&
               put_bound(point, &figures->curve[i]);
    }
    return good;
}

/* Where one unit is replaced by another, whatever the neighbours of the claim are. */
static int put_replace(cJSON *object, const statement_figures *figures)
{
    cJSON *one = cJSON_AddObjectToObject(object, "replace_one");
    return one && (figures->replace_error.status ? put_text(one, "unproven", figures->replace_error.message)
                                                 : put_number(one, "epsilon_upper", figures->replace));
}

static int put_warnings(cJSON *object, const dpdm_statement *statement)
{
    const dpdm_event *steps = &statement->events[statement->count - 1];
    char text[DPDM_DELTA_TEXT];
    const char *const items[] = {text};
    return !dpdm_delta_warning(statement->delta, statement->records, statement->batch, steps->sampling_rate, text) ||
           put_list(object, "warnings", items, 1);
}

static int put_start(cJSON *object, const dpdm_statement *statement)
{
    if (!statement->start || !statement->start->given)
        return 1;
    cJSON *start = cJSON_AddObjectToObject(object, "start");
    return start && put_text(start, "origin", statement->start->origin) &&
           put_text(start, "images", statement->start->images) &&
           put_text(start, "licence", statement->start->licence) && put_text(start, "digest", statement->start->digest);
}

static int put_assumptions(cJSON *object, const dpdm_statement *statement)
{
    const char *owners = "each image is a unit of its own: images of one person count separately";
    if (statement->owner.asserted)
        owners = "nobody owns more images than the unit says: the data do not list owners, and this was not checked";
    else if (statement->owner.cap)
        owners =
            "the data say rightly who owns which image; of each person the first images count, in the order of the "
            "data, which for one person does not depend on others";
    const char *const items[] = {
        "the claim is computational: it assumes that ChaCha20 is a pseudo-random function",
        "the key came from the operating system's generator, was used for this run only and was destroyed at its end",
        owners,
        "the public inputs were known without looking at the private data",
        ("the weights that training started from are public, so made without the private data: their file and the user "
         "say so, and this was not checked"),
    };
    const size_t count = sizeof items / sizeof *items - !(statement->start && statement->start->given);
    return statement->seeded || put_list(object, "assumptions", items, count);
}

static int put_not_covered(cJSON *object, const dpdm_statement *statement)
{
    const char *const items[] = {
        statement->owner.cap
            ? ("what the images of other people show of a person, and a person who stands in the data under several "
               "names")
            : "a person who owns several images: for m images of one person epsilon grows about m-fold",
        "hyper-parameters, if they were chosen by looking at the private data or at runs on them",
        "other uses of the same data: what they spend adds to this (a ledger adds it up)",
        ("the public inputs (image size, channels, classes and their names, expected batch size, number of images "
         "where it is stated), "
         "which are inputs, not results"),
        statement->records
            ? ("what the checks of the data tell: a run is refused where the number of images is another than stated, "
               "one has another size or number of channels or a label outside the classes, or a file cannot be read")
            : ("what the checks of the data tell: a run is refused where an image has another size or number of "
               "channels than stated or a label outside the classes, or a file cannot be read"),
        "who can read the run folder or the memory of the machine while the run is going on",
        "time and power drawn while training",
    };
    return put_list(object, "not_covered", items, sizeof items / sizeof *items);
}

static int put_config(cJSON *object, const dpdm_statement *statement)
{
    return !statement->config || cJSON_AddRawToObject(object, "config", statement->config);
}

static cJSON *statement_object(const statement_figures *figures)
{
    const dpdm_statement *statement = figures->statement;
    cJSON *object = cJSON_CreateObject();
    int good = object && put_text(object, "format", DPDM_STATEMENT_FORMAT) &&
               put_text(object, "version", dpdm_version()) && put_claim(object, figures) &&
               cJSON_AddBoolToObject(object, "private", !statement->seeded) && put_unit(object, statement) &&
               put_public(object, statement) && put_start(object, statement) && put_mechanism(object, statement) &&
               cJSON_AddItemToObject(object, "events", dpdm_events_to_json(statement->events, statement->count)) &&
               (!statement->names || put_list(object, "event_names", statement->names, statement->count)) &&
               put_bounds(object, figures) && put_replace(object, figures) && put_warnings(object, statement) &&
               put_assumptions(object, statement) && put_not_covered(object, statement) &&
               put_config(object, statement);
    if (good)
        return object;
    cJSON_Delete(object);
    return NULL;
}
