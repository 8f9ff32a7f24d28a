// Cancels a release that turns out not to be one: with what the rules wrote, the template is one
// that already runs, or one to go back to. It starts nothing.
#include "base/arena.h"
#include "plan/patch.h"
#include "release/release.h"
#include "run/run.h"

// Hashes the template as it will be after the plan is carried out.
static int release_hash_planned(struct run *run, struct template_hashes *hashes)
{
    struct place *template = plan_path(&run->plan, run->plan.root, "spec.template");
    struct text text;
    if (template == NULL)
        return -1;
    text_init(&text, run->arena, PATCH_SIZE_MAX);
    text_puts(&text, "{\"spec\":{\"template\":");
    patch_write_value(&text, template);
    text_puts(&text, "}}");
    struct slice json = text_slice(&text);
    if (json.data == NULL || tape_parse(run->value_tape, json, TAPE_FULL, NULL) < 0)
        return -1;
    return template_hash(hashes, value_root(run->value_tape), (struct value){NULL, 0}, run->arena);
}

// The version that runs, or is held, stays what it is.
static void release_take_back(struct release *release)
{
    release->event = RELEASE_NONE;
    release->hold = release->was_held ? release->known.step : 0;
    release->from = release->known.from;
    release->finding =
        finding_of(release->was_held ? VERDICT_KEPT : VERDICT_SKIPPED,
                   release->was_held ? REASON_RELEASE_HELD : REASON_TEMPLATE_UNCHANGED);
}

void release_confirm(struct run *run)
{
    struct release *release = run->release;
    struct template_hashes planned;
    bool back = release->event == RELEASE_ROLLED_BACK && !release->was_held;
    if (!(release->event == RELEASE_STARTED || back) || run->plan.failed)
        return;
    if (release_hash_planned(run, &planned) < 0) {
        run->plan.failed = true;
        return;
    }
    struct slice known = release->known.template;
    bool same = strcmp(planned.exact, release->old.exact) == 0;
    // What was pushed while evenkeel was away is new to the release.
    if (release->was_held && !slice_is(known, release->old.own) &&
        !slice_is(known, release->hashes.own))
        same = false;
    struct release_state started = release->state;
    release->state = release->known;
    if (same) {
        release_take_back(release);
        release->state.template = started.template;
    } else if (!back && release_is_stable_exactly(release, &planned)) {
        release_roll_back(run);
    } else {
        release->state = started;
    }
}
