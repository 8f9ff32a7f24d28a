// What a container runs, as parts: program, flags and plain words, read from its command and args,
// and from the script of a shell's -c. Of programs it knows shells, launchers and interpreters.
#ifndef EVENKEEL_SIGNS_COMMAND_LINE_H
#define EVENKEEL_SIGNS_COMMAND_LINE_H

#include "json/value.h"

enum { COMMAND_PARTS_MAX = 256 }; // further ones are passed over

enum command_part_type {
    COMMAND_PROGRAM, // what is started: `text` is its base name
    COMMAND_WORD,    // neither a flag nor a flag's value: `text`
    COMMAND_FLAG,    // --text=value, --text value, or --text alone
    COMMAND_VARIABLE // text=value, as a script sets one
};

struct command_part {
    enum command_part_type type;
    struct slice text;  // without leading dashes
    struct slice value; // {NULL, 0}: none
};

struct command_line {
    struct command_part *items; // in the arena
    uint32_t count;
};

// Reads `container` (of a pod template). Empty where memory is short: the arena remembers that. A
// plain word behind a flag counts as the flag's value, for nobody knows which flags take one. But
// what an interpreter runs is a word: the archive behind -jar, the module behind python's -m, and a
// file with a suffix such as .js before any other word.
void command_line_read(struct value container, struct arena *arena, struct command_line *line);

// Whether a program's base name is a shell's.
bool command_line_is_shell(struct slice program);

#endif
