// Judges only words. admit/ decides what follows from them.
#include "object/opt_out.h"

#include <strings.h>

#include "base/text.h"
#include "object/annotations.h"

static bool word_is_one_of(struct slice text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (text.size == strlen(*words) && strncasecmp(text.data, *words, text.size) == 0)
            return true;
    return false;
}

static const char *const words_off[] = {"off", "false", "disabled", "no", NULL};
static const char *const words_on[] = {"on", "true", "enabled", "yes", NULL};

enum switch_word switch_word_read(struct slice text)
{
    if (word_is_one_of(text, words_off))
        return SWITCH_OFF;
    return word_is_one_of(text, words_on) ? SWITCH_ON : SWITCH_NONE;
}

bool opt_out_is_refusal(struct slice text)
{
    return text.size == 0 || slice_is(text, "0") || switch_word_read(text) == SWITCH_OFF;
}

// What one mark says; `mark` may be absent.
static enum opt_out opt_out_of(struct value mark, struct arena *arena)
{
    if (!value_exists(mark))
        return OPT_OUT_NO;
    if (value_type(mark) != TAPE_STRING)
        return OPT_OUT_UNCLEAR;
    struct slice text = value_string(mark, arena);
    if (opt_out_is_refusal(text))
        return OPT_OUT_YES;
    return slice_is(text, "1") || switch_word_read(text) == SWITCH_ON ? OPT_OUT_NO
                                                                      : OPT_OUT_UNCLEAR;
}

enum opt_out opt_out_read(struct value object, struct value annotations, struct arena *arena)
{
    struct value template = value_get(value_get(value_get(object, "spec"), "template"), "metadata");
    const struct value maps[] = {
        annotations,
        value_get(value_get(object, "metadata"), "labels"),
        value_get(template, "annotations"),
        value_get(template, "labels"),
    };
    enum opt_out found = OPT_OUT_NO;
    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
        enum opt_out one = opt_out_of(value_get(maps[i], ANNOTATION_INJECT), arena);
        found = one > found ? one : found;
    }
    return found;
}
