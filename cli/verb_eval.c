/* verb_eval.c - dpdm eval: a synthetic set judged with real images (eval/evaluation.h). */
#include <stdio.h>
#include "eval/evaluation.h"
#include "eval_print.h"
#include "interrupt.h"
#include "ledger_options.h"
#include "verbs.h"
#include "watch.h"

static dpdm_status run_eval(cli_call *call, dpdm_error *err)
{
    dpdm_evaluation evaluation = {.options = *(const eval_options *)call->options[0],
                                  .rival = *(const eval_rival_options *)call->options[1],
                                  .fidelity = *(const eval_fidelity_options *)call->options[2]};
    eval_print print = {0};
    cli_watch watch = {.call = call, .found = call->json ? NULL : eval_print_part, .context = &print};
    dpdm_watch told = cli_watch_begin(&watch);
    cJSON *json = NULL;
    ledger_default(evaluation.rival.ledger, sizeof evaluation.rival.ledger, 0);
    cli_interrupt_catch();
    dpdm_status status = dpdm_evaluation_run(&evaluation, NULL, NULL, &told, &json, err);
    cli_watch_end(&watch);
    if (!status && call->json)
        return cli_print_json(call, json, err);
    cJSON_Delete(json);
    return status;
}

const cli_verb cli_verb_eval = {
    .name = "eval",
    .group = "Quality",
    .summary = "Train classifiers on a synthetic set, test them on real images",
    .description =
        "Trains classifiers on synthetic images only and reports their accuracy on real test images: the usual measure "
        "of how useful a synthetic set is. The epoch is chosen on held-out synthetic images, so no real image takes "
        "part in any choice. Beside the accuracy of each class stands its 95 % interval; classes (and groups, with "
        "--groups) with few test images or far behind the others are warned of.\n\n"
        "With --real-train the same classifiers are trained on real images without privacy: the ceiling. With "
        "--rival-model or --rival-epsilon they are also trained on them directly with DP-SGD, by the same private step "
        "as 'dpdm train': the rival at the same epsilon. That spends from the budget of the real images, once more for "
        "each training; --rival-releases tests classifiers that were paid for before.\n\n"
        "With the weights of Inception-v3 (--inception) or with --real-train it also compares the images by features "
        "of "
        "theirs: FID, KID, precision, recall, density and coverage.\n\n"
        "The printed figures are computed from real test images. If those are private, the figures are outside the "
        "privacy guarantee: do not publish them. --release-epsilon releases the accuracies under a guarantee of their "
        "own, which is spent on the test images; with a ledger (--ledger, or $DPDM_LEDGER) their budget pays for it, "
        "or "
        "it is refused.",
    .examples = "dpdm eval --synthetic samples.npz --real-test fashion-mnist\n"
                "dpdm eval --synthetic samples.npz --real-test fashion-mnist --classifier all --seeds 3 --json\n"
                "dpdm eval --synthetic samples.npz --real-test fashion-mnist --real-train fashion-mnist --rival-model "
                "run/release/model.safetensors",
    .options = {{&eval_table, sizeof(eval_options), eval_defaults},
                {&eval_rival_table, sizeof(eval_rival_options), eval_rival_defaults},
                {&eval_fidelity_table, sizeof(eval_fidelity_options), eval_fidelity_defaults}},
    .run = run_eval,
};
