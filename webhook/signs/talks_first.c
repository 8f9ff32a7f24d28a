// Servers that speak first (RFC 959, 4253, 5321; MySQL's max_connect_errors), debuggers, and
// programs that serve one connection.
#include "signs/talks_first.h"

#include "signs/words.h"

static const int32_t greeting_ports[] = {21, 22, 25, 465, 587, 3306, 33060};
static const char *const greeting_names[] = {"ftp",   "ftps",       "ssh",   "sftp",   "smtp",
                                             "smtps", "submission", "mysql", "mysqlx", NULL};

// Delve, the Java debug wire protocol, and Delve's older default.
static const int32_t debugger_ports[] = {40000, 5005, 2345};
static const char *const debugger_names[] = {"dlv", "delve", "jdwp", NULL};
static const char *const debuggers[] = {"dlv", NULL};

static const char *const one_client_programs[] = {"ncat", "socat", NULL};
static const char *const listeners_on_request[] = {"nc", "netcat", NULL}; // with -l

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_number(const int32_t *numbers, size_t count, int32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

// -l, -lk, -klp, --listen.
static bool listens(const struct command_part *part)
{
    return part->type == COMMAND_FLAG &&
           (slice_is(part->text, "listen") || (part->text.size > 0 && part->text.size < 6 &&
                                               memchr(part->text.data, 'l', part->text.size)));
}

static bool serves_one(const struct command_line *line)
{
    for (uint32_t i = 0; i < line->count; i++) {
        if (line->items[i].type != COMMAND_PROGRAM)
            continue;
        if (slice_is_one_of(line->items[i].text, one_client_programs))
            return true;
        for (uint32_t k = i + 1; slice_is_one_of(line->items[i].text, listeners_on_request) &&
                                 k < line->count && line->items[k].type != COMMAND_PROGRAM;
             k++)
            if (listens(&line->items[k]))
                return true;
    }
    return false;
}

static bool is_debugged(const struct command_line *line)
{
    for (uint32_t i = 0; i < line->count; i++)
        if (line->items[i].type == COMMAND_PROGRAM &&
            slice_is_one_of(line->items[i].text, debuggers))
            return true;
    return false;
}

enum reason talks_first_read(const struct port *port, const struct command_line *line)
{
    struct words name;

    words_split(port->name, &name);
    if (has_number(greeting_ports, COUNT(greeting_ports), port->number) ||
        words_hold_any(&name, greeting_names))
        return REASON_TALKS_FIRST;
    // A port with a name for requests is not a debugger's port, whatever its number.
    if ((!port->serving && has_number(debugger_ports, COUNT(debugger_ports), port->number)) ||
        words_hold_any(&name, debugger_names) || is_debugged(line))
        return REASON_DEBUGGER;
    return serves_one(line) ? REASON_ONE_CLIENT : REASON_NONE;
}
