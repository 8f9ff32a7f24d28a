// One object's run through the rules: what a rule may ask, and the one way in which it writes.
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
    // What holds for the rule that runs: of a rule that only observes, the wishes of all rules
    // count; of one that is enforced, only those of enforced rules, for nothing else will be
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
    uint32_t taken;        // bit i: values of rule i were taken out of the template
    bool template_changed; // by the request
    bool rewrite;          // the request was written by a tool that cannot know our values
    bool record_dropped;   // the request dropped our bookkeeping
    bool goes_without;     // a probe that never passed is left out of a new template
    bool undone;           // the request is a `kubectl rollout undo`
    bool rolled_back;      // the template is one that ran before, and comes back as it was
    bool at_once; // what somebody refuses goes, though the request leaves the template alone
    struct release *release; // of release/state.h: what becomes of a batched release
    bool template_locked;    // the request did not change the pod template: it must not be touched
    bool observing;          // the rule that runs now only observes
    bool untangled; // what is ours changed although nothing new is written: so does the record
    struct value old_object;   // before an UPDATE; absent: not known
    bool told_exclusive;       // the user was warned that the instance looks exclusive
    bool told_stop_time;       // and of what a hook takes of the time to stop
    struct tape *history_tape; // borrowed, for remembered templates
    struct tape *value_tape;   // borrowed, for comparing a value of ours with what stands there
    struct record record;      // what the bookkeeping will say
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

// Whether the user has decided about `place` (set it, or declared the default, or the policy keeps
// ambiguous ones). Ours and unset are free to be written.
bool run_users_choice(struct run *run, struct place *place, const char *api_default);

// The same for whoever only asks: it does not say that the caller looks after the place.
bool run_is_chosen(struct run *run, const struct place *place, const char *api_default);

// Writes `json` (compact, with the API's defaults filled in; borrowed until the answer is written)
// to `place`, if it may be written: by intent, the template lock and the mode. Keeps the
// bookkeeping. `api_default` is the JSON that the API itself writes there, NULL for none. Returns
// what to report.
struct finding run_fill(struct run *run, struct place *place, const char *api_default,
                        struct slice json);

// Writes `json`, which is the user's own value at `place` with something of ours behind it, where
// the lock and the mode allow. It stays theirs: it is not recorded. Returns what to report.
struct finding run_extend(struct run *run, struct place *place, struct slice json);

// Writes `json` over a value of the user's own, which the caller has recorded elsewhere and gives
// back with run_withdraw(). Only where the policy asks for that.
struct finding run_fill_over(struct run *run, struct place *place, struct slice json);

// The note of the user's own grace period where ours is longer, of the old object where a client
// dropped it; the absent slice when there is none.
struct slice run_users_grace(const struct run *run);

// Whether somebody added to the value of ours that stands at `place`: it is then theirs to change.
bool run_is_extended(struct run *run, const struct place *place);

// Whether member `key` of the user's own probe or hook at `place` is one of ours that merged with
// it: an apply keeps what its applier never declared.
bool run_is_left_over(struct run *run, struct place *place, struct slice key);

// Takes out what of ours merged with the user's own probe or hook at `place`, and forgets what we
// had written there.
void run_shed_handler(struct run *run, struct place *place);

// Lets a probe or hook of the user's own stand. What we had written there is forgotten, and what of
// ours merged with theirs goes.
struct finding run_keep_handler(struct run *run, struct place *place);

// Whether `place` holds what we wrote there, untouched. Unlike run_users_choice() it does not say
// that the caller looks after the place.
bool run_is_ours(struct run *run, const struct place *place);

// Whether the rule that writes at `path` is among `rules` (bit i: rule i).
bool run_rule_is_among(const struct run *run, struct slice path, uint32_t rules);

// The JSON that the API writes at `place`, a place that evenkeel may write, where nothing is said;
// NULL where it leaves the place absent.
const char *run_api_default(const struct run *run, const struct place *place);

// Takes out a value of ours that stands at `place`, and the parents that it leaves empty, or writes
// the API's default where one stands on every object. The record is the caller's to mend.
void run_take_out(struct run *run, struct place *place);

// Takes out what we wrote at `place` earlier, where it no longer fits; nothing when it is not ours.
// The API's default is written back where it would fill one in.
void run_withdraw(struct run *run, struct place *place);

// Takes out what we wrote at places that no rule of this run looked after: the policy asks for it
// no more. After all rules.
void run_withdraw_orphans(struct run *run);

// What will stand at `place` as JSON: what is planned, else what is there; {NULL, 0} when neither.
struct slice run_value_after(const struct place *place);

// Reports what `rule` found (NULL: none in particular) on the object or, unless NULL, on one
// container.
void run_note(struct run *run, const struct rule *rule, const struct container *container,
              struct finding finding);

// A warning for the user, cut at 120 bytes; those past ADMIT_WARNINGS_MAX are dropped.
void run_warn(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

// `text` with placeholders replaced, in the run's arena: {app_name} (metadata.name), {namespace},
// {container}, and of the budget {grace_seconds}, {sleep_seconds} (the longest hook) and
// {drain_seconds} (what is left behind it); for a Service, the longest that the policy gives.
// {NULL, 0} when a placeholder's value is not known (a name that the API has yet to make) or memory
// is short.
struct slice run_expand(struct run *run, const struct container *container, struct slice text);

// Whether `name`, as "{app_name}", is a placeholder that run_expand() may know.
bool run_is_placeholder(struct slice name);

#endif
