/* selfcheck.c - the list of checks: each tries one claim of a private step on neighbouring made-up data sets. */
#include "audit/selfcheck.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "audit/selfcheck_compare.h"
#include "audit/selfcheck_training.h"
#include "base/print.h"
#include "train/tune.h"

enum { CHECK_MIDDLE = 5, CHECK_LAST = SELFCHECK_IMAGES - 1, CHECK_MORE = SELFCHECK_IMAGES };

typedef dpdm_status (*check_fn)(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);

static dpdm_status check_one_more(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_one_less(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_replaced(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_owner(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_rare_class(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_not_finite(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_norm(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_one_image(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_empty_set(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_empty_batch(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_noise(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_divisor(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_threads(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_again(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);
static dpdm_status check_stopped(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err);

static const struct {
    const char *name, *claim;
    check_fn run;
    int every; /* tried with every part that can be trained, not with the whole network alone */
} checks[] = {
    {"one-more", "One image more moves the sum by its own vector, of norm at most 2^s, and changes nothing else",
     check_one_more, 1},
    {"one-less", "One image less moves the sum by its own vector, of norm at most 2^s, and changes nothing else",
     check_one_less, 0},
    {"replaced", "Another image in the place of one changes nothing but these two vectors", check_replaced, 1},
    {"owner", "A person with all images moves the sum by at most M vectors, each of norm at most 2^s, and nothing else",
     check_owner, 0},
    {"rare-class", "The only image of a class is like any other", check_rare_class, 0},
    {"not-finite", "An image whose gradient is NaN or infinite adds exactly zero and spoils nothing", check_not_finite,
     1},
    {"norm", "No image adds more than 2^s, whatever the size of its gradient", check_norm, 1},
    {"one-image", "A set of one image is like any other", check_one_image, 0},
    {"empty-set", "A set of no images gets the noise that any set gets", check_empty_set, 0},
    {"empty-batch", "A batch of no images gets the noise that any batch gets", check_empty_batch, 0},
    {"noise", "Each step and each key have noise of their own, the exact one of their streams", check_noise, 0},
    {"divisor", "The release is the noised sum times C / (2^s B), with the public B whatever the batch", check_divisor,
     0},
    {"threads", "Any number of threads gives the same bits", check_threads, 1},
    {"again", "A step run twice gives the same bits", check_again, 0},
    {"stopped", "A step given up shows nothing, and run again gives the bits of one never stopped", check_stopped, 0},
    {"after-release", "Weights, moments and average follow from the released vectors alone", selfcheck_training, 1},
};

enum { CHECKS = sizeof checks / sizeof *checks };

size_t dpdm_selfcheck_count(void)
{
    return CHECKS;
}

dpdm_status dpdm_selfcheck_run(const dpdm_selfcheck_options *options, dpdm_selfcheck_result *results, dpdm_error *err)
{
    dpdm_selfcheck_subject own = {0};
    return dpdm_selfcheck_run_subject(options, &own, results, err);
}

/* All checks on trainings of one task, or, where only a part of the network is trained, those that see what is trained. What
 * failed with one before stays as it was noted. */
static dpdm_status selfcheck_task(const dpdm_selfcheck_options *options, const dpdm_selfcheck_subject *subject,
                                  dpdm_task_kind task, dpdm_tune_kind tune, dpdm_selfcheck_result *results,
                                  dpdm_error *err)
{
    selfcheck_lab lab;
    dpdm_status status = selfcheck_lab_open(options, subject, task, tune, &lab, err);
    for (size_t i = 0; !status && i < CHECKS; i++) {
        if (tune != DPDM_TUNE_ALL && !checks[i].every)
            continue;
        const int before = results[i].passed;
        status = checks[i].run(&lab, &results[i], err);
        if (status)
            dpdm_error_prefix(err, status, "self-check '%s'", checks[i].name);
        if (before && !results[i].passed && (task != DPDM_TASK_DIFFUSION || tune != DPDM_TUNE_ALL)) {
            dpdm_selfcheck_result said = results[i];
            snprintf(results[i].detail, sizeof results[i].detail, "%s, tune %s: %.200s",
                     dpdm_task_of(&lab.config)->name, dpdm_tune_choices[tune], said.detail);
        }
    }
    selfcheck_lab_close(&lab);
    return status;
}

dpdm_status dpdm_selfcheck_run_subject(const dpdm_selfcheck_options *options, const dpdm_selfcheck_subject *subject,
                                       dpdm_selfcheck_result *results, dpdm_error *err)
{
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; i < CHECKS; i++)
        results[i] = (dpdm_selfcheck_result){.name = checks[i].name, .claim = checks[i].claim, .passed = 1};
    for (int task = DPDM_TASK_DIFFUSION; !status && task < DPDM_TASKS; task++)
        status = selfcheck_task(options, subject, (dpdm_task_kind)task, DPDM_TUNE_ALL, results, err);
    for (int tune = DPDM_TUNE_ATTENTION; !status && tune <= DPDM_TUNE_ADAPTER; tune++)
        status = selfcheck_task(options, subject, DPDM_TASK_DIFFUSION, (dpdm_tune_kind)tune, results, err);
    return status;
}

/* What was seen, for people; a failure noted before stands. */
static void check_note(dpdm_selfcheck_result *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void check_note(dpdm_selfcheck_result *result, const char *format, ...)
{
    if (!result->passed)
        return;
    va_list args;
    va_start(args, format);
    dpdm_print_list(result->detail, sizeof result->detail, format, args);
    va_end(args);
}

/* One step of a case, sound in itself. */
static dpdm_status check_step(const selfcheck_lab *lab, const selfcheck_case *what, uint64_t number,
                              selfcheck_trial *trial, dpdm_selfcheck_result *result, dpdm_error *err)
{
    dpdm_status status = selfcheck_trial_open(lab, what, trial, err);
    if (!status)
        status = selfcheck_trial_run(trial, number, NULL, NULL, err);
    return status ? status : selfcheck_sound(trial, result, err);
}

/* One step of two neighbouring cases; *moved (if not NULL) receives how far apart their sums are, in units of 2^s. */
static dpdm_status check_pair(const selfcheck_lab *lab, const selfcheck_case *first, const selfcheck_case *second,
                              uint64_t odd, uint64_t number, double *moved, dpdm_selfcheck_result *result,
                              dpdm_error *err)
{
    selfcheck_trial a = {0}, b = {0};
    dpdm_status status = check_step(lab, first, number, &a, result, err);
    if (!status)
        status = check_step(lab, second, number, &b, result, err);
    if (!status)
        status = selfcheck_neighbours(&a, &b, odd, result, err);
    if (!status && moved)
        *moved = selfcheck_moved(&a, &b);
    selfcheck_trial_close(&b);
    selfcheck_trial_close(&a);
    return status;
}

/* A pair at a step that has the odd record in its batch and at one that does not. */
static dpdm_status check_in_and_out(const selfcheck_lab *lab, const selfcheck_case *first, const selfcheck_case *second,
                                    uint64_t odd, dpdm_selfcheck_result *result, dpdm_error *err)
{
    double in = 0, out = 0;
    dpdm_status status = check_pair(lab, first, second, odd, selfcheck_step_with(lab, odd, 1), &in, result, err);
    if (!status)
        status = check_pair(lab, first, second, odd, selfcheck_step_with(lab, odd, 0), &out, result, err);
    if (status)
        return status;
    if (in == 0)
        selfcheck_fail(result, "the image was chosen and the sum did not move: the check sees nothing");
    if (out != 0)
        selfcheck_fail(result, "the image was not chosen and the sum moved by %.3g of 2^s", out);
    check_note(result, "chosen: the sum moved by %.6f of 2^s; not chosen: by 0", in);
    return DPDM_OK;
}

static dpdm_status check_one_more(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case without = selfcheck_usual(lab), with = without;
    with.records++;
    return check_in_and_out(lab, &without, &with, CHECK_MORE, result, err);
}

/* The last one leaves. One in the middle cannot leave without the numbers of those after it moving, and their streams
 * with them (the batch is as likely either way); it is put out of action by a gradient that is not finite. */
static dpdm_status check_one_less(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case with = selfcheck_usual(lab), without = with, silenced = with;
    without.records--;
    silenced.ill = CHECK_MIDDLE;
    silenced.illness = SELFCHECK_NAN_VALUE;
    dpdm_status status = check_in_and_out(lab, &with, &silenced, CHECK_MIDDLE, result, err);
    return status ? status : check_in_and_out(lab, &with, &without, CHECK_LAST, result, err);
}

static dpdm_status check_replaced(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case before = selfcheck_usual(lab), after = before;
    after.replaced = CHECK_MIDDLE;
    return check_in_and_out(lab, &before, &after, CHECK_MIDDLE, result, err);
}

/* A step with a person and without, by the rule of owner-cap. *moved: by how much of 2^s; *seen: that person's images in
 * the batch. */
static dpdm_status check_owner_pair(const selfcheck_lab *lab, const selfcheck_case *with, const selfcheck_case *without,
                                    uint64_t owner, uint64_t number, double *moved, int *seen,
                                    dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_trial a = {0}, b = {0};
    *seen = 0;
    dpdm_status status = check_step(lab, with, number, &a, result, err);
    if (!status)
        status = check_step(lab, without, number, &b, result, err);
    if (!status)
        status = selfcheck_neighbours_owner(&a, &b, owner, with->cap, result, err);
    if (!status)
        *moved = selfcheck_moved(&a, &b);
    for (uint64_t i = 0; !status && i < SELFCHECK_ROOM; i++)
        *seen += selfcheck_owner(i) == owner && selfcheck_trial_find(&a, i) >= 0;
    selfcheck_trial_close(&b);
    selfcheck_trial_close(&a);
    return status;
}

/* A person with images all over the data is put out of action; one whose images end the data leaves. At rate 1 as many
 * of the first one's images must count as the cap allows. */
static dpdm_status check_owner(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    enum { CAP = 3, STEPS = 2 };
    const uint64_t first = 0, last = selfcheck_owner(CHECK_LAST);
    selfcheck_case with = selfcheck_usual(lab);
    with.cap = CAP;
    selfcheck_case without = with, all = with, none, shorter = with;
    without.absent = 1;
    all.rate = 1;
    none = all;
    none.absent = 1;
    while (shorter.records && selfcheck_owner(shorter.records - 1) == last)
        shorter.records--;
    double moved = 0, most = 0;
    int seen = 0;
    dpdm_status status = check_owner_pair(lab, &all, &none, first, 0, &most, &seen, result, err);
    if (!status && seen != CAP)
        selfcheck_fail(result, "%d of a person's %d images count, not %d", seen, SELFCHECK_OWNED, CAP);
    if (!status && !(most > 1e-3 && most <= CAP))
        selfcheck_fail(result, "a person moved the sum by %.3g of 2^s, with a cap of %d images", most, CAP);
    for (uint64_t number = 0; !status && number < STEPS; number++) {
        status = check_owner_pair(lab, &with, &without, first, number, &moved, &seen, result, err);
        if (!status && (seen == 0) != (moved == 0))
            selfcheck_fail(result, "%d images of a person were chosen and the sum moved by %.3g of 2^s", seen, moved);
        if (!status)
            status = check_owner_pair(lab, &with, &shorter, last, number, &moved, &seen, result, err);
    }
    check_note(result, "%d of %d images of a person count; they moved the sum by %.6f of 2^s", CAP, SELFCHECK_OWNED,
               most);
    return status;
}

static dpdm_status check_rare_class(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case common = selfcheck_usual(lab), rare = common, without = common;
    rare.rare = CHECK_LAST;
    without.records--;
    dpdm_status status = check_in_and_out(lab, &common, &rare, CHECK_LAST, result, err);
    return status ? status : check_in_and_out(lab, &without, &rare, CHECK_LAST, result, err);
}

/* A sick record in the middle and at the end, where the step must be the very one of a set without it. */
static dpdm_status check_not_finite(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    static const selfcheck_illness illnesses[] = {SELFCHECK_NAN_VALUE, SELFCHECK_INFINITE_VALUE, SELFCHECK_NAN_IMAGE};
    selfcheck_case well = selfcheck_usual(lab), shorter = well;
    well.rate = shorter.rate = 1;
    shorter.records--;
    dpdm_status status = DPDM_OK;
    for (size_t i = 0; !status && i < sizeof illnesses / sizeof *illnesses; i++) {
        selfcheck_case middle = well, last = well;
        middle.illness = last.illness = illnesses[i];
        middle.ill = CHECK_MIDDLE;
        last.ill = CHECK_LAST;
        status = check_pair(lab, &well, &middle, CHECK_MIDDLE, 0, NULL, result, err);
        double moved = 0;
        if (!status)
            status = check_pair(lab, &shorter, &last, CHECK_LAST, 0, &moved, result, err);
        if (moved != 0)
            selfcheck_fail(result, "a sick image moved the sum by %.3g of 2^s", moved);
    }
    check_note(result, "a NaN, an infinity and an image of NaNs add 0");
    return status;
}

/* Clips far below and far above the gradients, and a gradient of the largest floats: sound steps all. */
static dpdm_status check_norm(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    static const double clips[] = {0x1p-20, 0x1p-3, 0x1p10};
    uint64_t above[3] = {0};
    dpdm_status status = DPDM_OK;
    for (int i = 0; !status && i < 3; i++) {
        selfcheck_trial trial = {0};
        selfcheck_case what = selfcheck_usual(lab);
        what.rate = 1;
        what.clip = clips[i];
        status = check_step(lab, &what, 0, &trial, result, err);
        for (uint64_t k = 0; k < trial.seen.selected; k++)
            above[i] += trial.norms[k] > clips[i];
        selfcheck_trial_close(&trial);
    }
    selfcheck_case well = selfcheck_usual(lab), huge = well;
    well.rate = huge.rate = 1;
    huge.ill = CHECK_MIDDLE;
    huge.illness = SELFCHECK_HUGE;
    if (!status)
        status = check_pair(lab, &well, &huge, CHECK_MIDDLE, 0, NULL, result, err);
    if (!status && (above[0] == 0 || above[2] == SELFCHECK_IMAGES))
        selfcheck_fail(result, "no gradient was clipped, or none was not: the check sees nothing");
    check_note(result, "%" PRIu64 ", %" PRIu64 " and %" PRIu64 " of %d gradients clipped at C = 2^-20, 2^-3 and 2^10",
               above[0], above[1], above[2], SELFCHECK_IMAGES);
    return status;
}

static dpdm_status check_one_image(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case none = selfcheck_usual(lab), one = none;
    none.records = 0;
    one.records = 1;
    return check_in_and_out(lab, &none, &one, 0, result, err);
}

/* A batch of nobody: a sum of zeros, and the noise of a batch of all. */
static dpdm_status check_nobody(const selfcheck_lab *lab, const selfcheck_case *what, dpdm_selfcheck_result *result,
                                dpdm_error *err)
{
    selfcheck_case all = selfcheck_usual(lab);
    all.rate = 1;
    selfcheck_trial empty = {0}, full = {0};
    dpdm_status status = check_step(lab, what, 0, &empty, result, err);
    if (!status)
        status = check_step(lab, &all, 0, &full, result, err);
    size_t n = lab->parameters;
    if (!status && (empty.seen.selected != 0 || full.seen.selected != SELFCHECK_IMAGES))
        selfcheck_fail(result, "batches of %" PRIu64 " and %" PRIu64 ", not of nobody and of all", empty.seen.selected,
                       full.seen.selected);
    for (size_t k = 0; !status && k < n; k++)
        if (empty.sum[k] != 0 || empty.noised[k] != full.noised[k] - full.sum[k]) {
            selfcheck_fail(result, "coordinate %zu: not the noise of a full batch", k);
            break;
        }
    selfcheck_trial_close(&full);
    selfcheck_trial_close(&empty);
    check_note(result, "the noise of a batch of %d, bit for bit", SELFCHECK_IMAGES);
    return status;
}

static dpdm_status check_empty_set(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case none = selfcheck_usual(lab);
    none.records = 0;
    return check_nobody(lab, &none, result, err);
}

static dpdm_status check_empty_batch(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case unlucky = selfcheck_usual(lab);
    unlucky.rate = 0x1p-60;
    return check_nobody(lab, &unlucky, result, err);
}

/* Sound steps have the noise of their key and step; here, that it is not one noise for all. */
static dpdm_status check_noise(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case none = selfcheck_usual(lab);
    none.records = 0;
    selfcheck_lab other = *lab;
    dpdm_key_derive(&other.key, &lab->key, "another key");
    selfcheck_trial first = {0}, second = {0}, third = {0};
    dpdm_status status = check_step(lab, &none, 0, &first, result, err);
    if (!status)
        status = check_step(lab, &none, 1, &second, result, err);
    if (!status)
        status = check_step(&other, &none, 0, &third, result, err);
    size_t bytes = lab->parameters * sizeof *first.noised;
    if (!status && !memcmp(first.noised, second.noised, bytes))
        selfcheck_fail(result, "steps 0 and 1 have the same noise");
    if (!status && !memcmp(first.noised, third.noised, bytes))
        selfcheck_fail(result, "two keys have the same noise");
    selfcheck_trial_close(&third);
    selfcheck_trial_close(&second);
    selfcheck_trial_close(&first);
    check_note(result, "%zu coordinates as the sampler draws them", lab->parameters);
    return status;
}

/* Sound steps have the release of the public B; here, with batches of several sizes. */
static dpdm_status check_divisor(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    static const double rates[] = {0.5, 1, 0x1p-60};
    uint64_t sizes[3] = {0};
    double batch = 0;
    dpdm_status status = DPDM_OK;
    for (int i = 0; !status && i < 3; i++) {
        selfcheck_trial trial = {0};
        selfcheck_case what = selfcheck_usual(lab);
        what.rate = rates[i];
        status = check_step(lab, &what, 0, &trial, result, err);
        sizes[i] = trial.seen.selected;
        batch = trial.mechanism.batch;
        selfcheck_trial_close(&trial);
    }
    check_note(result, "batches of %" PRIu64 ", %" PRIu64 " and %" PRIu64 " divided by %g", sizes[0], sizes[1],
               sizes[2], batch);
    return status;
}

static dpdm_status check_threads(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    int most = lab->threads < 2 ? 2 : lab->threads;
    selfcheck_case what = selfcheck_usual(lab);
    what.threads = 1;
    selfcheck_trial alone = {0};
    dpdm_status status = check_step(lab, &what, 0, &alone, result, err);
    for (int threads = 2; !status && threads <= most;
         threads = threads < most && 2 * threads > most ? most : 2 * threads) {
        selfcheck_trial together = {0};
        what.threads = threads;
        status = check_step(lab, &what, 0, &together, result, err);
        if (!status)
            selfcheck_same(&alone, &together, result);
        selfcheck_trial_close(&together);
    }
    selfcheck_trial_close(&alone);
    check_note(result, "1 to %d threads", most);
    return status;
}

static dpdm_status check_again(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case what = selfcheck_usual(lab);
    selfcheck_trial once = {0}, again = {0};
    dpdm_status status = check_step(lab, &what, 0, &once, result, err);
    if (!status)
        status = check_step(lab, &what, 1, &again, result, err);
    if (!status)
        status = selfcheck_trial_run(&again, 0, NULL, NULL, err);
    if (!status)
        status = selfcheck_sound(&again, result, err);
    if (!status)
        selfcheck_same(&once, &again, result);
    selfcheck_trial_close(&again);
    selfcheck_trial_close(&once);
    check_note(result, "step 0, and step 0 after step 1");
    return status;
}

static int check_countdown(void *context)
{
    int *left = context;
    return --*left <= 0;
}

/* With several threads the first may find nothing left to do and not be asked: then the step is a whole one. */
static dpdm_status check_stop_at(const selfcheck_lab *lab, const selfcheck_trial *whole, int asked,
                                 dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_trial trial = {0};
    dpdm_status status = selfcheck_trial_open(lab, &whole->what, &trial, err);
    if (!status) {
        int left = asked;
        status = selfcheck_trial_run(&trial, whole->number, check_countdown, &left, err);
        if (!status && whole->what.threads == 1)
            selfcheck_fail(result, "the step did not stop when told to");
        for (size_t k = 0; status == DPDM_ECANCELLED && k < lab->parameters; k++)
            if (trial.out[k] != 0)
                selfcheck_fail(result, "a step given up has written a release");
        if (status == DPDM_ECANCELLED)
            status = selfcheck_trial_run(&trial, whole->number, NULL, NULL, err);
    }
    if (!status)
        selfcheck_same(whole, &trial, result);
    selfcheck_trial_close(&trial);
    return status;
}

static dpdm_status check_stopped(const selfcheck_lab *lab, dpdm_selfcheck_result *result, dpdm_error *err)
{
    selfcheck_case what = selfcheck_usual(lab);
    what.rate = 1;
    selfcheck_trial whole = {0};
    dpdm_status status = check_step(lab, &what, 2, &whole, result, err);
    for (int asked = 1; !status && asked <= 7; asked += 3)
        status = check_stop_at(lab, &whole, asked, result, err);
    selfcheck_trial_close(&whole);
    check_note(result, "stopped at the 1st, 4th and 7th group of images");
    return status;
}
