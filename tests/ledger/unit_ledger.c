/* unit_ledger.c - a ledger as a program uses it: budgets, reservations, states, and every refusal. */
#include "ledger/support.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "ledger/dying_vfs.h"

static void a_reservation_counts_whole_and_for_ever(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_bound alone, spent;
    SUPPORT_GOOD(dpdm_account(&support_event, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &alone, NULL));
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    assert_true(spent.epsilon_upper == 0);
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    assert_true(receipt.fresh && receipt.id == 3 && receipt.budget == 2);
    assert_true(receipt.bound.epsilon_upper == alone.epsilon_upper);
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_abandon(ledger, receipt.id, "the machine burnt down", NULL));
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    assert_true(spent.epsilon_upper == alone.epsilon_upper && spent.delta == 1e-5);
    assert_int_equal(spent.accountant, DPDM_ACCOUNTANT_RDP);
    dpdm_ledger_close(ledger);
}

static void no_run_exceeds_the_budget(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    unsigned fitting = support_fitting(2);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    dpdm_bound before, after;
    assert_in_range(fitting, 3, 100);
    for (unsigned n = 0; n < fitting; n++) {
        dpdm_ledger_request request = support_request(n);
        SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    }
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &before, NULL));
    dpdm_ledger_request request = support_request(fitting);
    dpdm_status status = dpdm_ledger_reserve(ledger, &request, &receipt, &err);
    support_refused(status, &err, DPDM_EBUDGET, "faces", "epsilon 2", "left", "noise", NULL);
    assert_true(receipt.id == 0 && !receipt.fresh && receipt.bound.epsilon_upper > 2);
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &after, NULL));
    assert_true(before.epsilon_upper == after.epsilon_upper && after.epsilon_upper <= 2);
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
    dpdm_ledger_close(ledger);
}

/* The way out that a refusal names is one. */
static void the_noise_that_a_refusal_names_fits(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 1);
    dpdm_event events[2] = {{1, 20, 1}, {0.01, 0.6, 1000}};
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    request.events = events;
    request.event_count = 2;
    assert_int_equal(dpdm_ledger_reserve(ledger, &request, &receipt, &err), DPDM_EBUDGET);
    const char *named = strstr(err.message, "noise multiplier of ");
    assert_non_null(named);
    events[1].noise_multiplier = strtod(named + strlen("noise multiplier of "), NULL);
    assert_true(events[1].noise_multiplier > 0.6 && events[1].noise_multiplier < 5);
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, &err));
    dpdm_ledger_close(ledger);
}

static void asking_changes_nothing(void **state)
{
    dpdm_ledger_close(support_create(*state, 0.5));
    dpdm_ledger *ledger = support_open(*state, DPDM_LEDGER_READ), *writer = support_open(*state, DPDM_LEDGER_WRITE);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt asked, made;
    const dpdm_ledger_contents *contents;
    dpdm_error err;
    SUPPORT_GOOD(dpdm_ledger_ask(ledger, &request, &asked, NULL));
    assert_true(asked.fresh && asked.id == 0 && asked.budget == 0.5);
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->entries, 2);
    SUPPORT_GOOD(dpdm_ledger_reserve(writer, &request, &made, NULL));
    assert_true(made.bound.epsilon_upper == asked.bound.epsilon_upper);
    SUPPORT_GOOD(dpdm_ledger_ask(ledger, &request, &asked, NULL));
    assert_true(!asked.fresh && asked.id == made.id);
    request = support_request(2);
    support_refused(dpdm_ledger_ask(ledger, &request, &asked, &err), &err, DPDM_EBUDGET, "faces", "left", NULL);
    dpdm_ledger_close(ledger);
    dpdm_ledger_close(writer);
}

