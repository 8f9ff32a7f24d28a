// What a run reports: outcomes and warnings.
#include "run/run.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

enum { OUTCOMES_FIRST = 32 }; // room for so many to start with

// Most objects have few outcomes, so there is no room for all possible ones at first.
static bool run_grow_outcomes(struct run *run)
{
    uint32_t capacity = run->outcome_capacity ? run->outcome_capacity * 4 : OUTCOMES_FIRST;
    if (capacity > ADMIT_OUTCOMES_MAX)
        capacity = ADMIT_OUTCOMES_MAX;
    if (run->outcome_count == capacity)
        return false;
    struct outcome *outcomes = arena_alloc_bytes(run->arena, capacity * sizeof(*outcomes));
    if (outcomes == NULL)
        return false;
    if (run->outcome_count > 0)
        memcpy(outcomes, run->outcomes, run->outcome_count * sizeof(*outcomes));
    run->outcomes = outcomes;
    run->outcome_capacity = capacity;
    return true;
}

void run_note(struct run *run, const struct rule *rule, const struct container *container,
              struct finding finding)
{
    if (run->outcome_count == run->outcome_capacity && !run_grow_outcomes(run)) {
        run->outcomes_dropped++;
        return;
    }
    struct outcome *outcome = &run->outcomes[run->outcome_count++];
    outcome->rule = rule;
    outcome->container = container ? container->name : (struct slice){"", 0};
    outcome->finding = finding;
    outcome->line = 0;
    for (uint32_t i = 0; rule != NULL && i < run->rules->count; i++)
        if (run->rules->items[i] == rule && run->settings[i] != NULL)
            outcome->line = run->settings[i]->entry_line;
}

// Warnings must be short and have no control characters (the API drops those that do). A cut
// warning stays valid UTF-8.
void run_warn(struct run *run, const char *format, ...)
{
    if (run->warning_count == ADMIT_WARNINGS_MAX)
        return;
    char *text = arena_alloc(run->arena, ADMIT_WARNING_SIZE_MAX + 1);
    if (text == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(text, ADMIT_WARNING_SIZE_MAX + 1, format, arguments);
    va_end(arguments);
    size_t size = written < 0 ? 0 : strlen(text);
    while (written > ADMIT_WARNING_SIZE_MAX && size > 0 && (text[size - 1] & 0x80)) {
        bool lead = (text[--size] & 0x40) != 0;
        if (lead)
            break;
    }
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
    run->warnings[run->warning_count++] = (struct slice){text, size};
}

void run_warn_names(struct run *run, const char *what, struct slice names)
{
    static const char between[] = ", ", rest[] = ", …";
    size_t room = ADMIT_WARNING_SIZE_MAX - strlen(what), size = names.size;
    if (names.size == 0)
        return;
    if (names.size > room)
        for (size = room - strlen(rest); size > 0; size--)
            if (memcmp(names.data + size, between, strlen(between)) == 0)
                break;
    run_warn(run, "%s%.*s%s", what, (int)size, names.data, size < names.size ? rest : "");
}
