// The page's own style and script, as they stand in page.css and page.js.
#include "report/assets.h"

__asm__(".pushsection .rodata, \"a\"\n"
        ".globl page_css_start, page_css_end, page_js_start, page_js_end\n"
        ".hidden page_css_start, page_css_end, page_js_start, page_js_end\n"
        "page_css_start:\n"
        ".incbin \"webhook/report/page.css\"\n"
        "page_css_end:\n"
        "page_js_start:\n"
        ".incbin \"webhook/report/page.js\"\n"
        "page_js_end:\n"
        ".popsection\n");

#pragma GCC visibility push(hidden)
extern const char page_css_start[], page_css_end[], page_js_start[], page_js_end[];
#pragma GCC visibility pop

struct slice page_css(void)
{
    return (struct slice){page_css_start, (size_t)(page_css_end - page_css_start)};
}

struct slice page_js(void)
{
    return (struct slice){page_js_start, (size_t)(page_js_end - page_js_start)};
}