static void data_sets_have_budgets_of_their_own(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_bound spent;
    SUPPORT_GOOD(dpdm_account(&support_event, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &spent, NULL));
    dpdm_ledger_data_set other = support_data_set("scans", 1.1 * spent.epsilon_upper);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &other, NULL));
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "scans", &spent, NULL));
    assert_true(spent.epsilon_upper == 0);
    request = support_request(2);
    request.data_set = "scans";
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    request = support_request(3);
    request.data_set = "scans";
    assert_int_equal(dpdm_ledger_reserve(ledger, &request, &receipt, NULL), DPDM_EBUDGET);
    request.data_set = "faces";
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    dpdm_ledger_close(ledger);
}

static void a_run_is_charged_once(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    uint8_t config[32] = {1}, other[32] = {2};
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt, again;
    dpdm_error err;
    dpdm_bound spent;
    request.config = config;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &again, NULL));
    assert_true(again.id == receipt.id && !again.fresh && again.state == DPDM_LEDGER_RUNNING);
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    assert_true(spent.epsilon_upper == receipt.bound.epsilon_upper);

    dpdm_event events[2] = {support_event, support_event};
    request.events = events;
    request.event_count = 2;
    support_refused(dpdm_ledger_reserve(ledger, &request, &again, &err), &err, DPDM_ESTATE, "other events", NULL);
    request.event_count = 1;
    events[0].noise_multiplier = 11; /* less costs no less */
    support_refused(dpdm_ledger_reserve(ledger, &request, &again, &err), &err, DPDM_ESTATE, "other events", NULL);
    events[0] = support_event;
    request.config = other;
    support_refused(dpdm_ledger_reserve(ledger, &request, &again, &err), &err, DPDM_ESTATE, "another config", NULL);
    request.config = NULL;
    support_refused(dpdm_ledger_reserve(ledger, &request, &again, &err), &err, DPDM_ESTATE, "another config", NULL);
    request.config = config;
    dpdm_ledger_data_set set = support_data_set("scans", 2);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    request.data_set = "scans";
    support_refused(dpdm_ledger_reserve(ledger, &request, &again, &err), &err, DPDM_ESTATE, "another data set", NULL);
    dpdm_ledger_close(ledger);
}

static void only_a_run_that_never_started_gives_anything_back(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 0.7);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    dpdm_bound spent;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_cancel(ledger, receipt.id, "the file name was mistyped", NULL));
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "faces", &spent, NULL));
    assert_true(spent.epsilon_upper == 0);
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_ESTATE, "cancelled", NULL);
    support_refused(dpdm_ledger_run(ledger, 3, NULL, &err), &err, DPDM_ESTATE, "cancelled", "running", NULL);

    request = support_request(2);
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    support_refused(dpdm_ledger_cancel(ledger, receipt.id, "please", &err), &err, DPDM_ESTATE, "never started", NULL);
    SUPPORT_GOOD(dpdm_ledger_abandon(ledger, receipt.id, "no longer wanted", NULL));
    support_refused(dpdm_ledger_cancel(ledger, receipt.id, "please", &err), &err, DPDM_ESTATE, "never started", NULL);
    dpdm_ledger_close(ledger);
}

/* What each state allows: rows are states, columns run, finish, abandon, cancel; 1: an entry is added, 0: refused, 2:
 * nothing to do. */
