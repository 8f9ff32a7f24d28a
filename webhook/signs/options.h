// Options of a program that a variable holds, in one text: a virtual machine's in JAVA_OPTS, a
// program's in GUNICORN_CMD_ARGS.
#ifndef EVENKEEL_SIGNS_OPTIONS_H
#define EVENKEEL_SIGNS_OPTIONS_H

#include "base/text.h"

// Whether a variable's value can have options of a virtual machine at all.
bool options_possible(struct slice value);

// Takes the next -D<name>=<value> about a server (listen_names_option()) from `options`. False at
// the end.
bool options_next_property(struct slice *options, struct slice *name, struct slice *value);

// Whether a variable holds flags for a program, by its name and by how its value begins.
bool options_are_flags(struct slice variable, struct slice value);

// Takes the next flag that has a value from `flags`: --name=value, --name value, -b value. False at
// the end. `name` is without dashes.
bool options_next_flag(struct slice *flags, struct slice *name, struct slice *value);

#endif
