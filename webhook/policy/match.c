// All parts must match. In a part, one item must match. An absent part matches everything.
#include "policy/match.h"

#include "policy/selector.h"

static bool match_globs(struct slices globs, struct slice text)
{
    for (uint32_t i = 0; i < globs.count; i++)
        if (slice_glob(text, globs.items[i]))
            return true;
    return globs.count == 0;
}

static bool match_parts(const struct match *match, const struct subject *subject)
{
    uint32_t kind = 1u << (subject->kind - kinds_table);
    return (match->kinds == 0 || (match->kinds & kind)) &&
           match_globs(match->namespaces, subject->namespace) &&
           match_globs(match->names, subject->name) &&
           requirements_match(match->labels, match->label_count, subject->labels);
}

bool match_applies(const struct match *match, const struct subject *subject)
{
    if ((subject->owned && !match->include_owned) || !match_parts(match, subject))
        return false;
    for (uint32_t i = 0; i < match->exclude_count; i++)
        if (match_parts(&match->exclude[i], subject))
            return false;
    return true;
}