static void states_follow_their_table(void **state)
{
    static const int expected[5][4] = {
        /* reserved  */ {1, 0, 1, 1},
        /* running   */ {2, 1, 1, 0},
        /* finished  */ {2, 2, 0, 0},
        /* abandoned */ {1, 0, 2, 0},
        /* cancelled */ {0, 0, 0, 2},
    };
    dpdm_ledger *ledger = support_create(*state, 1000);
    const uint8_t release[32] = {7};
    for (unsigned from = 0; from < 5; from++)
        for (unsigned change = 0; change < 4; change++) {
            dpdm_ledger_request request = support_request(10 * from + change);
            dpdm_ledger_receipt receipt;
            const dpdm_ledger_contents *contents;
            SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
            if (from == DPDM_LEDGER_RUNNING || from == DPDM_LEDGER_FINISHED)
                SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
            if (from == DPDM_LEDGER_FINISHED)
                SUPPORT_GOOD(dpdm_ledger_finish(ledger, receipt.id, release, NULL));
            if (from == DPDM_LEDGER_ABANDONED)
                SUPPORT_GOOD(dpdm_ledger_abandon(ledger, receipt.id, "why", NULL));
            if (from == DPDM_LEDGER_CANCELLED)
                SUPPORT_GOOD(dpdm_ledger_cancel(ledger, receipt.id, "why", NULL));
            SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
            uint64_t before = contents->entries;
            dpdm_status status = change == 0   ? dpdm_ledger_run(ledger, receipt.id, NULL, NULL)
                                 : change == 1 ? dpdm_ledger_finish(ledger, receipt.id, release, NULL)
                                 : change == 2 ? dpdm_ledger_abandon(ledger, receipt.id, "why", NULL)
                                               : dpdm_ledger_cancel(ledger, receipt.id, "why", NULL);
            assert_int_equal(status, expected[from][change] ? DPDM_OK : DPDM_ESTATE);
            SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
            assert_int_equal(contents->entries - before, expected[from][change] == 1);
        }
    dpdm_ledger_close(ledger);
}

static void a_finished_run_has_one_release(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    const uint8_t release[32] = {7}, other[32] = {8};
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_finish(ledger, receipt.id, release, NULL));
    support_refused(dpdm_ledger_finish(ledger, receipt.id, other, &err), &err, DPDM_ESTATE, "another release", NULL);
    dpdm_ledger_close(ledger);
}

static void other_data_do_not_run_on_this_budget(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_ledger_data_set set = support_data_set("scans", 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    const uint8_t other[32] = {2};
    set.has_digest = 1;
    set.digest[0] = 1;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    request.data_set = "scans";
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    support_refused(dpdm_ledger_run(ledger, receipt.id, other, &err), &err, DPDM_ESTATE, "scans", "digest", NULL);
    support_refused(dpdm_ledger_match(ledger, receipt.id, other, &err), &err, DPDM_ESTATE, "scans", "digest", NULL);
    SUPPORT_GOOD(dpdm_ledger_match(ledger, receipt.id, set.digest, NULL));
    assert_int_equal(dpdm_ledger_match(ledger, 2, set.digest, NULL), DPDM_ENOENT);
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, set.digest, NULL));
    /* Nor go on with others. */
    support_refused(dpdm_ledger_run(ledger, receipt.id, other, &err), &err, DPDM_ESTATE, "scans", "digest", NULL);
    /* The same data do not get a second budget, also not by another name without a digest. */
    dpdm_ledger_data_set alias = support_data_set("alias", 2);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &alias, NULL));
    request = support_request(2);
    request.data_set = "alias";
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    support_refused(dpdm_ledger_match(ledger, receipt.id, set.digest, &err), &err, DPDM_ESTATE, "another name", NULL);
    support_refused(dpdm_ledger_run(ledger, receipt.id, set.digest, &err), &err, DPDM_ESTATE, "scans", NULL);
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, other, NULL));
    snprintf(set.name, sizeof set.name, "more scans");
    support_refused(dpdm_ledger_add(ledger, &set, &err), &err, DPDM_EEXIST, "scans", NULL);
    dpdm_ledger_close(ledger);
}

