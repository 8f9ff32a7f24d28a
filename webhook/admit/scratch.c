// Memory of one thread's reviews. It decides nothing.
#include "admit/scratch.h"

#include <stdlib.h>

#include "base/arena.h"

enum { SCRATCH_ARENA_MAX = 192 * 1024 * 1024 }; // twice the largest response, and the largest patch

struct scratch *scratch_new(void)
{
    struct scratch *scratch = calloc(1, sizeof(*scratch));
    if (scratch == NULL)
        return NULL;
    scratch->arena = arena_new(SCRATCH_ARENA_MAX);
    if (scratch->arena == NULL) {
        free(scratch);
        return NULL;
    }
    return scratch;
}

void scratch_free(struct scratch *scratch)
{
    if (scratch == NULL)
        return;
    arena_free(scratch->arena);
    for (int i = 0; i < TAPES_COUNT; i++)
        tape_clear(&scratch->tapes[i]);
    free(scratch);
}

void scratch_notice(struct scratch *scratch, struct slice text)
{
    scratch->notice = text;
}

void scratch_reset(struct scratch *scratch)
{
    arena_reset(scratch->arena);
    for (int i = 0; i < TAPES_COUNT; i++)
        scratch->tapes[i].was_short = scratch->tapes[i].malformed = false;
}

bool scratch_was_short(const struct scratch *scratch)
{
    bool was_short = arena_was_short(scratch->arena);
    for (int i = 0; i < TAPES_COUNT; i++)
        was_short = was_short || scratch->tapes[i].was_short;
    return was_short;
}
