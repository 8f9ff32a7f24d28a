// Splits at spaces. It reads no quotes: what they hold is no address.
#include "signs/options.h"

#include "signs/address.h"
#include "signs/listen_names.h"

// Takes the next word.
static struct slice next_word(struct slice *text)
{
    const char *space = memchr(text->data, ' ', text->size);
    struct slice word = {text->data, space ? (size_t)(space - text->data) : text->size};

    *text = slice_skip(*text, space ? word.size + 1 : word.size);
    return word;
}

bool options_possible(struct slice value)
{
    return value.size > 0 && (value.data[0] == '-' || memchr(value.data, ' ', value.size));
}

bool options_next_property(struct slice *options, struct slice *name, struct slice *value)
{
    while (options->size > 0) {
        struct slice option = next_word(options);

        if (slice_starts_with(option, "-D") &&
            slice_split(slice_skip(option, 2), '=', name, value) && listen_names_option(*name))
            return true;
    }
    return false;
}

bool options_are_flags(struct slice variable, struct slice value)
{
    static const char *const endings[] = {"args", "opts", "options", "flags", NULL};
    struct words words;

    if (!slice_starts_with(value, "-") || !address_is_literal(value))
        return false;
    words_split(variable, &words);
    return words.count > 0 && words_is_in(words.items[words.count - 1].text, endings);
}

bool options_next_flag(struct slice *flags, struct slice *name, struct slice *value)
{
    *name = (struct slice){NULL, 0};
    while (flags->size > 0) {
        struct slice word = next_word(flags);
        bool is_long = slice_starts_with(word, "--");

        if (word.size == 0)
            continue;
        if (!is_long && name->size > 0 && !slice_starts_with(word, "-")) {
            *value = word;
            return true;
        }
        *name = slice_skip(word, is_long ? 2 : 1);
        if (is_long && slice_split(*name, '=', name, value))
            return true;
        if (!is_long && !slice_is(word, "-b"))
            name->size = 0;
    }
    return false;
}
