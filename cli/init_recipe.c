/* init_recipe.c - see init_recipe.h. */
#include "init_recipe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "train/covariance.h"
#include "train/presets.h"

enum { FEW = 20000, SIDE = 16, PATCH = 8, POOL = 4 };

const dpdm_option *init_row(const char *name)
{
    return dpdm_option_find(&dpdm_train_option_table, name, strlen(name));
}

/* Pixels are gathered into patches until the network's first level is at most 16 high, where both levels stay whole. */
static void network_fit(dpdm_train_config *c)
{
    int patch = 1;
    while (patch < PATCH && c->height / patch > SIDE && c->height % (4 * patch) == 0 && c->width % (4 * patch) == 0)
        patch *= 2;
    int whole = c->height % (2 * patch) == 0 && c->width % (2 * patch) == 0, lower = c->height / patch / 2;
    c->unet.patch = patch;
    memset(c->unet.attention, 0, sizeof c->unet.attention);
    c->unet.attention[0] = whole && lower <= SIDE / 2 ? lower : 0;
}

/* A covariance of many values would be mostly noise: images are shrunk for it, or it is left out. */
static void prior_fit(dpdm_train_config *c)
{
    int pool = 1;
    while (pool < POOL && c->height * c->width * c->channels / (pool * pool) > DPDM_COVARIANCE_PIXELS)
        pool *= 2;
    const int values = c->height * c->width * c->channels / (pool * pool);
    if (values > DPDM_COVARIANCE_PIXELS || c->height % pool || c->width % pool)
        c->prior_covariance_noise = c->prior_class_noise = 0;
    if (!(c->prior_covariance_noise > 0))
        return;
    c->prior_pool = pool;
    if (c->prior_rank > values)
        c->prior_rank = values;
}

/* What a recipe says of the images beside their shape, where it is not the default. */
static const struct {
    const char *name, *comment;
} data_keys[] = {{"class-names", "in the order of labels; part of the release"},
                 {"owners", "whose each image is"},
                 {"owners-key", "of .npz: whose each image is"},
                 {"images-key", "of .npz"},
                 {"labels-key", "of .npz"},
                 {"resize", "pictures are brought to this size"},
                 {"resize-filter", ""},
                 {"crop", "what becomes of pictures of other proportions"},
                 {"grey", "coloured pictures become grey"},
                 {"colour", "grey pictures become coloured"},
                 {"orientation", "what EXIF data say of how pictures lie"}};

static void key_copy(const char *name, const dpdm_train_config *from, dpdm_train_config *to)
{
    char value[DPDM_CLASS_NAMES];
    dpdm_option_get(init_row(name), from, value, sizeof value);
    dpdm_option_set(init_row(name), to, value, NULL);
}

/* Training settings of a preset of that size, the answers over them. */
dpdm_status init_recipe_make(init_interview *talk, dpdm_error *err)
{
    dpdm_train_config settings = dpdm_train_config_default();
    const dpdm_train_config *asked = &talk->config;
    talk->preset = talk->about < FEW ? "small-set" : asked->epsilon < 3 ? "fmnist-cpu-eps1" : "fmnist-cpu";
    const dpdm_preset *preset = dpdm_preset_find(talk->preset, err);
    dpdm_status status = preset ? dpdm_preset_read(preset, &settings, err) : DPDM_EINTERNAL;
    if (status)
        return status;
    /* a start is of one size and number of classes */
    if (settings.height != asked->height || settings.width != asked->width || settings.channels != asked->channels ||
        settings.classes != asked->classes)
        settings.init[0] = '\0';
    double rate = fmin(0.25, settings.batch / (double)talk->about);
    snprintf(settings.data, sizeof settings.data, "%s", asked->data);
    for (size_t i = 0; i < sizeof data_keys / sizeof *data_keys; i++)
        key_copy(data_keys[i].name, asked, &settings);
    settings.height = asked->height;
    settings.width = asked->width;
    settings.channels = asked->channels;
    settings.classes = asked->classes;
    settings.owner.cap = asked->owner.cap;
    settings.epsilon = asked->epsilon;
    settings.delta = asked->delta;
    settings.records = asked->records;
    settings.sampling_rate = asked->records ? 0 : rate;
    settings.batch = floor(rate * (double)talk->about);
    settings.batch = settings.batch < 1 ? 1 : settings.batch;
    network_fit(&settings);
    prior_fit(&settings);
    talk->config = settings;
    return DPDM_OK;
}

