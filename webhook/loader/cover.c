// Compares globs and requirements by their text. It proves, and does not search.
#include "loader/cover.h"

static bool step(struct cover *cover)
{
    if (cover->steps < COVER_STEPS_MAX)
        cover->steps++;
    return cover->steps < COVER_STEPS_MAX;
}

// A * in `wide` matches any text, also that of a pattern. A ? matches no pattern except itself.
static bool cover_glob(struct slice wide, struct slice narrow)
{
    bool pattern = narrow.size > 0 &&
                   (memchr(narrow.data, '*', narrow.size) || memchr(narrow.data, '?', narrow.size));

    if (slice_equal(wide, narrow))
        return true;
    if (pattern && wide.size > 0 && memchr(wide.data, '?', wide.size))
        return false;
    return slice_glob(narrow, wide);
}

static bool cover_globs(struct cover *cover, struct slices wide, struct slices narrow)
{
    if (wide.count == 0)
        return true;
    for (uint32_t i = 0; i < narrow.count; i++) {
        bool covered = false;

        for (uint32_t j = 0; j < wide.count && !covered; j++) {
            if (!step(cover))
                return false;
            covered = cover_glob(wide.items[j], narrow.items[i]);
        }
        if (!covered)
            return false;
    }
    return narrow.count > 0;
}

static bool contains(struct cover *cover, struct slices values, struct slice value)
{
    for (uint32_t i = 0; i < values.count; i++)
        if (!step(cover) || slice_equal(values.items[i], value))
            return cover->steps < COVER_STEPS_MAX;
    return false;
}

static bool contains_all(struct cover *cover, struct slices values, struct slices part)
{
    for (uint32_t i = 0; i < part.count; i++)
        if (!contains(cover, values, part.items[i]))
            return false;
    return true;
}

// Whether whatever satisfies `narrow` satisfies `wide`.
static bool implies(struct cover *cover, const struct requirement *narrow,
                    const struct requirement *wide)
{
    if (!slice_equal(narrow->key, wide->key))
        return false;
    switch (wide->operator) {
    case SELECTOR_EXISTS:
        return narrow->operator== SELECTOR_EXISTS || narrow->operator== SELECTOR_IN;
    case SELECTOR_IN:
        return narrow->operator== SELECTOR_IN && contains_all(cover, wide->values, narrow->values);
    case SELECTOR_NOT_IN:
        return narrow->operator==
            SELECTOR_DOES_NOT_EXIST ||(narrow->operator== SELECTOR_NOT_IN &&
                                       contains_all(cover, narrow->values, wide->values));
    case SELECTOR_DOES_NOT_EXIST:
        return narrow->operator== SELECTOR_DOES_NOT_EXIST;
    }
    return false;
}

static bool cover_labels(struct cover *cover, const struct match *wide, const struct match *narrow)
{
    for (uint32_t i = 0; i < wide->label_count; i++) {
        bool implied = false;

        for (uint32_t j = 0; j < narrow->label_count && !implied; j++)
            implied = step(cover) && implies(cover, &narrow->labels[j], &wide->labels[i]);
        if (!implied)
            return false;
    }
    return true;
}

static bool cover_parts(struct cover *cover, const struct match *wide, const struct match *narrow)
{
    return (wide->kinds == 0 || (narrow->kinds != 0 && (narrow->kinds & ~wide->kinds) == 0)) &&
           cover_globs(cover, wide->namespaces, narrow->namespaces) &&
           cover_globs(cover, wide->names, narrow->names) && cover_labels(cover, wide, narrow);
}

bool cover_match(struct cover *cover, const struct match *wide, const struct match *narrow)
{
    return step(cover) && wide->exclude_count == 0 &&
           (wide->include_owned || !narrow->include_owned) && cover_parts(cover, wide, narrow);
}

// Two requirements on one label that no value can satisfy together.
static bool contradict(struct cover *cover, const struct requirement *a,
                       const struct requirement *b)
{
    if (!slice_equal(a->key, b->key))
        return false;
    if (a->operator== SELECTOR_DOES_NOT_EXIST)
        return b->operator== SELECTOR_EXISTS || b->operator== SELECTOR_IN;
    if (a->operator== SELECTOR_IN && b->operator== SELECTOR_NOT_IN)
        return contains_all(cover, b->values, a->values);
    if (a->operator!= SELECTOR_IN || b->operator!= SELECTOR_IN)
        return false;
    for (uint32_t i = 0; i < a->values.count; i++)
        if (!step(cover) || contains(cover, b->values, a->values.items[i]))
            return false;
    return true;
}

bool cover_nothing(struct cover *cover, const struct match *match)
{
    for (uint32_t i = 0; i < match->exclude_count; i++)
        if (step(cover) && cover_parts(cover, &match->exclude[i], match))
            return true;
    for (uint32_t i = 0; i < match->label_count; i++)
        for (uint32_t j = 0; j < match->label_count; j++)
            if (i != j && step(cover) && contradict(cover, &match->labels[i], &match->labels[j]))
                return true;
    return false;
}
