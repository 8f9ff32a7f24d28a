// This does not read a shell's grammar. White space, quotes around a whole word and the signs
// between commands are enough to separate programs, flags and words.
#include "signs/command_line.h"

#include "base/arena.h"

static const char *const shells[] = {"sh", "bash", "ash", "dash", "ksh", "zsh", NULL};
// Programs that start another one, in their place or below them, and words of a shell before one.
static const char *const launchers[] = {"exec", "nohup",       "time",      "env",         "then",
                                        "do",   "else",        "while",     "until",       "if",
                                        "tini", "tini-static", "dumb-init", "docker-init", NULL};

// Programs of languages. Their own program is a file or a module, and a flag without a value may
// come before it. Digits and dots may follow a name, as in python3.11.
static const char *const interpreters[] = {"python", "pypy",    "node", "nodejs", "ruby",
                                           "php",    "perl",    "java", "dotnet", "bun",
                                           "deno",   "ts-node", "tsx",  NULL};
static const char *const program_files[] = {".js", ".mjs", ".cjs", ".ts", ".py",
                                            ".rb", ".php", ".pl",  NULL};

// Flags of interpreters whose value is a file that only comes before the program.
static const char *const preloads[] = {"r",      "require", "import", "experimental-loader",
                                       "loader", NULL};

struct reading {
    struct command_line *line;
    struct arena *arena;
    bool program;             // the next word is one
    bool flag;                // the last part is a flag without a value
    struct slice interpreter; // has started, and its own program was not seen yet
};

static bool is_interpreter(struct slice name)
{
    while (name.size > 0 && (name.data[name.size - 1] == '.' ||
                             (name.data[name.size - 1] >= '0' && name.data[name.size - 1] <= '9')))
        name.size--;
    return slice_is_one_of(name, interpreters);
}

static bool is_program_file(struct slice name)
{
    const char *dot = name.size > 0 ? memrchr(name.data, '.', name.size) : NULL;

    return dot && slice_is_one_of((struct slice){dot, (size_t)(name.data + name.size - dot)},
                                  program_files);
}

// Whether `text` behind the last flag is no value of it, but what an interpreter runs: the archive
// of `java -jar` (also where args follow an image's own java), the module of `python -m`, the file
// behind a flag that takes no value.
static bool is_run(const struct reading *reading, struct slice text)
{
    struct slice flag = reading->line->items[reading->line->count - 1].text;

    if (slice_is(flag, "jar"))
        return true;
    if (slice_is(flag, "m"))
        return slice_starts_with(reading->interpreter, "py");
    return reading->interpreter.size > 0 && is_program_file(text) &&
           !slice_is_one_of(flag, preloads);
}

bool command_line_is_shell(struct slice program)
{
    return slice_is_one_of(program, shells);
}

static struct slice base_name(struct slice path)
{
    const char *slash = path.size > 0 ? memrchr(path.data, '/', path.size) : NULL;

    if (!slash || memmem(path.data, path.size, "://", strlen("://")))
        return path;
    return (struct slice){slash + 1, (size_t)(path.data + path.size - slash - 1)};
}

static void add(struct reading *reading, enum command_part_type type, struct slice text,
                struct slice value)
{
    struct command_line *line = reading->line;

    if (line->count < COMMAND_PARTS_MAX)
        line->items[line->count++] = (struct command_part){type, text, value};
}

static void add_flag(struct reading *reading, struct slice text)
{
    struct slice name, value = {NULL, 0};

    while (text.size > 0 && text.data[0] == '-')
        text = (struct slice){text.data + 1, text.size - 1};
    // "--" ends the flags of an init, and what follows is its program.
    reading->flag = reading->flag && !(text.size == 0 && reading->program);
    if (text.size == 0)
        return;
    name = text;
    slice_split(text, '=', &name, &value);
    add(reading, COMMAND_FLAG, name, value);
    reading->flag = value.data == NULL;
}

// An assignment before a program, as in a shell: a name of letters, digits and _.
static bool is_assignment(struct slice text)
{
    const char *equals = memchr(text.data, '=', text.size);

    for (const char *at = text.data; equals && at < equals; at++)
        if (!(byte_is_letter(*at) || *at == '_' || (at > text.data && *at >= '0' && *at <= '9')))
            return false;
    return equals > text.data;
}