static void key_put(FILE *out, const init_interview *talk, const char *name, const char *comment)
{
    const dpdm_option *option = init_row(name);
    char key[64], value[DPDM_CLASS_NAMES];
    dpdm_option_key(name, key, sizeof key);
    dpdm_option_get(option, &talk->config, value, sizeof value);
    int list = option->type == DPDM_OPTION_INT_LIST, text = option->type == DPDM_OPTION_STRING;
    fprintf(out, "%s: %s", key, list ? "[" : text ? "\"" : "");
    for (const char *c = value; *c; c++) /* as YAML has it between double quotes */
        fprintf(out, "%s%c", text && (*c == '"' || *c == '\\') ? "\\" : "", *c);
    fprintf(out, "%s%s%s\n", list ? "]" : text ? "\"" : "", *comment ? "  # " : "", comment);
}

/* Whether the config has another value than the default. */
static int key_stated(const init_interview *talk, const char *name)
{
    const dpdm_train_config plain = dpdm_train_config_default();
    char value[DPDM_CLASS_NAMES], usual[DPDM_CLASS_NAMES];
    dpdm_option_get(init_row(name), &talk->config, value, sizeof value);
    dpdm_option_get(init_row(name), &plain, usual, sizeof usual);
    return strcmp(value, usual) != 0;
}

void init_recipe_put(FILE *out, const char *verb, const init_interview *talk)
{
    const dpdm_train_config *c = &talk->config;
    fprintf(out,
            "# A recipe for 'dpdm train --config', made by 'dpdm %s'. All of it is public: it becomes part of the\n"
            "# release. Nothing in it may be learned from the private images.\n\n# The images\n",
            verb);
    key_put(out, talk, "data", "a folder, a file or a known name; not part of the release");
    key_put(out, talk, "height", "pixels");
    key_put(out, talk, "width", "");
    key_put(out, talk, "channels", "1: grey, 3: colour");
    key_put(out, talk, "classes", "");
    for (size_t i = 0; i < sizeof data_keys / sizeof *data_keys; i++)
        if (key_stated(talk, data_keys[i].name))
            key_put(out, talk, data_keys[i].name, data_keys[i].comment);
    if (c->records)
        key_put(out, talk, "records", "number of images; it is public");
    fprintf(out, "\n# Privacy\n");
    if (c->owner.cap)
        key_put(out, talk, "owner-cap", "so many images of each person count, and people are protected");
    key_put(out, talk, "epsilon", "1 is strict, 10 is lax");
    key_put(out, talk, "delta", "well below 1 / images");
    if (!c->records)
        key_put(out, talk, "sampling-rate", "chance of each image to be in a batch; the number of images is private");
    key_put(out, talk, "batch", "images a step, on average");
    key_put(out, talk, "clip", "bound on the gradient of one image");
    key_put(out, talk, "prior-means-noise", "noise of the class means that are released first");
    if (c->prior_covariance_noise > 0) {
        key_put(out, talk, "prior-covariance-noise", "noise of the covariance that is released next");
        if (c->prior_class_noise > 0)
            key_put(out, talk, "prior-class-noise", "noise of the covariances of the classes, after that");
        key_put(out, talk, "prior-rank", "");
        if (c->prior_pool > 1)
            key_put(out, talk, "prior-pool", "images are shrunk by it for the covariance");
    }
    fprintf(out, "\n# Network and training: those of the preset '%s' ('dpdm presets %s')\n", talk->preset,
            talk->preset);
    if (c->init[0])
        key_put(out, talk, "init", "what the weights start from: made of procedural images, no private ones");
    static const char *const settings[] = {"width-base",
                                           "multipliers",
                                           "blocks",
                                           "attention",
                                           "patch",
                                           "modulation",
                                           "denoiser",
                                           "steps",
                                           "multiplicity",
                                           "label-drop",
                                           "learning-rate",
                                           "learning-rate-warmup",
                                           "learning-rate-final",
                                           "ema"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        key_put(out, talk, settings[i], "");
}

dpdm_status init_recipe_write(const init_interview *talk, const char *path, int overwrite, dpdm_error *err)
{
    dpdm_file_writer writer;
    dpdm_status status = dpdm_file_begin(&writer, path, overwrite, DPDM_FILE_SHARED, err);
    if (status)
        return status;
    init_recipe_put(writer.stream, "init", talk);
    return dpdm_file_commit(&writer, err);
}
