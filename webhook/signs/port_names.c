// Looks words up, first in the policy's lists. The tables have their own files.
#include "signs/port_names.h"

#include "signs/words.h"

enum { LISTED_MAX = 64, LISTED_SIZE_MAX = 15 }; // a port's name has no more bytes

static bool is_listed(const struct words *name, const struct slices *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (words_hold_phrase(name, list->items[i]))
            return true;
    return false;
}

// Whether the policy moved the table's word to one of two other lists.
static bool is_moved(const char *word, const struct slices *a, const struct slices *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (slice_is(a->items[i], word))
            return true;
    for (uint32_t i = 0; i < b->count; i++)
        if (slice_is(b->items[i], word))
            return true;
    return false;
}

static const struct port_words no_words;

static bool is_auxiliary(const struct words *name, const struct port_words *words)
{
    for (int i = 0; auxiliary_names[i]; i++)
        if (words_hold(name, auxiliary_names[i]) &&
            !is_moved(auxiliary_names[i], &words->serving, &words->plain))
            return true;
    return is_listed(name, &words->auxiliary);
}

// Twice the row, and one more for a name that also has other words. Words that only the policy
// names come last.
static bool is_serving(const struct words *name, const struct port_words *words, unsigned *rank)
{
    unsigned row = 0;

    for (; serving_names[row]; row++) {
        if (!words_hold(name, serving_names[row]) ||
            is_moved(serving_names[row], &words->auxiliary, &words->plain))
            continue;
        *rank = 2 * row + (name->count > 1);
        return true;
    }
    *rank = 2 * row;
    return is_listed(name, &words->serving);
}

enum port_meaning port_names_meaning(struct slice name, const struct port_words *words,
                                     unsigned *rank)
{
    struct words split;

    if (!words)
        words = &no_words;
    words_split(name, &split);
    if (is_auxiliary(&split, words))
        return PORT_AUXILIARY;
    return is_serving(&split, words, rank) ? PORT_SERVING : PORT_PLAIN;
}

static bool is_word(struct slice text)
{
    bool letter = false;

    for (size_t i = 0; i < text.size; i++) {
        bool small = text.data[i] >= 'a' && text.data[i] <= 'z';

        letter = letter || small;
        if (!small && !(text.data[i] >= '0' && text.data[i] <= '9') && text.data[i] != '-')
            return false;
    }
    return letter && text.size <= LISTED_SIZE_MAX;
}

static int check_list(const struct slices *list, const char *key, struct error *error)
{
    if (list->count > LISTED_MAX)
        return error_set(error, "%s: more than %d names", key, LISTED_MAX);
    for (uint32_t i = 0; i < list->count; i++)
        if (!is_word(list->items[i]))
            return error_set(error, "%s: expected words of port names, of a-z, 0-9 and -", key);
    return 0;
}

static int check_apart(const struct slices *a, const struct slices *b, struct error *error)
{
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++)
            if (slice_equal(a->items[i], b->items[k]))
                return error_set(error, "%.*s is in two lists of port names", (int)a->items[i].size,
                                 a->items[i].data);
    return 0;
}

int port_names_check(const struct port_words *words, struct error *error)
{
    if (check_list(&words->auxiliary, "auxiliaryPorts", error) < 0 ||
        check_list(&words->serving, "servingPorts", error) < 0 ||
        check_list(&words->plain, "plainPorts", error) < 0 ||
        check_apart(&words->auxiliary, &words->serving, error) < 0 ||
        check_apart(&words->auxiliary, &words->plain, error) < 0)
        return -1;
    return check_apart(&words->serving, &words->plain, error);
}
