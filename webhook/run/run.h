// One object's run through the rules: what a rule may ask, and the only way in which it writes.
#ifndef EVENKEEL_RUN_RUN_H
#define EVENKEEL_RUN_RUN_H

#include "intent/evidence.h"
#include "intent/history.h"
#include "intent/record.h"
#include "object/facts.h"
#include "object/opt_out.h"
#include "plan/plan.h"
#include "run/outcome.h"
#include "run/times.h"

struct release;

// The old object of an UPDATE.
struct before {
    bool known; // false: a CREATE
    struct plan plan;
    struct evidence evidence;
    struct slice hash; // of the user's part of its template, once it was asked for
};

struct run {
    struct arena *arena;
    const struct policy *policy;
    const struct rules *rules;
    struct facts facts;
    struct plan plan;
    struct evidence evidence;
    // What applies to the rule that runs. For a rule that only observes, the wishes of all rules
    // count. For an enforced rule, only those of enforced rules count, because nothing else will be
    // written.
    struct budget budget;
    struct settings *
        *settings; // merged for this run, one for each rule; NULL: the rule does not run
    struct before before;
    struct value annotations; // of the object's own metadata, as they count: see admit/past.h
    struct history history;
    enum opt_out opt_out;
    uint32_t refused;      // bit i: an annotation switches rule i off
    uint32_t insisted;     // bit i: an annotation switches rule i on, whatever was decided before
    uint32_t taken;        // bit i: values of rule i were taken out
    uint32_t declined;     // bit i: this request removed values of rule i, and they stay out
    bool template_changed; // by the request
    bool rewrite;          // the request was written by a tool that cannot know our values
    bool restored;         // the template got values of ours back that the request had dropped
    bool record_dropped;   // the request dropped our bookkeeping
    bool goes_without;     // a probe that never passed is left out of a new template
    bool undone;           // the request is a `kubectl rollout undo`
    bool rolled_back;      // the template is one that ran before, and comes back as it was
    bool at_once; // what somebody refuses goes, though the request leaves the template alone
    struct release *release; // of release/state.h: what becomes of a batched release
    bool template_locked;    // the request did not change the pod template: it must not be touched
    bool observing;          // the rule that runs now only observes
    bool untangled; // what is ours changed although nothing new is written: so does the record
    struct value field_manager; // of the review
    struct value old_object;    // before an UPDATE; absent: not known
    bool told_exclusive;        // the user was warned that the instance looks exclusive
    bool told_stop_time;        // and of what a hook takes of the time to stop
    struct tape *history_tape;  // borrowed, for remembered templates
    struct tape *value_tape;    // borrowed, for comparing a value of ours with what stands there
    struct record record;       // what the bookkeeping will say
    struct slice warnings[ADMIT_WARNINGS_MAX];
    uint32_t warning_count;
    struct outcome *outcomes; // grows up to ADMIT_OUTCOMES_MAX
    uint32_t outcome_count;
    uint32_t outcome_capacity;
    uint32_t outcomes_dropped;
};

static inline struct finding finding_of(enum verdict verdict, enum reason reason)
{
    return (struct finding){verdict, reason};
}

static inline struct finding skipped(enum reason reason)
{
    return finding_of(VERDICT_SKIPPED, reason);
}

// Whether the user has decided about `place`: they set it, or declared the default, or the policy
// keeps ambiguous values. Values that are evenkeel's or unset may be written.
bool run_users_choice(struct run *run, struct place *place, const char *api_default);

// The same for a caller that only asks: it does not mark the place as looked after.
bool run_is_chosen(struct run *run, struct place *place, const char *api_default);

// Writes `json` to `place`, if the intent, the template lock and the mode allow it. Keeps the
// bookkeeping. `json` is compact, has the API's defaults filled in, and is borrowed until the
// answer is written. `api_default` is the JSON that the API itself writes there, or NULL for none.
// Returns what to report.
struct finding run_fill(struct run *run, struct place *place, const char *api_default,
                        struct slice json);

