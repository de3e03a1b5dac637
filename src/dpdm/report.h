/* report.h - what a run gave, as one HTML file for people.
 *
 * The page needs nothing else: pictures and style are inside, and it asks the browser to fetch nothing. It holds the
 * claim and the privacy statement of the release, samples, figures and previews of the training, the settings, and,
 * where given, figures of `dpdm eval`. All but those figures is public: the release or post-processing of it. The figures
 * come from real test images; the page says that they are outside the guarantee. Only where asked it shows real training
 * images, and then is for their owner alone. docs/report.md. */
#ifndef DPDM_REPORT_H
#define DPDM_REPORT_H

#include "dpdm/model.h"
#include "dpdm/reading.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *run;        /* a run folder of dpdm train that is finished, or a model file alone */
    const char *grid;       /* PNG of samples to show; NULL: samples are drawn here, always the same ones */
    const char *eval;       /* JSON of `dpdm eval --json`; NULL: none */
    const char *neighbours; /* data SPEC of the real training images: shows those nearest to some samples, which makes
                               the page PRIVATE (it is marked, and readable by its owner only); NULL: none */
    const dpdm_reading_options *reading; /* of neighbours; NULL, or no rule: by the rule of the model */
    const char *data_dir;                /* where known names are looked up first; may be NULL */
    const char *title;                   /* NULL: made from the kind of model */
    const char *class_names; /* names of the classes in order, with commas between; NULL: those of the model, if any */
    const char *out;         /* the HTML file */
    const char *twin;        /* the same figures as JSON (docs/report.schema.json); NULL: not written */
    const char *model_card;  /* Markdown for a model repository, in the form of Hugging Face's hub; NULL: not written */
    const char *data_card;   /* the same for a synthetic set drawn from the model; NULL: not written */
    int overwrite;           /* replace files that exist; else DPDM_EEXIST */
    int threads;             /* for drawing samples; 0: all. Changes nothing in the page */
    dpdm_progress_fn progress; /* while samples are drawn; may be NULL; a non-zero answer stops with DPDM_ECANCELLED */
    void *context;
} dpdm_report_request;

/* What the page says, for programs. */
typedef struct {
    int private_claim;     /* the release carries a privacy claim (it was not seeded, and has a statement) */
    int claim_confirmed;   /* the claimed epsilon is not below what the accountant computes from the stated events */
    double epsilon, delta; /* as claimed; NaN without a claim */
    int private_images;    /* the page shows real training images */
    int previews;          /* how many previews of the training were shown */
} dpdm_report_summary;

/* Writes the page, and what else was asked for, each beside its name, and renames them once all are complete. Nothing of an input is believed or becomes markup. DPDM_ENOENT: no
 * finished run there; DPDM_EFORMAT, naming the file: damaged, or of another data set than the model; DPDM_EUSAGE: as
 * many class names as classes are needed. summary: may be NULL. */
DPDM_API dpdm_status dpdm_report_write(const dpdm_report_request *request, dpdm_report_summary *summary,
                                       dpdm_error *err);

#ifdef __cplusplus
}
#endif
#endif
