/* verb_init.c - `dpdm init`: asks for the public facts, writes a recipe, prints its plan. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/number.h"
#include "base/output.h"
#include "data_options.h"
#include "init_recipe.h"
#include "verbs.h"

enum { INIT_PATH = 1024, INIT_ANSWER = 1200 };

typedef struct {
    char data[INIT_PATH];
    int overwrite;
} init_options;

static const dpdm_option rows[] = {
    {.name = "data",
     .type = DPDM_OPTION_STRING,
     .offset = offsetof(init_options, data),
     .size = INIT_PATH,
     .metavar = "SPEC",
     .group = "Recipe",
     .help = "the private images; what they hold is shown beside the questions, for you alone"},
    {.name = "overwrite",
     .type = DPDM_OPTION_FLAG,
     .offset = offsetof(init_options, overwrite),
     .group = "Recipe",
     .help = "replace DIR/recipe.yaml"},
};
static const dpdm_option_table table = {rows, sizeof rows / sizeof *rows};

/* ---- questions ---- */

/* One answer without blanks at its ends; an empty line takes the proposal. */
static dpdm_status ask(const char *question, const char *proposal, char *answer, size_t size, dpdm_error *err)
{
    fprintf(stderr, "%s%s%s%s: ", question, *proposal ? " [" : "", proposal, *proposal ? "]" : "");
    fflush(stderr);
    if (!fgets(answer, (int)size, stdin))
        return dpdm_error_set(err, DPDM_EUSAGE, "the input ended before \"%s\" was answered", question);
    if (!isatty(STDIN_FILENO)) /* nobody's return key ended the line */
        fputc('\n', stderr);
    char *end = answer + strcspn(answer, "\r\n"), *begin = answer + strspn(answer, " \t");
    while (end > begin && end[-1] == ' ')
        end--;
    *end = '\0';
    memmove(answer, begin, strlen(begin) + 1);
    if (!*answer)
        snprintf(answer, size, "%s", proposal);
    return DPDM_OK;
}

/* On a terminal a wrong answer is explained and asked for again; in a script it ends the program. */
static int ask_again(dpdm_status status, const dpdm_error *err)
{
    if (!status || !isatty(STDIN_FILENO))
        return 0;
    fprintf(stderr, "  %s\n", err->message);
    return 1;
}

static dpdm_status ask_option(init_interview *talk, const char *name, const char *question, const char *proposal,
                              dpdm_error *err)
{
    const dpdm_option *option = init_row(name);
    dpdm_status status;
    do {
        char answer[INIT_ANSWER];
        status = ask(question, proposal, answer, sizeof answer, err);
        if (status)
            return status;
        status = *answer ? dpdm_option_set(option, &talk->config, answer, err)
                         : dpdm_error_set(err, DPDM_EUSAGE, "%s is needed", name);
    } while (ask_again(status, err));
    return status;
}

static dpdm_status ask_fact(init_interview *talk, const char *name, const char *question, int proposed, dpdm_error *err)
{
    char proposal[24] = "";
    if (proposed)
        snprintf(proposal, sizeof proposal, "%d", proposed);
    return ask_option(talk, name, question, proposal, err);
}

/* How many images: exactly, where that is public, else the order of magnitude. Never proposed from the data. */
static dpdm_status ask_records(init_interview *talk, dpdm_error *err)
{
    dpdm_status status;
    do {
        char answer[INIT_ANSWER];
        status = ask("number of images, if that may be public; else about how many, as ~5000", "", answer,
                     sizeof answer, err);
        if (status)
            return status;
        int roughly = answer[0] == '~';
        int64_t count;
        if (!dpdm_number_i64(answer + roughly, strlen(answer + roughly), &count) || count < 1)
            status = dpdm_error_set(err, DPDM_EUSAGE, "'%.40s' is not a number of images, as 4708 or ~5000", answer);
        else {
            talk->about = (uint64_t)count;
            talk->config.records = roughly ? 0 : (uint64_t)count;
        }
    } while (ask_again(status, err));
    return status;
}

/* Names of the classes: stated or not. "-" declines those proposed. */
static dpdm_status ask_names(init_interview *talk, dpdm_error *err)
{
    const char *proposal = talk->proposal.class_names_text ? talk->proposal.class_names_text : "";
    dpdm_status status;
    do {
        char answer[DPDM_CLASS_NAMES];
        status = ask(*proposal ? "names of the classes by label, with commas between; -: numbers alone"
                               : "names of the classes by label, with commas between; nothing: numbers alone",
                     proposal, answer, sizeof answer, err);
        if (status)
            return status;
        if (!*answer || !strcmp(answer, "-"))
            return DPDM_OK;
        status = dpdm_class_names_check(answer, talk->config.classes, err);
        if (!status)
            status = dpdm_option_set(init_row("class-names"), &talk->config, answer, err);
    } while (ask_again(status, err));
    return status;
}

static void proposal_show(const dpdm_proposal *p)
{
    fprintf(stderr, "The images: %d x %d pixels (width x height), %d channel%s, %d classes, %" PRIu64 " images.\n",
            p->facts.width, p->facts.height, p->facts.channels, p->facts.channels == 1 ? "" : "s", p->facts.classes,
            p->count);
    if (p->owners)
        fprintf(stderr, "They list %" PRIu64 " people, with at most %" PRIu64 " images each.\n", p->owners, p->owned);
    fprintf(stderr, "This was read off the private data and is for you alone. What you answer becomes public: take a\n"
                    "proposal in [brackets] only where it is known without looking at the data.\n\n");
}

