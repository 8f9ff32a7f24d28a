// The names of the closed sets, made from the same lists as the enums.
#include "policy/reason.h"

struct word {
    const char *name;
    const char *doc;
};

#define WORD(id, name, doc) [id] = {name, doc},
static const struct word verdicts[] = {VERDICTS(WORD)};
static const struct word reasons[] = {REASONS(WORD)};
#undef WORD

static const struct word unknown = {"unknown", ""};

static const struct word *verdict_word(enum verdict verdict)
{
    return (unsigned)verdict < VERDICTS_COUNT ? &verdicts[verdict] : &unknown;
}

static const struct word *reason_word(enum reason reason)
{
    return (unsigned)reason < REASONS_COUNT ? &reasons[reason] : &unknown;
}

const char *verdict_name(enum verdict verdict)
{
    return verdict_word(verdict)->name;
}

const char *verdict_doc(enum verdict verdict)
{
    return verdict_word(verdict)->doc;
}

const char *reason_name(enum reason reason)
{
    return reason_word(reason)->name;
}

const char *reason_doc(enum reason reason)
{
    return reason_word(reason)->doc;
}