static void images_and_persons_are_not_added_up(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    request.unit = "one person";
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_ESTATE, "one person",
                    DPDM_LEDGER_UNIT, NULL);
    /* Nor persons of three images and persons of four. */
    dpdm_ledger_data_set set = support_data_set("persons", 50);
    snprintf(set.unit, sizeof set.unit, "one person");
    set.group = 3;
    set.order = 8;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    request.data_set = "persons";
    request.group = 4;
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_ESTATE, "at most 3", NULL);
    request.group = 3;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    request.run[0] ^= 0xff; /* a second run, so that the filter adds up */
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    /* Three images move a plain Gaussian sum three times as far: rho = alpha 9 / (2 s^2), twice. */
    double exact = 2 * 8 * 9 / 200.0 + log1p(-1 / 8.0) - log(8e-5) / 7;
    assert_true(receipt.bound.epsilon_upper >= exact && receipt.bound.epsilon_upper < exact * (1 + 1e-12));
    snprintf(set.name, sizeof set.name, "persons by rdp");
    set.order = 0;
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    request = support_request(2);
    request.data_set = set.name;
    request.unit = "one person";
    request.group = 3;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    const dpdm_event thrice = {1, 10 / 3.0, 1};
    dpdm_bound bound;
    SUPPORT_GOOD(dpdm_account(&thrice, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &bound, NULL));
    assert_true(receipt.bound.epsilon_upper > bound.epsilon_upper * (1 - 1e-6));
    assert_true(receipt.bound.epsilon_upper < bound.epsilon_upper * (1 + 1e-6));
    dpdm_ledger_close(ledger);
}

static void wrong_values_are_refused_before_anything_is_written(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    const struct {
        const char *name;
        double epsilon, delta, order;
        dpdm_accountant accountant;
        const char *word;
    } sets[] = {
        {"", 1, 1e-5, 0, DPDM_ACCOUNTANT_RDP, "name"},      {"a\nb", 1, 1e-5, 0, DPDM_ACCOUNTANT_RDP, "control"},
        {"\xff", 1, 1e-5, 0, DPDM_ACCOUNTANT_RDP, "UTF-8"}, {"a", 0, 1e-5, 0, DPDM_ACCOUNTANT_RDP, "epsilon"},
        {"a", -1, 1e-5, 0, DPDM_ACCOUNTANT_RDP, "epsilon"}, {"a", 1, 0, 0, DPDM_ACCOUNTANT_RDP, "delta"},
        {"a", 1, 1, 0, DPDM_ACCOUNTANT_RDP, "delta"},       {"a", 1, 1e-5, 1, DPDM_ACCOUNTANT_RDP, "order"},
        {"a", 1, 1e-5, 8, DPDM_ACCOUNTANT_PLD, "order"},
    };
    dpdm_error err;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        dpdm_ledger_data_set set = support_data_set(sets[i].name, sets[i].epsilon);
        set.delta = sets[i].delta;
        set.order = sets[i].order;
        set.accountant = sets[i].accountant;
        support_refused(dpdm_ledger_add(ledger, &set, &err), &err, DPDM_EUSAGE, sets[i].word, NULL);
    }
    dpdm_ledger_data_set set = support_data_set("faces", 5);
    support_refused(dpdm_ledger_add(ledger, &set, &err), &err, DPDM_EEXIST, "faces", "fixed", NULL);

    static const dpdm_event wrong[] = {{1.5, 1, 1}, {-0.1, 1, 1}, {0.1, 0, 1}, {0.1, -1, 1}, {0.1, 1, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        dpdm_ledger_request request = support_request(1);
        dpdm_ledger_receipt receipt;
        request.events = &wrong[i];
        support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_EUSAGE, "event 1", NULL);
        request.event_count = 0;
        support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_EUSAGE, "events", NULL);
    }
    const dpdm_ledger_contents *contents;
    support_refused(dpdm_ledger_run(ledger, 7, NULL, &err), &err, DPDM_ENOENT, "reservation 7", NULL);
    support_refused(dpdm_ledger_run(ledger, 2, NULL, &err), &err, DPDM_ENOENT, "reservation 2", NULL);
    support_refused(dpdm_ledger_abandon(ledger, 7, "", &err), &err, DPDM_EUSAGE, "reason", NULL);
    dpdm_bound bound;
    support_refused(dpdm_ledger_spent(ledger, "face", &bound, &err), &err, DPDM_ENOENT, "'face'", "'faces'", NULL);
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->entries, 2);
    dpdm_ledger_close(ledger);
}