static dpdm_status ask_all(init_interview *talk, const char *data, dpdm_error *err)
{
    const dpdm_facts *facts = &talk->proposal.facts;
    char delta[24];
    dpdm_status status = ask_option(talk, "data", "private images: a folder, a file or a known name", data, err);
    if (!status)
        status = ask_fact(talk, "height", "height in pixels", facts->height, err);
    if (!status)
        status = ask_fact(talk, "width", "width in pixels", facts->width, err);
    if (!status)
        status = ask_fact(talk, "channels", "channels (1: grey, 3: colour)", facts->channels, err);
    if (!status)
        status = ask_fact(talk, "classes", "number of classes", facts->classes, err);
    if (!status)
        status = ask_names(talk, err);
    if (!status)
        status = ask_records(talk, err);
    if (!status)
        status = ask_option(talk, "owner-cap",
                            "to protect people: how many images of one person count; 0: single images are protected",
                            talk->proposal.owners ? "" : "0", err);
    if (!status)
        status = ask_option(talk, "epsilon", "privacy loss epsilon: 1 is strict, 10 is lax", "10", err);
    if (status)
        return status;
    int exponent = (int)floor(log10(0.1 / (double)talk->about));
    snprintf(delta, sizeof delta, "1e%d", exponent < -5 ? exponent : -5);
    return ask_option(talk, "delta", "failure probability delta, well below 1 / images", delta, err);
}

/* ---- the verb ---- */

/* The plan as 'dpdm train --dry-run' prints it; with --json its object is that of this verb. */
static dpdm_status plan_show(cli_call *call, char *path, dpdm_error *err)
{
    char program[] = "dpdm", verb[] = "train", config[] = "--config", plan[] = "--dry-run", json[] = "--json";
    char *words[] = {program, verb, config, path, plan, json};
    call->printed = call->json;
    return cli_run(call->json ? 6 : 5, words) == 0
               ? DPDM_OK
               : dpdm_error_set(err, DPDM_ERANGE,
                                "'%s' is written, but its plan cannot be made (see above): change it there", path);
}

static dpdm_status run(cli_call *call, dpdm_error *err)
{
    const init_options *o = call->options[0];
    const data_options *where = call->options[1];
    init_interview talk = {.config = dpdm_train_config_default()};
    talk.config.owners = where->owners;
    snprintf(talk.config.owners_key, sizeof talk.config.owners_key, "%s", where->owners_key);
    talk.config.rule = where->reading.rule;
    snprintf(talk.config.images_key, sizeof talk.config.images_key, "%s", where->reading.images_key);
    snprintf(talk.config.labels_key, sizeof talk.config.labels_key, "%s", where->reading.labels_key);
    char path[DPDM_OUTPUT_PATH];
    int length = snprintf(path, sizeof path, "%s/recipe.yaml", call->arguments[0]);
    if (length < 0 || (size_t)length >= sizeof path)
        return dpdm_error_set(err, DPDM_EUSAGE, "'%.60s...' is too long", call->arguments[0]);
    size_t made;
    dpdm_status status = dpdm_folder_make(call->arguments[0], &made, err);
    if (!status)
        status = dpdm_output_check(path, DPDM_OUTPUT_FILE, o->overwrite, err);
    if (!status && o->data[0])
        status = data_options_propose(call, o->data, where, &talk.proposal, err);
    if (!status && o->data[0])
        proposal_show(&talk.proposal);
    if (!status)
        status = ask_all(&talk, o->data, err);
    if (!status)
        status = init_recipe_make(&talk, err);
    if (!status)
        status = init_recipe_write(&talk, path, o->overwrite, err);
    dpdm_proposal_destroy(&talk.proposal);
    if (status) {
        dpdm_folder_unmake(call->arguments[0], made);
        return status;
    }
    cli_note(call, "\nwritten: %s\n", path);
    status = plan_show(call, path, err);
    if (!status)
        cli_note(call, "\nnext: dpdm train --config %s --out %s/run", path, call->arguments[0]);
    return status;
}

const cli_verb cli_verb_init = {
    .name = "init",
    .group = "Train and sample",
    .summary = "Ask for the public facts, write a recipe, print its plan",
    .arguments = "DIR",
    .arguments_min = 1,
    .arguments_max = 1,
    .description =
        "Asks for what is public about the images (size, classes and their names, how many) and for the privacy you "
        "want, and writes "
        "DIR/recipe.yaml with a comment on each line, for 'dpdm train --config'. Then prints the plan: memory, time, "
        "and what would be promised. Nothing is trained.\n\n"
        "With --data the answers that the data would give are shown in brackets. They come from the private images: "
        "take only those that are known without them. The number of images is never proposed.\n\n"
        "Questions go to standard error and answers are read from standard input, a line each, so a script can give "
        "them.",
    .examples = "dpdm init study --data scans/\nprintf '%s\\n' scans/ 28 28 1 2 normal,pneumonia 4708 0 10 1e-5 | dpdm "
                "init study",
    .options = {{&table, sizeof(init_options), NULL}, {&data_options_table, sizeof(data_options), NULL}},
    .run = run,
};
