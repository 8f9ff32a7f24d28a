// Merges as admit/merge.c does for an object, for all objects that an entry applies to.
#include "loader/force.h"

#include <string.h>

bool force_settings(const struct force *force, const struct entry *entry, uint32_t rule,
                    struct settings *out)
{
    const struct rule *row = force->rules->items[rule];
    bool named = false;

    memcpy(out, force->policy->defaults[rule], row->settings_size);
    for (uint32_t i = 0; i < force->count; i++) {
        const struct entry *other = &force->entries[i];

        if (!other->settings[rule] ||
            (other != entry && !cover_match(force->cover, &other->match, &entry->match)))
            continue;
        settings_merge(row->settings, out, other->settings[rule]);
        named = true;
    }
    return named && out->enabled;
}
