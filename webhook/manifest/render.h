// JSON values as text to put into somebody's manifest: block YAML, or flow in JSON's syntax.
#ifndef EVENKEEL_MANIFEST_RENDER_H
#define EVENKEEL_MANIFEST_RENDER_H

#include "json/value.h"

// The style of the surrounding text.
struct render_style {
    uint32_t step;         // columns that a nested mapping goes in
    bool indent_sequences; // the dash of a list goes in as well
    const char *line_end;  // "\n" or "\r\n"
    bool yaml;             // flow text is YAML: strings are written so that YAML reads them
    struct arena *arena;   // for decoding strings
};

// Adds one `key: value` as block YAML, each line with its line end, the key after `column` spaces.
void render_member(struct text *text, const struct render_style *style, struct slice key,
                   struct value value, uint32_t column);

// Adds the members of a non-empty object as block YAML after `column` spaces each but for the
// first, and no line end behind the last.
void render_block(struct text *text, const struct render_style *style, struct value object,
                  uint32_t column);

// Adds a value in flow style on one line. An object that is not empty has a space inside its
// braces.
void render_flow(struct text *text, const struct render_style *style, struct value value);

// Adds a value as it would stand behind a key in block YAML, on one line: a scalar in the style
// that people use, a collection in flow style.
void render_inline(struct text *text, const struct render_style *style, struct value value);

// Adds a value as JSON over several lines, the lines behind the first after `column` spaces (and
// those inside after `step` more). Strings and numbers stay the bytes that they are, unless the
// style is YAML.
void render_pretty(struct text *text, const struct render_style *style, struct value value,
                   uint32_t column);

// Adds `key` (decoded) as flow text.
void render_flow_key(struct text *text, const struct render_style *style, struct slice key);

#endif
