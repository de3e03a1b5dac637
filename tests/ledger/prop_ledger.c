/* prop_ledger.c - random operations by several handles against a model that is a plain list: every answer, every state
 * and every figure must be the model's. */
#include "ledger/support.h"

#include <stdio.h>
#include <string.h>
#include "dpdm/rng.h"
#include "ledger/dying_vfs.h"

enum { SETS = 2, RUNS = 12, HANDLES = 3, OPERATIONS = 120, GAMES = 8 };

typedef struct {
    int made, set;
    dpdm_event event;
    dpdm_ledger_state state;
    uint64_t id;
    uint8_t release;
} model_run;

typedef struct {
    double budget[SETS];
    model_run runs[RUNS];
    uint64_t entries;
} model;

static const char *const names[SETS] = {"a", "b"};

static double model_spent(const model *m, int set, const dpdm_event *extra)
{
    dpdm_event events[RUNS + 1];
    size_t count = 0;
    dpdm_bound bound;
    for (int i = 0; i < RUNS; i++)
        if (m->runs[i].made && m->runs[i].set == set && m->runs[i].state != DPDM_LEDGER_CANCELLED)
            events[count++] = m->runs[i].event;
    if (extra)
        events[count++] = *extra;
    SUPPORT_GOOD(dpdm_account(events, count, 1e-5, DPDM_ACCOUNTANT_RDP, &bound, NULL));
    return bound.epsilon_upper;
}

static dpdm_status model_reserve(model *m, int run, int set, const dpdm_event *event)
{
    model_run *r = &m->runs[run];
    if (r->made) {
        int same = r->set == set && r->event.noise_multiplier == event->noise_multiplier;
        return same && r->state != DPDM_LEDGER_CANCELLED ? DPDM_OK : DPDM_ESTATE;
    }
    if (!(model_spent(m, set, event) <= m->budget[set]))
        return DPDM_EBUDGET;
    *r = (model_run){.made = 1, .set = set, .event = *event, .id = ++m->entries};
    return DPDM_OK;
}

static dpdm_status model_change(model *m, int run, dpdm_ledger_state to, uint8_t release)
{
    model_run *r = &m->runs[run];
    if (!r->made)
        return DPDM_ENOENT;
    if (r->state == to)
        return to == DPDM_LEDGER_FINISHED && r->release != release ? DPDM_ESTATE : DPDM_OK;
    int live = r->state == DPDM_LEDGER_RESERVED || r->state == DPDM_LEDGER_RUNNING;
    if (to == DPDM_LEDGER_RUNNING && r->state == DPDM_LEDGER_FINISHED)
        return DPDM_OK;
    int good = (to == DPDM_LEDGER_RUNNING && (live || r->state == DPDM_LEDGER_ABANDONED)) ||
               (to == DPDM_LEDGER_FINISHED && r->state == DPDM_LEDGER_RUNNING) ||
               (to == DPDM_LEDGER_ABANDONED && live) ||
               (to == DPDM_LEDGER_CANCELLED && r->state == DPDM_LEDGER_RESERVED);
    if (!good)
        return DPDM_ESTATE;
    r->state = to;
    r->release = release;
    m->entries++;
    return DPDM_OK;
}

static void play_reserve(dpdm_ledger *ledger, model *m, dpdm_stream *dice)
{
    int run = (int)dpdm_stream_below(dice, RUNS), set = (int)dpdm_stream_below(dice, SETS);
    dpdm_event event = {1, 6 + (double)dpdm_stream_below(dice, 3), 1};
    dpdm_ledger_request request = {.data_set = names[set], .run = {(uint8_t)run}, .events = &event, .event_count = 1};
    dpdm_ledger_receipt receipt;
    if (m->runs[run].made && dpdm_stream_below(dice, 2)) { /* as a resumed run does */
        request.data_set = names[m->runs[run].set];
        event = m->runs[run].event;
        set = m->runs[run].set;
    }
    int fresh = !m->runs[run].made;
    dpdm_status expected = model_reserve(m, run, set, &event);
    assert_int_equal(dpdm_ledger_reserve(ledger, &request, &receipt, NULL), expected);
    if (!expected) {
        assert_int_equal(receipt.id, m->runs[run].id);
        assert_int_equal(receipt.fresh, fresh);
        assert_int_equal(receipt.state, m->runs[run].state);
    }
}

