// What applies to an entry of a policy: the merged entries of its list.
#ifndef EVENKEEL_LOADER_FORCE_H
#define EVENKEEL_LOADER_FORCE_H

#include "loader/cover.h"

struct force {
    const struct policy *policy;
    const struct rules *rules;
    struct cover *cover;         // counts what the comparisons cost
    const struct entry *entries; // the list at hand
    uint32_t count;
};

// Merges the settings that apply to `entry` into rule number `rule`'s defaults, in `out` of the
// rule's size. An entry of the list counts if it surely applies to everything that this one applies
// to. False if no entry names the rule for it, or it is switched off.
bool force_settings(const struct force *force, const struct entry *entry, uint32_t rule,
                    struct settings *out);

#endif