static void add_word(struct reading *reading, struct slice text)
{
    struct slice name = text, value = {NULL, 0};

    if (text.size == 0)
        return;
    if (text.data[0] == '-' && text.size > 1) {
        add_flag(reading, text);
        return;
    }
    if (reading->flag && reading->line->count > 0 && !is_run(reading, text)) {
        reading->line->items[reading->line->count - 1].value = text;
        reading->flag = false;
        return;
    }
    reading->flag = false;
    if (reading->program && is_assignment(text)) {
        slice_split(text, '=', &name, &value);
        add(reading, COMMAND_VARIABLE, name, value);
        return;
    }
    if (reading->program && slice_is_one_of(base_name(text), launchers))
        return;
    text = base_name(text);
    add(reading, reading->program ? COMMAND_PROGRAM : COMMAND_WORD, text, (struct slice){NULL, 0});
    reading->interpreter = is_interpreter(text) ? text : (struct slice){NULL, 0};
    reading->program = false;
}

static struct slice without_quotes(struct slice text)
{
    char first = text.size > 1 ? text.data[0] : '\0';

    if ((first == '"' || first == '\'') && text.data[text.size - 1] == first)
        return (struct slice){text.data + 1, text.size - 2};
    return text;
}

static bool ends_command(char c)
{
    return c == ';' || c == '&' || c == '|' || c == '\n' || c == '(' || c == ')' || c == '{' ||
           c == '}';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\\';
}

// The size of the word at the start of `text`. Quotes keep white space in it.
static size_t word_size(struct slice text)
{
    char quote = '\0';
    size_t size = 0;

    for (; size < text.size; size++) {
        char c = text.data[size];

        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        // "${X}" is no group of commands.
        else if (is_space(c) || (ends_command(c) && !(size > 0 && (c == '{' || c == '}'))))
            break;
    }
    return size;
}

static void add_script(struct reading *reading, struct slice script)
{
    reading->program = true;
    reading->flag = false;
    while (script.size > 0) {
        size_t size = word_size(script);

        if (size == 0) {
            bool ends = ends_command(script.data[0]);

            reading->program = reading->program || ends;
            reading->flag = reading->flag && !ends;
            size = 1;
        } else {
            add_word(reading, without_quotes((struct slice){script.data, size}));
        }
        script = (struct slice){script.data + size, script.size - size};
    }
}

// -c, -ec, -lc: what follows is a script.
static bool takes_script(const struct command_line *line)
{
    struct slice flag, program = {NULL, 0};

    if (line->count < 2 || line->items[line->count - 1].type != COMMAND_FLAG)
        return false;
    flag = line->items[line->count - 1].text;
    for (uint32_t i = line->count - 1; i > 0 && line->items[i].type == COMMAND_FLAG;)
        program = line->items[--i].text;
    return flag.size > 0 && flag.size < 4 && flag.data[flag.size - 1] == 'c' &&
           slice_is_one_of(program, shells);
}

static void add_list(struct reading *reading, struct value list)
{
    for (struct value item = value_first(list); item.node; item = value_next(item)) {
        struct slice text = value_string(item, reading->arena);

        if (reading->flag && takes_script(reading->line) && slice_is(text, "--"))
            continue;
        if (reading->flag && takes_script(reading->line))
            add_script(reading, text);
        else
            add_word(reading, text);
    }
}

void command_line_read(struct value container, struct arena *arena, struct command_line *line)
{
    struct value command = value_get(container, "command");
    struct value args = value_get(container, "args");
    struct reading reading = {.line = line, .arena = arena};

    *line = (struct command_line){NULL, 0};
    if (value_count(command) == 0 && value_count(args) == 0)
        return;
    line->items = arena_alloc_bytes(arena, COMMAND_PARTS_MAX * sizeof(*line->items));
    if (!line->items)
        return;
    reading.program = value_count(command) > 0;
    add_list(&reading, command);
    // The image's own entry point comes before args without a command.
    reading.program = false;
    add_list(&reading, args);
}