// Writes `json`, which is the user's own value at `place` with an addition of evenkeel's, if the
// lock and the mode allow it. The value still belongs to the user, so it is not recorded. Returns
// what to report.
struct finding run_extend(struct run *run, struct place *place, struct slice json);

// Writes `json` over the user's own value. The caller has recorded that value elsewhere, and gives
// it back with run_withdraw(). Use it only if the policy asks for that.
struct finding run_fill_over(struct run *run, struct place *place, struct slice json);

// The note of the user's own grace period, if evenkeel's is longer. If a client dropped the note,
// it is the old object's, except in an undo, which brings the template's own. The absent slice if
// there is none.
struct slice run_users_grace(const struct run *run);

// Whether somebody added something to evenkeel's value at `place`. Then it is theirs to change.
bool run_is_extended(struct run *run, struct place *place);

// Whether member `key` of the user's own probe or hook at `place` is evenkeel's and was merged into
// it. An apply keeps fields that its applier never declared.
bool run_is_left_over(struct run *run, struct place *place, struct slice key);

// Whether the user declared a handler in the probe or hook at `place`: then it is complete without
// evenkeel's.
bool run_declares_handler(struct run *run, struct place *place);

// Removes evenkeel's members that were merged into the user's own probe or hook at `place`, and
// forgets what evenkeel had written there.
void run_shed_handler(struct run *run, struct place *place);

// Keeps the user's own probe or hook. It forgets what evenkeel had written there, and removes
// evenkeel's members that were merged into it.
struct finding run_keep_handler(struct run *run, struct place *place);

// Whether `place` still has the value that evenkeel wrote there. Unlike run_users_choice(), it does
// not mark the place as looked after.
bool run_is_ours(struct run *run, struct place *place);

// The bit of the rule that writes at `path` (bit i: rule i). 0 if none does.
uint32_t run_rule_bit(const struct run *run, struct slice path);

// Whether that rule is in `rules`.
bool run_rule_is_among(const struct run *run, struct slice path, uint32_t rules);

// The JSON that the API writes at `place`, a place that evenkeel may write, if it is empty. NULL if
// the API leaves it absent.
const char *run_api_default(const struct run *run, const struct place *place);

// Removes evenkeel's value at `place`. In the template, parents that are empty in the end go with
// it. If every object has a value there, it writes the API's default. The caller must update the
// record.
void run_take_out(struct run *run, struct place *place);

// Removes the value that evenkeel wrote at `place` earlier and that no longer fits. Does nothing if
// the value is not evenkeel's. If the API would fill in a default, this default is written.
void run_withdraw(struct run *run, struct place *place);

// Removes the values that evenkeel wrote at places that no rule of this run looked after: the
// policy no longer asks for them. Call it after all rules.
void run_withdraw_orphans(struct run *run);

// The JSON that `place` will have: the planned value, else the present one. {NULL, 0} if there is
// neither.
struct slice run_value_after(const struct place *place);

// Reports what `rule` found on the object, or on one container unless it is NULL. `rule` may be
// NULL.
void run_note(struct run *run, const struct rule *rule, const struct container *container,
              struct finding finding);

// Warns the user. The warning is cut at 120 bytes. Warnings after ADMIT_WARNINGS_MAX are dropped.
void run_warn(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Warns with `what` and the names in `names` ("a, b, c"). Instead of the last names for which there
// is no room, it has an ellipsis. Does nothing if there is no name.
void run_warn_names(struct run *run, const char *what, struct slice names);

// `text` with its placeholders replaced, in the run's arena: {app_name} (metadata.name),
// {namespace}, {container}, and times of the budget: {grace_seconds}, {sleep_seconds} (the longest
// hook) and {drain_seconds} (the rest after it). For a Service, the times are the longest that the
// policy gives. {NULL, 0} if a placeholder's value is not known (a name that the API has not made
// yet) or memory is short.
struct slice run_expand(struct run *run, const struct container *container, struct slice text);

// Whether `name`, such as "{app_name}", is a placeholder that run_expand() may know.
bool run_is_placeholder(struct slice name);

#endif
