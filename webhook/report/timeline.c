// Draws what it is given. Lengths are seconds on one scale, except one: the unknown time in which
// requests still come to a pod that has ended always has the same length.
#include "report/timeline.h"

#include <inttypes.h>

#include "report/escape.h"

enum {
    LEFT = 92,    // of the scale, in the picture's units
    WIDTH = 580,  // of the scale
    RIGHT = 28,   // room behind it, for the last label
    LANE = 18,    // a pod's bar
    STATE = 112,  // before, or after
    TITLE = 30,   // of a picture that has a heading
    UNKNOWN = 34, // what has no known length
};

const char timeline_style[] =
    ".tl{--tl-ink:#1b2430;--tl-soft:#5b6675;--tl-line:#d5dbe3;--tl-ok:#17714a;--tl-wait:#c3ccd6;"
    "--tl-drain:#f0b54a;--tl-bad:#b4232f;--tl-on:#fff;--tl-over:#1b2430;font:12px "
    "system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){.tl{--tl-ink:#e8edf3;--tl-soft:#a3afbd;--tl-line:#3a4553;"
    "--tl-ok:#35b57c;--tl-wait:#8a98ac;--tl-drain:#e0a339;--tl-bad:#ff8b93;--tl-on:#0d131a;"
    "--tl-over:#0d131a}}"
    ".tl text{fill:var(--tl-ink)}.tl .s{fill:var(--tl-soft)}.tl .h{font-weight:600}"
    ".tl .i,.tl .j{fill:var(--tl-on);font-size:11px}.tl .j{fill:var(--tl-over)}.tl "
    ".r{fill:var(--tl-bad);font-weight:600}"
    ".tl line{stroke:var(--tl-line)}.tl .ok{fill:var(--tl-ok)}.tl .wait{fill:var(--tl-wait)}"
    ".tl .drain{fill:var(--tl-drain)}.tl .bad{fill:var(--tl-bad)}.tl .mark{stroke:var(--tl-ink);"
    "stroke-width:1.5}@media print{.tl{--tl-ink:#000;--tl-soft:#444;--tl-line:#bbb}}";

struct scale {
    int64_t seconds; // that WIDTH stands for
    int64_t step;    // between two ticks
};

static int64_t end_of_new(const struct outlook *rollout)
{
    return (rollout->ready > 0 ? rollout->ready : 0) + rollout->min_ready;
}

static int64_t longest(const struct outlook *rollout)
{
    int64_t old = (int64_t)rollout->sleep + rollout->drain;

    return old > end_of_new(rollout) ? old : end_of_new(rollout);
}

static struct scale scale_of(const struct outlook *before, const struct outlook *after)
{
    static const int64_t steps[] = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200};
    int64_t seconds = longest(before) > longest(after) ? longest(before) : longest(after);
    size_t i = 0;

    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && steps[i] * 8 < seconds)
        i++;
    return (struct scale){seconds > 0 ? seconds : 1, steps[i]};
}

static int64_t x_of(struct scale scale, int64_t seconds)
{
    return LEFT + WIDTH * (seconds < scale.seconds ? seconds : scale.seconds) / scale.seconds;
}

static void add_bar(struct text *text, const char *class, int64_t from, int64_t to, int y,
                    const char *label)
{
    if (to <= from)
        return;
    text_printf(text,
                "<rect class=\"%s\" x=\"%" PRId64 "\" y=\"%d\" width=\"%" PRId64
                "\" height=\"%d\" rx=\"3\"/>",
                class, from, y, to - from, LANE);
    if ((int64_t)strlen(label) * 6 + 8 < to - from)
        text_printf(text, "<text class=\"%s\" x=\"%" PRId64 "\" y=\"%d\">%s</text>",
                    strcmp(class, "ok") ? "j" : "i", from + 6, y + 13, label);
}

static void add_mark(struct text *text, int64_t x, int y, const char *label, bool left)
{
    text_printf(text,
                "<line class=\"mark\" x1=\"%" PRId64 "\" y1=\"%d\" x2=\"%" PRId64 "\" y2=\"%d\"/>"
                "<text class=\"s\" x=\"%" PRId64 "\" y=\"%d\"%s>%s</text>",
                x, y - 3, x, y + LANE + 3, left ? x + 3 : x - 3, y + LANE + 14,
                left ? "" : " text-anchor=\"end\"", label);
}

// The new pod: starting, ready but not yet counted, available.
static void add_new(struct text *text, struct scale scale, const struct outlook *rollout, int y)
{
    int64_t ready = x_of(scale, rollout->ready > 0 ? rollout->ready : 0);
    int64_t end = LEFT + WIDTH;

    text_printf(text, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">comes</text>",
                LEFT - 8, y + 13);
    if (rollout->ready < 0 && rollout->serves) {
        add_bar(text, "bad", LEFT, LEFT + UNKNOWN, y, "");
        add_bar(text, "ok", LEFT + UNKNOWN, end, y, "gets requests");
        text_printf(text,
                    "<text class=\"r\" x=\"%d\" y=\"%d\">gets requests before it can answer"
                    "</text>",
                    LEFT, y - 4);
        return;
    }
    add_bar(text, "wait", LEFT, ready, y, "starts");
    add_bar(text, "ok", ready, end, y, rollout->ready >= 0 ? "ready: gets requests" : "runs");
    if (rollout->min_ready > 0)
        add_mark(text, x_of(scale, end_of_new(rollout)), y, "counts as available",
                 end_of_new(rollout) * 2 < scale.seconds);
}

