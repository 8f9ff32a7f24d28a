// The forms of preview's output: a table, one line each.
#ifndef EVENKEEL_PREVIEW_FORM_H
#define EVENKEEL_PREVIEW_FORM_H

#include "preview/decide.h"

struct arguments;
struct findings;
struct hints;
struct page;
struct services;

// What a form may remember between calls.
struct output {
    const struct arguments *arguments;
    struct arena *arena; // forgotten after each object and file
    bool started;        // something was printed
    bool listed;         // a JSON list is open
    bool open_line;      // what was printed last did not end its line
    struct slice held;   // the first JSON object; owned
    unsigned objects;
    // What the summary counts.
    unsigned known, changed, passed_over;
    // The present file, and the edits for its present object: those from `first_splice` on, not yet
    // in order.
    struct slice bytes;
    const struct splices *splices;
    size_t first_splice;
    struct services *services;
    const struct hints *hints; // of the present object
    const char *policy;
    struct page *page;         // owned by the form
    struct findings *findings; // the same
    struct arena *kept;        // the same: what is printed at the end
    struct text *drawing;      // in `kept`
    int height;                // of the drawing
    bool failed;               // memory was short
};

// The places of those objects in a file that would change.
struct name {
    uint32_t start; // the object's first byte
    char *text;     // "Deployment/shop/web"; owned; no byte of it may control a terminal
};

struct names {
    struct name *items;
    size_t count, capacity;
};

// Notes the next object of the file. Where memory is short, it has no name.
void names_add(struct names *names, const struct decision *decision);

// The name of the last object that begins at the byte `at` or before; NULL where none does.
const char *names_at(const struct names *names, uint32_t at);

void names_clear(struct names *names);

struct file {
    const char *name; // as it is shown; "stdin" for standard input
    struct slice bytes;
    const struct splices *splices; // settled
    const struct names *names;     // of objects that would change; NULL: there is one object only
};

// Each function may be NULL. Output goes to stdout.
struct form {
    const char *name;
    bool asks;      // answers whether something would change, rather than being the result
    bool of_engine; // shows what the engine said, so it has nothing to say of --remove
    void (*object)(struct output *output, const char *file, const struct decision *decision);
    void (*file)(struct output *output, const struct file *file);
    void (*end)(struct output *output);
};

// The form of this name; NULL when there is none.
const struct form *form_find(const char *name);

void form_diff(struct output *output, const struct file *file);
void form_summary(struct output *output, const char *file, const struct decision *decision);
void form_summary_end(struct output *output);
void form_html(struct output *output, const char *file, const struct decision *decision);
void form_html_end(struct output *output);
void form_svg(struct output *output, const char *file, const struct decision *decision);
void form_svg_end(struct output *output);
void form_sarif(struct output *output, const char *file, const struct decision *decision);
void form_sarif_end(struct output *output);
void form_github(struct output *output, const char *file, const struct decision *decision);
void form_github_end(struct output *output);
void form_junit(struct output *output, const char *file, const struct decision *decision);
void form_junit_end(struct output *output);

#endif