/* What the accountant cannot prove is refused, not left to another accountant. */
static void what_cannot_be_proven_is_refused(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 1e300);
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    dpdm_error err;
    static const dpdm_event tiny = {0.5, 1e-3, 1};
    request.events = &tiny;
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_ERANGE, "faces", "range", NULL);
    dpdm_ledger_close(ledger);
}

static void a_filter_adds_up_at_one_order(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    dpdm_ledger_data_set set = support_data_set("filtered", 2);
    dpdm_bound best, one;
    unsigned fitted = 0;
    set.order = dpdm_ledger_filter_order(2, 1e-5);
    assert_true(set.order > 1);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    for (unsigned n = 0;; n++) {
        dpdm_ledger_request request = support_request(n);
        dpdm_ledger_receipt receipt;
        request.data_set = "filtered";
        if (dpdm_ledger_reserve(ledger, &request, &receipt, NULL) == DPDM_EBUDGET)
            break;
        assert_true(receipt.bound.order == (n ? set.order : 0)); /* the only run may be bounded by itself */
        assert_false(receipt.planned_only);
        fitted = n + 1;
    }
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "filtered", &one, NULL));
    dpdm_event all = support_event;
    all.steps = fitted;
    SUPPORT_GOOD(dpdm_account(&all, 1, 1e-5, DPDM_ACCOUNTANT_RDP, &best, NULL));
    assert_true(one.epsilon_upper >= best.epsilon_upper && one.epsilon_upper <= 2);
    /* (alpha, alpha / (2 s^2)) a release, converted by Canonne, Kamath and Steinke. */
    double alpha = set.order, rho = fitted * alpha / 200;
    double exact = rho + log1p(-1 / alpha) - log(alpha * 1e-5) / (alpha - 1);
    assert_true(one.epsilon_upper >= exact && one.epsilon_upper < exact * (1 + 1e-12));
    /* The order is that of a full budget, so little is lost there. */
    assert_true(fitted == support_fitting(2) || fitted + 1 == support_fitting(2));
    dpdm_ledger_close(ledger);
}

/* The smaller of two proven bounds counts for the only run; a second one, however small, is added by the filter, whose sum
 * may be over the budget already. A run that was cancelled is none. */
static void the_only_run_may_use_the_whole_budget(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    const dpdm_event large = {0.01, 0.8, 500}, small = {1, 1e4, 1};
    dpdm_bound alone, spent;
    SUPPORT_GOOD(dpdm_account(&large, 1, 1e-5, DPDM_ACCOUNTANT_PLD, &alone, NULL));
    dpdm_ledger_data_set set = support_data_set("whole", alone.epsilon_upper);
    set.order = dpdm_ledger_filter_order(set.epsilon, 1e-5);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    dpdm_ledger_request first = support_request(1), second = support_request(2);
    dpdm_ledger_receipt receipt;
    first.data_set = second.data_set = "whole";
    first.events = &large;
    second.events = &small;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &second, &receipt, NULL));
    assert_int_equal(dpdm_ledger_reserve(ledger, &first, &receipt, NULL), DPDM_EBUDGET);
    const dpdm_ledger_contents *contents;
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    SUPPORT_GOOD(dpdm_ledger_cancel(ledger, contents->reservations[0].id, "not needed", NULL));
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &first, &receipt, NULL));
    assert_true(receipt.bound.epsilon_upper == alone.epsilon_upper);
    SUPPORT_GOOD(dpdm_ledger_spent(ledger, "whole", &spent, NULL));
    assert_true(spent.epsilon_upper == alone.epsilon_upper);
    SUPPORT_GOOD(dpdm_ledger_verify(ledger, NULL, NULL));
    second = support_request(3);
    second.data_set = "whole";
    second.events = &small;
    assert_int_equal(dpdm_ledger_reserve(ledger, &second, &receipt, NULL), DPDM_EBUDGET);
    dpdm_ledger_close(ledger);
}

