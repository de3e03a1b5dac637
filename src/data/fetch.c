/* fetch.c - where the known data sets are on the network, and what they must be. */
#include "data/download.h"
#include "data/known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SHA-256 of the files as their authors published them. */
static const dpdm_download_set fetch_sets[] = {
    {.name = "mnist",
     .places = {"https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/"},
     .files =
         {{"train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
          {"train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
          {"t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
          {"t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"}}},
    {.name = "cifar10",
     .places = {"https://www.cs.toronto.edu/~kriz/"},
     .unpack = 1,
     .files = {{"cifar-10-binary.tar.gz", 170052171,
                "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}}},
    {.name = "pneumoniamnist",
     .places = {"https://zenodo.org/records/10519652/files/"},
     .files = {{"pneumoniamnist.npz", 4170669, "e1792d3f03751cb101e99f19a63b3c1941436c988665f47853417b05be250cd8"}}},
};

static const dpdm_download_set *fetch_find(const char *name);
static dpdm_status fetch_folder(const char *data_dir, char folder[DPDM_KNOWN_PATH], dpdm_error *err);

dpdm_status dpdm_fetch(const char *name, const char *data_dir, dpdm_fetch_fn progress, void *context, char *path,
                       size_t size, dpdm_error *err)
{
    char folder[DPDM_KNOWN_PATH];
    const dpdm_known *known = dpdm_known_find(name);
    if (!known)
        return dpdm_error_set(err, DPDM_ENOENT, "there is no data set '%.60s' to fetch; known names are %s", name,
                              dpdm_known_list());
    dpdm_status status = dpdm_known_locate(known, data_dir, folder, err);
    const dpdm_download_set *set = fetch_find(name);
    if (status == DPDM_ENOENT && set) {
        status = fetch_folder(data_dir, folder, err);
        if (!status)
            status = dpdm_download_folder(set, folder, progress, context, err);
        if (!status)
            status = dpdm_known_locate(known, folder, folder, err);
    }
    if (!status && (size_t)snprintf(path, size, "%s", folder) >= size)
        status = dpdm_error_set(err, DPDM_ERANGE, "%.200s...: the path is too long", folder);
    return status;
}

static const dpdm_download_set *fetch_find(const char *name)
{
    for (size_t i = 0; i < sizeof fetch_sets / sizeof *fetch_sets; i++)
        if (!strcmp(fetch_sets[i].name, name))
            return &fetch_sets[i];
    return NULL;
}

static dpdm_status fetch_folder(const char *data_dir, char folder[DPDM_KNOWN_PATH], dpdm_error *err)
{
    const char *const places[][2] = {{data_dir, ""},
                                     {getenv("DPDM_DATA_DIR"), ""},
                                     {getenv("XDG_DATA_HOME"), "/dpdm"},
                                     {getenv("HOME"), "/.local/share/dpdm"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i][0] || !*places[i][0])
            continue;
        int n = snprintf(folder, DPDM_KNOWN_PATH, "%s%s", places[i][0], places[i][1]);
        return n < DPDM_KNOWN_PATH ? DPDM_OK : dpdm_error_set(err, DPDM_EUSAGE, "the data folder's path is too long");
    }
    return dpdm_error_set(err, DPDM_EUSAGE, "no place to keep data sets: name one with --data-dir");
}
