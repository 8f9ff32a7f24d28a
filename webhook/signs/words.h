// Words within names: "http-api", "LISTEN_ADDR" and "listenAddress" are of two words each. It knows
// no meaning of any of them.
#ifndef EVENKEEL_SIGNS_WORDS_H
#define EVENKEEL_SIGNS_WORDS_H

#include "base/text.h"

enum {
    WORDS_MAX = 16,    // of one name; further ones are passed over
    WORD_SIZE_MAX = 24 // a longer word is cut, and so equals none of a table
};

struct words {
    struct word {
        char text[WORD_SIZE_MAX + 1]; // in small letters, NUL-terminated
    } items[WORDS_MAX];
    uint32_t count;
    uint32_t initials; // a bit for the first byte of each, so that most of a table is passed by
};

// Splits `name` at everything that is no letter or digit, and where a capital follows a small
// letter.
void words_split(struct slice name, struct words *words);

// The bit for a word's first byte. Letters have bits of their own.
static inline uint32_t words_initial(char first)
{
    return UINT32_C(1) << (first & 31);
}

// words_hold() for a word whose first byte is among the initials.
bool words_search(const struct words *words, const char *word);

// Whether `word` is among `words`. Digits at the end of those do not count: "http2" is "http".
// Inline, because tables are searched for a few words each.
static inline bool words_hold(const struct words *words, const char *word)
{
    return (words->initials & words_initial(word[0])) && words_search(words, word);
}

// The same for a whole name.
bool words_name_has(struct slice name, const char *word);

// Whether all words of `phrase` ("dubbo-qos") are, one behind the other; false for a phrase without
// a word.
bool words_hold_phrase(const struct words *words, struct slice phrase);

// Whether any word of `table`, which ends with NULL, is among `words`.
bool words_hold_any(const struct words *words, const char *const *table);

// Whether `word`, in small letters and without digits at its end, stands in `table`.
bool words_is_in(const char *word, const char *const *table);

#endif
