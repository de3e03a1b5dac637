/* known.c - the table of known data sets. */
#include "data/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const dpdm_known known_sets[] = {
    {"fashion-mnist",
     28,
     28,
     1,
     10,
     {60000, 10000, 0},
     "install Debian's package dataset-fashion-mnist",
     "FashionMNIST/raw"},
    {"mnist", 28, 28, 1, 10, {60000, 10000, 0}, "run: dpdm data fetch mnist", "MNIST/raw"},
    {"cifar10", 32, 32, 3, 10, {50000, 10000, 0}, "run: dpdm data fetch cifar10", "cifar-10-batches-bin"},
    {"pneumoniamnist", 28, 28, 1, 2, {4708, 624, 524}, "run: dpdm data fetch pneumoniamnist", "pneumoniamnist.npz"},
};

static int known_try(const char *base, const char *below, const dpdm_known *known, char path[DPDM_KNOWN_PATH]);

const dpdm_known *dpdm_known_find(const char *name)
{
    for (size_t i = 0; i < sizeof known_sets / sizeof *known_sets; i++)
        if (!strcmp(known_sets[i].name, name))
            return &known_sets[i];
    return NULL;
}

const char *dpdm_known_list(void)
{
    return "fashion-mnist, mnist, cifar10, pneumoniamnist";
}

dpdm_status dpdm_known_locate(const dpdm_known *known, const char *data_dir, char path[DPDM_KNOWN_PATH],
                              dpdm_error *err)
{
    const char *const places[][2] = {{data_dir, ""},
                                     {getenv("DPDM_DATA_DIR"), ""},
                                     {"./data", ""},
                                     {getenv("XDG_DATA_HOME"), "/dpdm"},
                                     {getenv("HOME"), "/.local/share/dpdm"},
                                     {"/usr/local/share/dpdm", ""},
                                     {"/usr/share/dpdm", ""},
                                     {"/usr/local/share/datasets", ""},
                                     {"/usr/share/datasets", ""}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i][0] && *places[i][0] && known_try(places[i][0], places[i][1], known, path))
            return DPDM_OK;
    return dpdm_error_set(
        err, DPDM_ENOENT,
        "data set %s was not found%s%s, in $DPDM_DATA_DIR, ./data, ~/.local/share/dpdm, /usr/local/share "
        "or /usr/share: %s, or say where it is with --data-dir",
        known->name, data_dir ? " below " : "", data_dir ? data_dir : "", known->get);
}

dpdm_status dpdm_known_facts(const dpdm_known *known, const dpdm_facts *facts, dpdm_error *err)
{
    const struct {
        const char *fact;
        int stated, known;
    } rows[] = {{"height", facts->height, known->height},
                {"width", facts->width, known->width},
                {"channels", facts->channels, known->channels},
                {"classes", facts->classes, known->classes}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].stated && rows[i].stated != rows[i].known)
            return dpdm_error_set(err, DPDM_EFORMAT, "%s: %s is %d, but %d was stated", known->name, rows[i].fact,
                                  rows[i].known, rows[i].stated);
    return DPDM_OK;
}

static int known_try(const char *base, const char *below, const dpdm_known *known, char path[DPDM_KNOWN_PATH])
{
    const char *const names[] = {known->name, known->also};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int n = snprintf(path, DPDM_KNOWN_PATH, "%s%s/%s", base, below, names[i]);
        if (n < DPDM_KNOWN_PATH && access(path, R_OK) == 0)
            return 1;
    }
    return 0;
}
