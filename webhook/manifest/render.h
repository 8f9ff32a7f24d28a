// Writes JSON values as text for a user's manifest: block YAML, or flow style in JSON's syntax.
#ifndef EVENKEEL_MANIFEST_RENDER_H
#define EVENKEEL_MANIFEST_RENDER_H

#include "json/value.h"

// The style of the surrounding text.
struct render_style {
    uint32_t step;         // columns by which a nested mapping is indented
    bool indent_sequences; // the dash of a list is indented too
    const char *line_end;  // "\n" or "\r\n"
    bool yaml;             // flow text is in YAML: strings are written so that YAML can read them
    struct arena *arena;   // for decoding strings
};

// Adds one `key: value` as block YAML. Each line has its line end, and the key comes after `column`
// spaces.
void render_member(struct text *text, const struct render_style *style, struct slice key,
                   struct value value, uint32_t column);

// Adds the members of a non-empty object as block YAML. Each member but the first comes after
// `column` spaces. The last has no line end.
void render_block(struct text *text, const struct render_style *style, struct value object,
                  uint32_t column);

// Adds a value in flow style on one line. A non-empty object has a space inside each of its braces.
void render_flow(struct text *text, const struct render_style *style, struct value value);

// Adds a value on one line as it would follow a key in block YAML: a scalar in the style that
// people use, a collection in flow style.
void render_inline(struct text *text, const struct render_style *style, struct value value);

// Adds a value as JSON on several lines. Lines after the first are indented by `column` spaces, and
// each inner level by `step` more. Strings and numbers keep their bytes, unless the style is YAML.
void render_pretty(struct text *text, const struct render_style *style, struct value value,
                   uint32_t column);

// Adds `key` (decoded) as flow text.
void render_flow_key(struct text *text, const struct render_style *style, struct slice key);

#endif
