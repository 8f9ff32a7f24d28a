// Splits and compares. If a name has more words than fit, only the first ones count.
#include "signs/words.h"

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_part(char c)
{
    return is_small(c) || is_capital(c) || is_digit(c);
}

void words_split(struct slice name, struct words *words)
{
    size_t at = 0, size;

    words->count = words->initials = 0;
    while (at < name.size && words->count < WORDS_MAX) {
        struct word *word = &words->items[words->count];

        for (size = 0; at < name.size && is_part(name.data[at]); at++) {
            char c = name.data[at];

            if (size > 0 && is_capital(c) && is_small(name.data[at - 1]))
                break;
            if (size < WORD_SIZE_MAX)
                word->text[size++] = (char)(is_capital(c) ? c - 'A' + 'a' : c);
        }
        word->text[size] = '\0';
        if (size > 0) {
            words->initials |= words_initial(word->text[0]);
            words->count++;
        } else {
            at++;
        }
    }
}

// Whether `word` is `wanted`, digits at its end aside.
static bool word_is(const char *word, const char *wanted)
{
    while (*wanted != '\0' && *word == *wanted) {
        word++;
        wanted++;
    }
    if (*wanted != '\0')
        return false;
    while (is_digit(*word))
        word++;
    return *word == '\0';
}

bool words_search(const struct words *words, const char *word)
{
    for (uint32_t i = 0; i < words->count; i++)
        if (word_is(words->items[i].text, word))
            return true;
    return false;
}

bool words_name_has(struct slice name, const char *word)
{
    struct words words;

    words_split(name, &words);
    return words_hold(&words, word);
}

bool words_hold_phrase(const struct words *words, struct slice phrase)
{
    struct words wanted;

    words_split(phrase, &wanted);
    for (uint32_t i = 0; wanted.count > 0 && i + wanted.count <= words->count; i++) {
        uint32_t same = 0;

        while (same < wanted.count && word_is(words->items[i + same].text, wanted.items[same].text))
            same++;
        if (same == wanted.count)
            return true;
    }
    return false;
}

bool words_hold_any(const struct words *words, const char *const *table)
{
    for (int i = 0; table[i]; i++)
        if (words_hold(words, table[i]))
            return true;
    return false;
}

bool words_is_in(const char *word, const char *const *table)
{
    for (int i = 0; table[i]; i++)
        if (word_is(word, table[i]))
            return true;
    return false;
}