static void play_change(dpdm_ledger *ledger, model *m, dpdm_stream *dice)
{
    int run = (int)dpdm_stream_below(dice, RUNS);
    dpdm_ledger_state to = (dpdm_ledger_state)(1 + dpdm_stream_below(dice, 4));
    uint8_t release[32] = {(uint8_t)dpdm_stream_below(dice, 2)};
    uint64_t id = m->runs[run].made ? m->runs[run].id : 1000000;
    dpdm_status expected = model_change(m, run, to, to == DPDM_LEDGER_FINISHED ? release[0] : m->runs[run].release);
    dpdm_status found = to == DPDM_LEDGER_RUNNING     ? dpdm_ledger_run(ledger, id, NULL, NULL)
                        : to == DPDM_LEDGER_FINISHED  ? dpdm_ledger_finish(ledger, id, release, NULL)
                        : to == DPDM_LEDGER_ABANDONED ? dpdm_ledger_abandon(ledger, id, "because", NULL)
                                                      : dpdm_ledger_cancel(ledger, id, "because", NULL);
    assert_int_equal(found, expected);
}

static void compare(dpdm_ledger *ledger, const model *m)
{
    const dpdm_ledger_contents *contents;
    size_t seen = 0;
    for (int set = 0; set < SETS; set++) {
        dpdm_bound bound;
        SUPPORT_GOOD(dpdm_ledger_spent(ledger, names[set], &bound, NULL));
        double spent = model_spent(m, set, NULL);
        assert_true(bound.epsilon_upper >= spent * (1 - 1e-12) && bound.epsilon_upper <= spent * (1 + 1e-12));
        assert_true(bound.epsilon_upper <= m->budget[set]);
    }
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->entries, m->entries);
    for (int i = 0; i < RUNS; i++) {
        if (!m->runs[i].made)
            continue;
        seen++;
        size_t at = 0;
        while (at < contents->reservation_count && contents->reservations[at].id != m->runs[i].id)
            at++;
        assert_true(at < contents->reservation_count);
        assert_int_equal(contents->reservations[at].state, m->runs[i].state);
    }
    assert_int_equal(contents->reservation_count, seen);
}

static void a_ledger_is_its_model(void **state)
{
    const support_place *place = *state;
    for (unsigned game = 0; game < GAMES; game++) {
        dpdm_key key;
        dpdm_stream dice;
        dpdm_key_from_seed(&key, game);
        dpdm_stream_init(&dice, &key, DPDM_PURPOSE_TEST, 0, 0);
        model m = {.budget = {1.2, 2}, .entries = 1 + SETS};
        dpdm_ledger *handles[HANDLES] = {0};
        handles[0] = support_open(place, DPDM_LEDGER_CREATE);
        for (int set = 0; set < SETS; set++) {
            dpdm_ledger_data_set data_set = support_data_set(names[set], m.budget[set]);
            SUPPORT_GOOD(dpdm_ledger_add(handles[0], &data_set, NULL));
        }
        for (int i = 0; i < OPERATIONS; i++) {
            dpdm_ledger **handle = &handles[dpdm_stream_below(&dice, HANDLES)];
            if (!*handle)
                *handle = support_open(place, DPDM_LEDGER_WRITE);
            uint64_t what = dpdm_stream_below(&dice, 10);
            if (what < 3)
                play_reserve(*handle, &m, &dice);
            else if (what < 9)
                play_change(*handle, &m, &dice);
            else {
                dpdm_ledger_close(*handle);
                *handle = NULL;
                continue;
            }
            if (i % 10 == 0)
                compare(*handle, &m);
        }
        if (!handles[0])
            handles[0] = support_open(place, DPDM_LEDGER_READ);
        compare(handles[0], &m);
        SUPPORT_GOOD(dpdm_ledger_verify(handles[0], NULL, NULL));
        for (int i = 0; i < HANDLES; i++)
            dpdm_ledger_close(handles[i]);
        support_place_clear(place);
    }
}

int main(void)
{
    dying_vfs_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_ledger_is_its_model, support_setup, support_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
