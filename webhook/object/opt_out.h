// Whether an object is opted out: the values of evenkeel.dev/inject, and the words with which an
// annotation switches a single rule off and on.
#ifndef EVENKEEL_OBJECT_OPT_OUT_H
#define EVENKEEL_OBJECT_OPT_OUT_H

#include "json/value.h"

enum opt_out {
    OPT_OUT_NO,
    OPT_OUT_UNCLEAR, // a value that means neither: nothing new is written, and what is ours stays
    OPT_OUT_YES,
};

enum switch_word {
    SWITCH_NONE, // no such word
    SWITCH_OFF,  // off, false, disabled, no
    SWITCH_ON,   // on, true, enabled, yes
};

// What `text` says, in upper or lower case.
enum switch_word switch_word_read(struct slice text);

// Whether `text` opts an object out: a word for off, "0", or the empty text.
bool opt_out_is_refusal(struct slice text);

// What the object's marks say. There may be four: the annotation and the label evenkeel.dev/inject,
// on the object and on its pod template. If one of them opts out, the object is opted out.
// `annotations` are those of the object's own metadata. They may differ from those in the object,
// because an undo brings old ones.
enum opt_out opt_out_read(struct value object, struct value annotations, struct arena *arena);

#endif