/* Without a filter: one run, equal ones and plain Gaussian releases are proven, others are for planned runs only. */
static void what_is_proven_for_planned_runs_is_told(void **state)
{
    dpdm_ledger *ledger = support_create(*state, 2);
    const dpdm_event runs[] = {{0.01, 4, 10}, {0.01, 4, 30}, {0.02, 4, 10}, {1, 50, 1}, {1, 90, 2}};
    static const struct {
        int first, second, planned;
    } cases[] = {{0, 1, 0}, {0, 2, 1}, {0, 3, 1}, {3, 4, 0}};
    for (unsigned c = 0; c < 4; c++) {
        char name[] = "set 0";
        name[4] = (char)('0' + c);
        dpdm_ledger_data_set set = support_data_set(name, 2);
        SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
        for (unsigned i = 0; i < 2; i++) {
            dpdm_ledger_request request = support_request(10 * c + i);
            dpdm_ledger_receipt receipt;
            request.data_set = name;
            request.events = &runs[i ? cases[c].second : cases[c].first];
            SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
            assert_int_equal(receipt.planned_only, i && cases[c].planned);
        }
    }
    dpdm_ledger_close(ledger);
}

static void contents_are_what_was_written(void **state)
{
    const support_place *place = *state;
    dpdm_ledger *ledger = support_create(place, 2);
    uint8_t config[32] = {1}, release[32] = {3};
    const dpdm_event events[2] = {{1.0 / 3, 10.1, 1}, {0x1.123456789abcdp-7, 30, 123456789}};
    dpdm_ledger_request request = support_request(5);
    dpdm_ledger_receipt receipt;
    const dpdm_ledger_contents *contents;
    struct stat file;
    request.config = config;
    request.events = events;
    request.event_count = 2;
    dpdm_ledger_data_set set = support_data_set("\xc3\x84rzte \"1\" \\", 1e6);
    SUPPORT_GOOD(dpdm_ledger_add(ledger, &set, NULL));
    request.data_set = set.name;
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, NULL));
    SUPPORT_GOOD(dpdm_ledger_run(ledger, receipt.id, NULL, NULL));
    SUPPORT_GOOD(dpdm_ledger_finish(ledger, receipt.id, release, NULL));
    dpdm_ledger_close(ledger);

    assert_int_equal(stat(place->path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    ledger = support_open(place, DPDM_LEDGER_READ);
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, NULL));
    assert_int_equal(contents->entries, 6);
    assert_int_equal(contents->data_set_count, 2);
    assert_string_equal(contents->data_sets[1].name, set.name);
    assert_string_equal(contents->data_sets[1].unit, DPDM_LEDGER_UNIT);
    assert_int_equal(contents->data_sets[1].group, 1);
    assert_int_equal(contents->reservation_count, 1);
    const dpdm_ledger_reservation *found = &contents->reservations[0];
    assert_memory_equal(found->run, request.run, 16);
    assert_memory_equal(found->config, config, 32);
    assert_true(found->has_release && found->has_config && found->state == DPDM_LEDGER_FINISHED);
    assert_memory_equal(found->release, release, 32);
    assert_int_equal(found->event_count, 2);
    assert_memory_equal(found->events, events, sizeof events);
    assert_string_equal(found->who, "tester@home");
    assert_int_equal(strlen(found->time), 20);
    assert_true(found->epsilon_after == receipt.bound.epsilon_upper && found->data_set == contents->data_sets[1].id);
    /* A reader cannot write. */
    set = support_data_set("more", 1);
    assert_int_equal(dpdm_ledger_add(ledger, &set, NULL), DPDM_EIO);
    dpdm_ledger_close(ledger);
}

