// Time for the commands on a live cluster: they wait, and they print how long ago something was.
#ifndef EVENKEEL_CLUSTER_CLOCK_H
#define EVENKEEL_CLUSTER_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { CLOCK_TEXT_SIZE = 32 };

// Returns the seconds of the monotonic clock.
double clock_now(void);

// Sleeps for so many seconds, or until a signal is handled.
void clock_sleep(double seconds);

// Reads "90s", "5m", "1h30m" or "90" (seconds) into `seconds`. Returns 0, or -1 with `error`.
int clock_parse(const char *text, double *seconds, struct error *error);

// Reads a time as Kubernetes writes it ("2026-11-28T22:44:01Z"). Returns seconds since the epoch,
// or -1 if it is not such a time.
int64_t clock_epoch(const char *time);

// Writes how long ago `epoch` was, in kubectl's form: "12s", "5m", "3h", "2d"; "?" for -1. Returns
// `text`.
const char *clock_ago(int64_t epoch, char text[CLOCK_TEXT_SIZE]);

// Writes the present time as Kubernetes writes it. Returns `text`.
const char *clock_stamp(char text[CLOCK_TEXT_SIZE]);

#endif
