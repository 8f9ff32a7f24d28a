// A name is about the election itself only if it has no other words: a name for its namespace or
// its lease says nothing.
#include "signs/leader_election.h"

#include "signs/words.h"

enum { VARIABLES_MAX = 256 }; // of one container; further ones are passed over

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

static bool is_word(struct slice text, const char *const *table)
{
    struct words words;

    words_split(text, &words);
    return words.count == 1 && words_is_in(words.items[0].text, table);
}

bool leader_election_is_on(struct value container, const struct command_line *line,
                           struct arena *arena)
{
    static const char *const yes[] = {"true", "t", "yes", "on", "1", NULL};
    static const char *const no[] = {"false", "f", "no", "off", "0", NULL};
    uint32_t seen = 0;

    // If the word after the flag is neither, it is not the flag's value.
    for (uint32_t i = 0; i < line->count; i++)
        if (line->items[i].type == COMMAND_FLAG && is_election(line->items[i].text) &&
            !is_word(line->items[i].value, no))
            return true;
    for (struct value item = value_first(value_get(container, "env"));
         item.node && seen < VARIABLES_MAX; item = value_next(item), seen++)
        if (is_election(value_string(value_get(item, "name"), arena)) &&
            is_word(value_string(value_get(item, "value"), arena), yes))
            return true;
    return false;
}
