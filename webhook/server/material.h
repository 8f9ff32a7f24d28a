// What the server uses for its answers, from files: policy and certificate. New and good files
// become a snapshot. Bad files are refused, logged and counted, and the old ones stay.
#ifndef EVENKEEL_SERVER_MATERIAL_H
#define EVENKEEL_SERVER_MATERIAL_H

#include "policy/rule.h"
#include "server/identity.h"
#include "server/metrics.h"
#include "server/snapshot.h"

struct material;

// `rules`, `options`, `log` and `metrics` are borrowed; events go to the log's ring `ring`. Nothing
// is read yet. NULL with the reason on failure.
struct material *material_new(const struct rules *rules, const struct options *options,
                              struct log *log, unsigned ring, struct metrics *metrics,
                              struct error *error);
void material_free(struct material *material); // NULL is fine

// Loads everything for the first time. Returns a snapshot, which belongs to the caller. NULL if
// something cannot be used: then every problem was printed to stderr as `evenkeel:
// FILE:LINE:COLUMN: TEXT`.
struct snapshot *material_load(struct material *material, time_t now);

// Looks for changes. If there are good ones, returns a snapshot, which belongs to the caller, else
// NULL.
struct snapshot *material_refresh(struct material *material, time_t now);

enum { MATERIAL_FILES_MAX = IDENTITY_FILES_MAX + 1 };

// The files that are looked at; borrowed. Returns their number, at most MATERIAL_FILES_MAX.
unsigned material_files(const struct material *material, const char *files[]);

// As identity_ca().
BIO *material_ca(const struct material *material, struct error *error);

#endif
