// A report as one HTML page that needs no other file.
#ifndef EVENKEEL_REPORT_PAGE_H
#define EVENKEEL_REPORT_PAGE_H

#include "report/outlook.h"

// What the page says of one workload. All texts may be hostile.
struct page_entry {
    const char *file;
    uint32_t line;
    struct slice namespace;
    struct slice kind;
    struct slice name;
    struct slice passed_over; // why it was not looked at; empty: it was
    bool changed;
    struct outlook before;
    struct outlook after;
    const struct slice *said; // the decisions, a line each
    uint32_t said_count;
    const struct page_edit *edits; // in the order of the file
    uint32_t edit_count;
};

// One edit of the file's text.
struct page_edit {
    uint32_t line;        // where it starts
    struct slice removed; // whole lines, or a part of one
    struct slice added;
};

struct page;

// NULL when memory is short.
struct page *page_new(void);
void page_free(struct page *page);

// Adds a workload; nothing of it is borrowed.
void page_add(struct page *page, const struct page_entry *entry);

// Adds a line about a Service, which stands below the workloads.
void page_note(struct page *page, const char *file, uint32_t line, struct slice note);

// The whole page; the page owns it. {NULL, 0} when memory was short.
struct slice page_text(struct page *page, struct slice policy);

#endif
