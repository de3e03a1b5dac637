/* card.c - a model card and a data card. What comes from files is escaped, so that it can be no markup. */
#include "report/card.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "dpdm/statement.h"
#include "dpdm/version.h"
#include "report/figure.h"
#include "report/measures.h"
#include "report/sections.h"

/* CommonMark: a backslash before ASCII punctuation makes it plain. */
static void put_text(FILE *out, const char *text)
{
    char *clean = strdup(text);
    if (!clean)
        return;
    dpdm_text_clean_line(clean);
    for (const char *c = clean; *c; c++) {
        if (strchr("\\`*_{}[]<>#|&~!", *c))
            fputc('\\', out);
        fputc(*c, out);
    }
    free(clean);
}

static void put_head(FILE *out, const char *const *lines)
{
    fputs("---\n", out);
    for (; *lines; lines++)
        fprintf(out, "%s\n", *lines);
    fputs("---\n\n", out);
}

static void put_title(FILE *out, const char *title)
{
    fputs("# ", out);
    put_text(out, title);
    fputs("\n\n", out);
}

static const char *images_kind(const dpdm_report_input *input)
{
    return input->model.description.channels == 1   ? "grey"
           : input->model.description.channels == 3 ? "colour"
                                                    : "multi-channel";
}

static void put_classes(FILE *out, const dpdm_report_input *input)
{
    if (!input->class_names) {
        fprintf(out, "Labels run from 0 to %d; the classes have no names.\n\n", input->model.description.classes - 1);
        return;
    }
    fputs("| label | class |\n|---|---|\n", out);
    for (int c = 0; c < input->model.description.classes; c++) {
        char number[16];
        fprintf(out, "| %d | ", c);
        put_text(out, dpdm_report_class(input, c, number));
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

/* ---- privacy ---- */

static void put_claim(FILE *out, const dpdm_report_input *input, const char *what)
{
    if (!input->private_claim) {
        fprintf(out,
                "**No privacy claim.** %s If the training images are private, share neither the model nor its "
                "samples.\n\n",
                input->statement ? "The randomness of the run came from a given seed: it is a test."
                                 : "The model file holds no privacy statement.");
        return;
    }
    fprintf(
        out,
        "%s satisfies **(ε, δ) = (%s, %s) differential privacy** for every single %s among the training images: adding "
        "or removing one changes the chance of every outcome of the training by at most a factor e^ε, but for a "
        "probability δ. This holds for all that is made from the model, however many images are drawn.\n\n",
        what, dpdm_figure_up(input->epsilon).text, dpdm_figure_number(input->delta).text, dpdm_report_unit(input));
    if (!dpdm_report_claim_confirmed(input))
        fputs("**The claim could not be confirmed**: computed again from the stated events, ε is larger or cannot be "
              "proven.\n\n",
              out);
    if (input->curve.count)
        fprintf(
            out,
            "An attack that wrongly accuses one unused %s in a thousand recognises at most %s of the used ones.\n\n",
            dpdm_report_unit(input), dpdm_figure_percent_up(dpdm_report_curve_detection(&input->curve, 0.001)).text);
}

/* The statement in full, as a block that is shown as it is: indented lines hold no markup. */
static dpdm_status put_statement(FILE *out, const dpdm_report_input *input, dpdm_error *err)
{
    const char *json = input->model.statement_json;
    char *text;
    if (!json)
        return DPDM_OK;
    dpdm_status status = dpdm_statement_text(json, strlen(json), "the model", &text, err);
    if (status)
        return status;
    fputs("The statement of the release; `dpdm statement` computes its figures again:\n\n", out);
    for (char *line = text, *end; *line; line = end) {
        end = strchr(line, '\n');
        end = end ? end + 1 : line + strlen(line);
        fprintf(out, "    %.*s", (int)(end - line), line);
    }
    fputc('\n', out);
    free(text);
    return DPDM_OK;
}

/* ---- usefulness ---- */

static void put_share(FILE *out, double share)
{
    fprintf(out, " %s |", isfinite(share) ? dpdm_figure_percent(share).text : "–");
}

static void put_quality(FILE *out, const dpdm_report_input *input)
{
    const cJSON *one;
    if (!input->eval)
        return;
    fputs("## How useful the samples are\n\nComputed from real test images: outside the guarantee. If those images are "
          "private, "
          "take this section out before sharing.\n\n"
          "| classifier, trained on samples only | accuracy | balanced accuracy | AUROC |\n|---|---|---|---|\n",
          out);
    cJSON_ArrayForEach(one, cJSON_GetObjectItemCaseSensitive(input->eval, "classifiers"))
    {
        dpdm_report_measures m = dpdm_report_measure(one);
        fputs("| ", out);
        put_text(out, dpdm_report_classifier(one->string));
        fputs(" |", out);
        put_share(out, m.accuracy);
        put_share(out, m.balanced);
        put_share(out, m.auroc);
        fputc('\n', out);
    }
    fprintf(out, "\nAlways naming the most frequent class of the test images would be right for %s.\n\n",
            dpdm_figure_percent(dpdm_report_measure(input->best).base_rate).text);
}

static const char limits[] =
    "## Limits\n\n"
    "- Differential privacy bounds what can be learned about one %s. What holds for many of them (and for a group of "
    "people as a whole) is in the model, as it is meant to be.\n"
    "- Noise and clipping cost rare classes and small groups most: look at the figures by class before use.\n"
    "- The images are synthetic. They show what is typical, miss variety, and are no evidence about any person; do not "
    "use them for diagnosis or for decisions about people.\n";

static void put_limits(FILE *out, const dpdm_report_input *input)
{
    fprintf(out, limits, dpdm_report_unit(input));
}

/* ---- the cards ---- */

dpdm_status dpdm_report_put_model_card(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err)
{
    static const char *const head[] = {"library_name: dpdm",
                                       "pipeline_tag: unconditional-image-generation",
                                       "tags:",
                                       "- differential-privacy",
                                       "- diffusion",
                                       "- class-conditional",
                                       "- synthetic-data",
                                       NULL};
    const dpdm_network_description *shape = &input->model.description;
    put_head(out, head);
    put_title(out, title);
    fprintf(
        out,
        "A diffusion model that draws labelled %s images of %d x %d pixels (width x height) in %d %s, made with dpdm "
        "%s. It has %s parameters.\n\n",
        images_kind(input), shape->width, shape->height, shape->classes, shape->classes == 1 ? "class" : "classes",
        dpdm_version(), dpdm_figure_count(dpdm_network_parameters(input->model.network)).text);
    put_classes(out, input);
    fputs("## Privacy\n\n", out);
    put_claim(out, input, "The model");
    dpdm_status status = put_statement(out, input, err);
    if (status)
        return status;
    fputs("## Use\n\n```sh\ndpdm statement model.safetensors\n"
          "dpdm sample model.safetensors --count 10000 --out synthetic.npz --grid grid.png\n```\n\n"
          "The file is in the safetensors format; dpdm's docs/network.md names its tensors.\n\n",
          out);
    put_quality(out, input);
    put_limits(out, input);
    return DPDM_OK;
}

dpdm_status dpdm_report_put_data_card(FILE *out, const dpdm_report_input *input, const char *title, dpdm_error *err)
{
    static const char *const head[] = {"annotations_creators:",
                                       "- machine-generated",
                                       "task_categories:",
                                       "- image-classification",
                                       "tags:",
                                       "- synthetic",
                                       "- differential-privacy",
                                       NULL};
    const dpdm_network_description *shape = &input->model.description;
    (void)err;
    put_head(out, head);
    put_title(out, title);
    fprintf(
        out,
        "Synthetic labelled %s images of %d x %d pixels (width x height), each drawn by a diffusion model, none "
        "copied from its training data.\n\n## Format\n\nOne .npz file: `images` uint8 [N%s], `labels` int64 [N].\n\n",
        images_kind(input), shape->width, shape->height,
        shape->channels == 1 ? ", height, width" : ", height, width, channels");
    put_classes(out, input);
    fputs("## How it was made\n\n```sh\ndpdm sample model.safetensors --count N --out synthetic.npz\n```\n\n## "
          "Privacy\n\n",
          out);
    put_claim(out, input, "The model that drew the images");
    put_quality(out, input);
    put_limits(out, input);
    return DPDM_OK;
}