// The stopping pod: still serving, stopping, killed.
static void add_old(struct text *text, struct scale scale, const struct outlook *rollout, int y)
{
    int64_t term = x_of(scale, rollout->sleep);
    int64_t kill = x_of(scale, (int64_t)rollout->sleep + rollout->drain);
    bool lost = rollout->sleep == 0 && rollout->serves;

    text_printf(text, "<text class=\"s\" x=\"%d\" y=\"%d\" text-anchor=\"end\">goes</text>",
                LEFT - 8, y + 13);
    add_bar(text, "ok", LEFT, term, y, "sleeps: still serves");
    add_bar(text, "drain", term, kill, y, lost ? "" : "finishes requests");
    if (lost) {
        add_bar(text, "bad", LEFT, LEFT + UNKNOWN, y, "");
        text_printf(text,
                    "<text class=\"r\" x=\"%d\" y=\"%d\">requests still come, and are refused"
                    "</text>",
                    LEFT + 66, y + LANE + 14);
    }
    add_mark(text, term, y, "SIGTERM", true);
    add_mark(text, kill, y, "SIGKILL", kill - term < 120 && kill + 56 < LEFT + WIDTH + RIGHT);
}

static void add_ticks(struct text *text, struct scale scale, int top, int bottom)
{
    for (int64_t at = 0; at <= scale.seconds; at += scale.step) {
        int64_t x = x_of(scale, at);
        text_printf(text,
                    "<line x1=\"%" PRId64 "\" y1=\"%d\" x2=\"%" PRId64 "\" y2=\"%d\"/>"
                    "<text class=\"s\" x=\"%" PRId64 "\" y=\"%d\" text-anchor=\"middle\">%" PRId64
                    "%s</text>",
                    x, top, x, bottom, x, bottom + 14, at, at == 0 ? " s" : "");
    }
}

static void add_state(struct text *text, struct scale scale, const struct outlook *rollout,
                      const char *name, int y)
{
    text_printf(text, "<text class=\"h\" x=\"0\" y=\"%d\">%s</text>", y + 14, name);
    add_new(text, scale, rollout, y + 20);
    add_old(text, scale, rollout, y + 60);
}

// What the picture shows, for readers who cannot see it.
static void add_words(struct text *text, const char *name, const struct outlook *rollout)
{
    text_printf(text, "%s: ", name);
    if (rollout->ready < 0)
        text_puts(text, "a new pod has no readiness probe; ");
    else
        text_printf(text, "a new pod is ready after %" PRId64 " s at the earliest; ",
                    rollout->ready);
    text_printf(
        text,
        "an old pod serves for %d s, has %d s to drain after SIGTERM, and is killed after %d s. ",
        rollout->sleep, rollout->drain, rollout->sleep + rollout->drain);
}

static bool is_same(const struct outlook *a, const struct outlook *b)
{
    return a->ready == b->ready && a->min_ready == b->min_ready && a->sleep == b->sleep &&
           a->drain == b->drain && a->serves == b->serves;
}

int timeline_height(const struct outlook *before, const struct outlook *after, bool headed)
{
    return (headed ? TITLE : 0) + STATE * (is_same(before, after) ? 1 : 2) + 22;
}

void timeline_add(struct text *text, const struct outlook *before, const struct outlook *after,
                  struct slice title, int y)
{
    struct scale scale = scale_of(before, after);
    bool same = is_same(before, after);
    int height = timeline_height(before, after, title.data != NULL);
    int top = title.data ? TITLE : 0;

    text_printf(text, "<svg class=\"tl\" role=\"img\" viewBox=\"0 0 %d %d\"", TIMELINE_WIDTH,
                height);
    if (title.data)
        text_printf(text, " y=\"%d\" width=\"%d\" height=\"%d\"", y, TIMELINE_WIDTH, height);
    text_puts(text, "><title>");
    add_words(text, same ? "Rollout" : "Before", before);
    if (!same)
        add_words(text, "After", after);
    text_puts(text, "</title>");
    if (title.data) {
        text_puts(text, "<text class=\"h\" x=\"0\" y=\"16\">");
        escape_markup(text, title);
        text_puts(text, "</text>");
    }
    add_ticks(text, scale, top + 12, height - 22);
    add_state(text, scale, before, same ? "unchanged" : "before", top);
    if (!same)
        add_state(text, scale, after, "after", top + STATE);
    text_puts(text, "</svg>");
}
