// A name is about the election itself only if it has no other words: a name for its namespace or
// its lease says nothing.
#include "signs/leader_election.h"

#include "signs/words.h"

static const char *const election_words[] = {"enable", "enabled", "use",      "with", "leader",
                                             "elect",  "elects",  "election", NULL};

static bool is_election(struct slice name)
{
    struct words words;
    bool leader = false, elects = false;

    words_split(name, &words);
    for (uint32_t i = 0; i < words.count; i++) {
        const char *word = words.items[i].text;

        if (!words_is_in(word, election_words))
            return false;
        leader = leader || !strcmp(word, "leader");
        elects = elects || !strncmp(word, "elect", strlen("elect"));
    }
    return leader && elects;
}

static bool is_word_of(struct slice text, const char *const *table)
{
    struct words words;

    words_split(text, &words);
    return words.count == 1 && words_is_in(words.items[0].text, table);
}

// Most values are too long for a word.
static bool is_word(struct slice text, const char *const *table)
{
    return text.size <= WORD_SIZE_MAX && is_word_of(text, table);
}

bool leader_election_is_on(const struct command_line *line, const struct environment *variables)
{
    static const char *const yes[] = {"true", "t", "yes", "on", "1", NULL};
    static const char *const no[] = {"false", "f", "no", "off", "0", NULL};

    // If the word after the flag is neither, it is not the flag's value.
    for (uint32_t i = 0; i < line->count; i++)
        if (line->items[i].type == COMMAND_FLAG && is_election(line->items[i].text) &&
            !is_word(line->items[i].value, no))
            return true;
    for (uint32_t i = 0; i < variables->count; i++)
        if (is_word(variables->items[i].value, yes) && is_election(variables->items[i].name))
            return true;
    return false;
}
