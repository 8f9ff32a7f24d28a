// The tables hold programs of every system's base tools. A word that is no time makes `sleep` and
// the like mean something else, so such a command is not idle.
#include "signs/idle_command.h"

static const char *const wait_alone[] = {"cat", "pause", NULL};
static const char *const wait_for_words[] = {"sleep", "tail", NULL}; // a time, an empty file
// What stands beside the waiting in a script.
static const char *const neutral[] = {"true", ":",    "done", "echo", "printf", "date", "trap",
                                      "wait", "exit", "fi",   "[",    "kill",   "set",  NULL};

// "30", "0.5", "1h", "infinity".
static bool is_time(struct slice text)
{
    size_t digits = 0;

    if (slice_is(text, "infinity") || slice_is(text, "inf"))
        return true;
    while (digits < text.size &&
           ((text.data[digits] >= '0' && text.data[digits] <= '9') || text.data[digits] == '.'))
        digits++;
    return digits > 0 && (digits == text.size ||
                          (digits + 1 == text.size && strchr("smhd", text.data[digits]) != NULL));
}

// Whether `part` only says how `program` waits.
static bool is_of_waiting(struct slice program, const struct command_part *part)
{
    if (slice_is(program, "sleep"))
        return part->type == COMMAND_WORD && is_time(part->text);
    return slice_is(program, "tail"); // it follows a file, whichever it is
}

static bool is_program(const struct command_part *part)
{
    // Args without a command: an image that gets these words starts them.
    return part->type == COMMAND_PROGRAM ||
           (part->type == COMMAND_WORD &&
            (slice_is_one_of(part->text, wait_for_words) || command_line_is_shell(part->text)));
}

// Whether the program at `first`, up to `end`, waits. Shells count by what their scripts start.
static bool is_idle(const struct command_line *line, uint32_t first, uint32_t end, bool *idle)
{
    struct slice program = line->items[first].text;

    if (!is_program(&line->items[first]))
        return false;
    if (slice_is_one_of(program, neutral))
        return true;
    if (command_line_is_shell(program)) {
        for (uint32_t i = first + 1; i < end; i++)
            if (line->items[i].type != COMMAND_FLAG || line->items[i].value.data)
                return false;
        return true;
    }
    if (!slice_is_one_of(program, end == first + 1 ? wait_alone : wait_for_words))
        return false;
    for (uint32_t i = first + 1; i < end; i++)
        if (!is_of_waiting(program, &line->items[i]))
            return false;
    *idle = true;
    return true;
}

bool idle_command_runs(const struct command_line *line)
{
    bool idle = false;

    if (line->count == COMMAND_PARTS_MAX)
        return false;
    for (uint32_t first = 0, end; first < line->count; first = end) {
        end = first + 1;
        while (end < line->count && line->items[end].type != COMMAND_PROGRAM)
            end++;
        // What stands before the first program: variables, and flags of an init.
        if (first == 0 && line->items[0].type != COMMAND_PROGRAM &&
            line->items[0].type != COMMAND_WORD && end < line->count)
            continue;
        if (!is_idle(line, first, end, &idle))
            return false;
    }
    return idle;
}
