// One object's way through the engine, as preview sees it.
#ifndef EVENKEEL_PREVIEW_DECIDE_H
#define EVENKEEL_PREVIEW_DECIDE_H

#include "admit/admit.h"
#include "manifest/splice.h"
#include "manifest/split.h"
#include "manifest/synthetic.h"

struct plan;

// What was decided about one object. Everything is borrowed until the next decide().
struct decision {
    const struct object *object;
    struct value value; // the object's JSON
    struct slice namespace;
    struct slice name;      // or generateName, or ""
    bool known;             // a kind that evenkeel knows
    bool outside;           // its namespace is not opted in
    const char *left_alone; // why it is no object to change; NULL: it is one
    bool changed;
    struct slice json;          // the object as it would be
    struct slice patch;         // the same as a JSON Patch; empty: nothing changes
    struct admission admission; // zeroed unless the engine was asked
};

struct decider;

// Reuses memory from one object to the next. NULL when memory is short.
struct decider *decider_new(const struct policy *policy, const struct synthetic_options *options);
void decider_free(struct decider *decider);

// Asks the engine about `object`, found in `file`, and notes in `splices` how its text would
// change, with texts in `arena`. 0, or -1 with `error` if memory is short or the object cannot be
// put into a review.
int decide_inject(struct decider *decider, const struct object *object, struct slice file,
                  struct arena *arena, struct splices *splices, struct decision *decision,
                  struct error *error);

// The same for removing what the bookkeeping says that evenkeel wrote, if it is unchanged. The
// patch fits only this object (patch_write_tested()).
int decide_remove(struct decider *decider, const struct object *object, struct slice file,
                  struct arena *arena, struct splices *splices, struct decision *decision,
                  struct error *error);

// The same for the annotation evenkeel.dev/readiness-port alone, with the number `port`; 0: nothing
// changes.
int decide_annotate(struct decider *decider, const struct object *object, struct slice file,
                    int32_t port, struct arena *arena, struct splices *splices,
                    struct decision *decision, struct error *error);

// Only reads what the object is: nothing changes.
int decide_pass(struct decider *decider, const struct object *object, struct decision *decision,
                struct error *error);

#endif
