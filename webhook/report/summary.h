// The top of the page: how many workloads lose requests, why, and where.
#ifndef EVENKEEL_REPORT_SUMMARY_H
#define EVENKEEL_REPORT_SUMMARY_H

#include "base/index.h"
#include "report/outlook.h"

struct tally {
    struct slice namespace; // empty: all of them
    size_t count;
    size_t serve; // workloads that somebody sends requests to
    size_t lose_before;
    size_t lose_after;
};

// Zeroed: nothing yet.
struct summary {
    struct tally all;
    size_t before[LOSSES];
    size_t after[LOSSES];
    struct index namespaces; // `first` is a struct tally
};

// Counts one workload; copies go into `arena`. 0, or -1 when memory is short.
int summary_add(struct summary *summary, struct arena *arena, struct slice namespace,
                const struct outlook *before, const struct outlook *after);

// Adds the page's header and its first sections.
void summary_write(const struct summary *summary, struct text *text, struct slice policy);

void summary_clear(struct summary *summary);

#endif