/* The promises about the file that no call shows: its marks, and that a commit waits for the disk. */
static int keep_text(void *out, int count, char **values, char **names)
{
    (void)count, (void)names;
    snprintf(out, 100, "%s", values[0] ? values[0] : "");
    return 0;
}

static void the_file_is_marked(void **state)
{
    const support_place *place = *state;
    dpdm_ledger_close(support_create(place, 2));
    static const char *const queries[][2] = {
        {"PRAGMA application_id", "1685089383"},
        {"PRAGMA user_version", "1"},
        {"PRAGMA journal_mode", "wal"},
        {"SELECT strict FROM pragma_table_list WHERE name = 'entry'", "1"},
        {"SELECT count(*) FROM pragma_foreign_key_list('entry')", "2"},
        {"SELECT name || ' ' || epsilon FROM data_set", "faces 2"},
    };
    sqlite3 *db;
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        char text[100] = "";
        assert_int_equal(sqlite3_exec(db, queries[i][0], keep_text, text, NULL), SQLITE_OK);
        assert_string_equal(text, queries[i][1]);
    }
    /* An accident in the shell does not change what was. */
    assert_int_not_equal(sqlite3_exec(db, "UPDATE entry SET text = text", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(db, "DELETE FROM entry", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(
        sqlite3_exec(db, "INSERT INTO entry (sequence, text, hash) VALUES (9, '{\"kind\":\"run\"}', zeroblob(32))",
                     NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_not_equal(
        sqlite3_exec(
            db, "INSERT OR REPLACE INTO entry (sequence, text, hash) VALUES (2, '{\"kind\":\"run\"}', zeroblob(32))",
            NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
}

static void a_long_wait_ends_with_a_reason(void **state)
{
    const support_place *place = *state;
    dpdm_ledger_close(support_create(place, 2));
    sqlite3 *db;
    dpdm_ledger *ledger;
    dpdm_error err;
    dpdm_ledger_request request = support_request(1);
    dpdm_ledger_receipt receipt;
    const dpdm_ledger_contents *contents;
    const dpdm_ledger_options options = {.wait = 50};
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    SUPPORT_GOOD(dpdm_ledger_open(place->path, DPDM_LEDGER_WRITE, &options, &ledger, &err));
    support_refused(dpdm_ledger_reserve(ledger, &request, &receipt, &err), &err, DPDM_ESTATE, "another process", "0.05",
                    NULL);
    SUPPORT_GOOD(dpdm_ledger_read(ledger, &contents, &err)); /* readers need not wait */
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    SUPPORT_GOOD(dpdm_ledger_reserve(ledger, &request, &receipt, &err));
    dpdm_ledger_close(ledger);
}

int main(void)
{
    dying_vfs_install();
#define TEST(name) cmocka_unit_test_setup_teardown(name, support_setup, support_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_reservation_counts_whole_and_for_ever),
        TEST(no_run_exceeds_the_budget),
        TEST(the_noise_that_a_refusal_names_fits),
        TEST(asking_changes_nothing),
        TEST(data_sets_have_budgets_of_their_own),
        TEST(a_run_is_charged_once),
        TEST(only_a_run_that_never_started_gives_anything_back),
        TEST(states_follow_their_table),
        TEST(a_finished_run_has_one_release),
        TEST(other_data_do_not_run_on_this_budget),
        TEST(images_and_persons_are_not_added_up),
        TEST(wrong_values_are_refused_before_anything_is_written),
        TEST(what_cannot_be_proven_is_refused),
        TEST(a_filter_adds_up_at_one_order),
        TEST(the_only_run_may_use_the_whole_budget),
        TEST(what_is_proven_for_planned_runs_is_told),
        TEST(contents_are_what_was_written),
        TEST(the_file_is_marked),
        TEST(a_long_wait_ends_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
