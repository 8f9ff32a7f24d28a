// Whether an object wants nothing of evenkeel: the values of evenkeel.dev/inject, and the words by
// which an annotation switches a single rule off and on.
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

// What `text` says, in any case.
enum switch_word switch_word_read(struct slice text);

// Whether `text` opts an object out: a word for off, "0", or nothing.
bool opt_out_is_refusal(struct slice text);

// What the object's marks say. Each of the four may stand: the annotation or label
// evenkeel.dev/inject on the object or on its pod template. One that refuses is enough.
// `annotations` are those of the object's own metadata, which may be others than stand in it (an
// undo brings old ones).
enum opt_out opt_out_read(struct value object, struct value annotations, struct arena *arena);

#endif
