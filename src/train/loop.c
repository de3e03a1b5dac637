/* loop.c - see loop.h. */
#include "train/loop.h"

#include <stdio.h>
#include "base/clock.h"
#include "base/file.h"

enum { LOOP_SAVE_SECONDS = 60 };

int dpdm_loop_report(dpdm_loop *loop)
{
    if (!loop->progress)
        return 0;
    loop->shown.seconds = dpdm_clock_seconds() - loop->started;
    const int stop = loop->progress(loop->context, &loop->shown);
    loop->shown.note[0] = '\0';
    return stop;
}

static dpdm_status loop_save(dpdm_loop *loop, dpdm_error *err)
{
    loop->saved = dpdm_clock_seconds();
    loop->saved_step = loop->state->step;
    return loop->saved_as ? dpdm_run_state_save(loop->saved_as, loop->state, err) : DPDM_OK;
}

static int loop_save_due(const dpdm_loop *loop)
{
    if (loop->save_every)
        return loop->state->step % loop->save_every == 0;
    return dpdm_clock_seconds() - loop->saved >= LOOP_SAVE_SECONDS;
}

static dpdm_status loop_draw(dpdm_loop *loop, const char *path, dpdm_error *err)
{
    dpdm_key key;
    dpdm_key_derive(&key, &loop->state->key, "preview");
    dpdm_status status = dpdm_folder_create(loop->previews, err);
    if (!status)
        status = loop->draw(loop->owner, &key, path, err);
    dpdm_key_wipe(&key);
    return status;
}

/* A picture that cannot be drawn or written ends nothing: it is noted. The state is saved first, so that nothing is lost
 * either if drawing takes the process with it. */
static dpdm_status loop_preview(dpdm_loop *loop, dpdm_error *err)
{
    const uint64_t step = loop->state->step;
    if (!loop->saved_as || !loop->preview_every || (step % loop->preview_every != 0 && step != loop->steps))
        return DPDM_OK;
    char path[DPDM_PATH + 64];
    dpdm_error failure;
    snprintf(path, sizeof path, "%s/step-%08llu.png", loop->previews, (unsigned long long)step);
    dpdm_status status = loop->saved_step == step ? DPDM_OK : loop_save(loop, err);
    if (!status && loop_draw(loop, path, &failure))
        snprintf(loop->shown.note, sizeof loop->shown.note, "no preview of step %llu: %.300s", (unsigned long long)step,
                 failure.message);
    return status;
}

dpdm_status dpdm_loop_run(dpdm_loop *loop, dpdm_error *err)
{
    const dpdm_run_state *state = loop->state;
    loop->started = loop->saved = dpdm_clock_seconds();
    loop->saved_step = state->step;
    loop->shown.steps = loop->steps;
    loop->shown.step = state->step;
    int stop = dpdm_loop_report(loop);
    while (state->step < loop->steps) {
        dpdm_status status = loop->step(loop->owner, stop, err);
        if (status == DPDM_ECANCELLED) {
            status = loop_save(loop, err);
            return status ? status : DPDM_ECANCELLED;
        }
        loop->shown.step = state->step;
        if (!status && loop->done)
            status = loop->done(loop->owner, err);
        if (!status)
            status = loop_preview(loop, err);
        if (!status && loop_save_due(loop))
            status = loop_save(loop, err);
        if (status)
            return status;
        stop = dpdm_loop_report(loop);
    }
    return loop->saved_step == state->step ? DPDM_OK : loop_save(loop, err);
}
