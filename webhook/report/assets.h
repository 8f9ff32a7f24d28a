// The parts of the page that no input changes.
#ifndef EVENKEEL_REPORT_ASSETS_H
#define EVENKEEL_REPORT_ASSETS_H

#include "base/text.h"

struct slice page_css(void);
struct slice page_js(void);

#endif
