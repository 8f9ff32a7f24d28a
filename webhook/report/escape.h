// Text of the input on its way into other languages: the one place where it is escaped.
#ifndef EVENKEEL_REPORT_ESCAPE_H
#define EVENKEEL_REPORT_ESCAPE_H

#include "base/text.h"

// Adds `string` for HTML and XML, as text and inside quotes alike: &, <, >, " and ' as references,
// and U+FFFD for control characters and for what is no UTF-8.
void escape_markup(struct text *text, struct slice string);

// Adds `string` as a JSON string with its quotes, which may stand in an HTML script element: <, >
// and & are escaped too. What is no UTF-8 becomes U+FFFD.
void escape_script(struct text *text, struct slice string);

// Adds `string` for the message of a GitHub workflow command; in a property (`file=`) `:` and `,`
// are escaped too.
void escape_command(struct text *text, struct slice string, bool property);

#endif
