// What is in force for an entry of a policy: the entries of its list laid over each other.
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

// Lays what is in force for `entry` over rule number `rule`'s defaults, in `out` of the rule's
// size: every entry of the list counts that surely applies to all that this one applies to. False
// when no entry names the rule for it, or it is switched off.
bool force_settings(const struct force *force, const struct entry *entry, uint32_t rule,
                    struct settings *out);

#endif
