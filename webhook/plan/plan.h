// What will be written, as a tree of places in one object, before it becomes a patch or text. Two
// edits to one place are a bug and are refused.
#ifndef EVENKEEL_PLAN_PLAN_H
#define EVENKEEL_PLAN_PLAN_H

#include "json/value.h"

struct arena;
struct error;

enum action { ACTION_NONE, ACTION_SET, ACTION_REMOVE };

// One place in the object: a member, or an item of a list. The tree holds only places that were
// asked for.
struct place {
    struct place *parent;
    struct place *first_child;
    struct place *next_sibling;
    struct slice key;  // a member's name; of a list item that has a "name", that name
    struct slice path; // kept by plan_path_text(); {NULL, 0}: not asked for yet
    int32_t index;     // a list item's index; -1: a member
    bool map_entry;    // a member of a map with free keys (labels, annotations): shown as [key]
    bool claimed;      // a rule of this run looks after it
    bool in_template;  // at or below the pod template
    bool still_ours;   // what our bookkeeping says counts, whatever an applier declares
    bool emptying;     // ACTION_REMOVE: plan_prune() may take out the parents too
    struct value now;  // what stands there; absent: nothing
    enum action action;
    uint32_t edits;    // planned at or below it
    struct slice json; // ACTION_SET: the value to write, compact JSON
};

struct plan {
    struct arena *arena;
    struct place *root;
    bool failed;   // memory was short, or a place was edited twice: the plan must not be used
    bool emptying; // a place is, or was: plan_prune() has something to look for
    struct slice excluded; // the path of the second edit of a place; {NULL, 0}: no place was
};

// Starts an empty plan for `object`, whose tape must outlive it. 0, or -1 when memory is short.
int plan_init(struct plan *plan, struct arena *arena, struct value object);

// The place of a key of a free map, such as one label, made on first use. NULL only after
// plan->failed was set; all functions here take NULL places and then do nothing.
struct place *plan_map_entry(struct plan *plan, struct place *parent, struct slice key);

// The same for an object's member.
struct place *plan_member_slice(struct plan *plan, struct place *parent, struct slice key);

// Inline, so that the compiler counts a literal's bytes.
static inline struct place *plan_member(struct plan *plan, struct place *parent, const char *key)
{
    return plan_member_slice(plan, parent, slice_of(key));
}

// The place of item `index` of a list whose items have names.
struct place *plan_item(struct plan *plan, struct place *list, uint32_t index, struct slice name);

// Walks members by a dot-separated path of plain names: "spec.template.spec".
struct place *plan_path(struct plan *plan, struct place *from, const char *path);

// 0, or -1 if the plan must not be used: why.
int plan_check(const struct plan *plan, struct error *error);

// Plans to write `json` (borrowed until the plan is used) there. A place below or above another
// edit counts as edited twice.
void plan_set(struct plan *plan, struct place *place, struct slice json);

// Plans to remove the value there. Does nothing if there is none.
void plan_remove(struct plan *plan, struct place *place);

// The same. What this leaves empty stood there for such values alone, and goes with plan_prune().
void plan_remove_emptied(struct plan *plan, struct place *place);

// Takes out each object whose members were all removed by plan_remove_emptied(), unless it is an
// item of a list. Call it once everything is planned: until then, a member may still be added.
void plan_prune(struct plan *plan);

// Takes back what was planned there, if anything.
void plan_unset(struct place *place);

// Whether the value there is taken out, by itself or with what is above it.
static inline bool plan_removes(const struct place *place)
{
    while (place != NULL && place->action != ACTION_REMOVE)
        place = place->parent;
    return place != NULL;
}

static inline bool plan_is_empty(const struct plan *plan)
{
    return plan->root->edits == 0;
}

// The place's path as in Kubernetes' own messages:
// spec.template.spec.containers[app].lifecycle.preStop. In the plan's arena. {NULL, 0} if it has
// more than PLAN_PATH_MAX bytes or memory is short.
struct slice plan_path_text(struct plan *plan, struct place *place);

// Whether this path exists and leads back to the place. A list item without a name, a key with a
// closing bracket, and the whole object have no such path.
bool plan_has_path(const struct place *place);

enum {
    PLAN_PATH_MAX = 4096,
    PLAN_STEPS_MAX = 32, // of a path that somebody else wrote; ours have up to eight
};

// The place that plan_path_text() gave this path for. NULL when the object has no such list item,
// the path is empty, does not parse or is deeper than PLAN_STEPS_MAX, or after plan->failed was
// set.
struct place *plan_locate(struct plan *plan, struct slice path);

#endif
