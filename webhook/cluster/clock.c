// Reads clocks, and reads and prints times. No other file of this room reads a clock.
#include "cluster/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void clock_sleep(double seconds)
{
    struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    if (seconds > 0)
        nanosleep(&time, NULL);
}

static double clock_unit(char unit)
{
    switch (unit) {
    case 's':
    case '\0':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    default:
        return -1;
    }
}

int clock_parse(const char *text, double *seconds, struct error *error)
{
    double sum = 0;
    const char *at = text;

    while (*at) {
        char *end;
        double number = strtod(at, &end), unit = clock_unit(*end);
        if (end == at || !(number >= 0 && number < 1e9) || unit < 0 || strchr("+- \t", *at))
            return error_set(error, "\"%s\": expected a time such as 90s, 5m or 1h30m", text);
        sum += number * unit;
        at = *end ? end + 1 : end;
    }
    if (at == text)
        return error_set(error, "expected a time such as 90s, 5m or 1h30m");
    *seconds = sum;
    return 0;
}

int64_t clock_epoch(const char *time)
{
    struct tm parts = {0};
    const char *end = time ? strptime(time, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;

    return end ? (int64_t)timegm(&parts) : -1;
}

const char *clock_ago(int64_t epoch, char text[CLOCK_TEXT_SIZE])
{
    int64_t ago = (int64_t)time(NULL) - epoch;
    int64_t seconds = ago > 0 ? ago : 0;

    if (epoch < 0)
        snprintf(text, CLOCK_TEXT_SIZE, "?");
    else if (seconds < 120)
        snprintf(text, CLOCK_TEXT_SIZE, "%llds", (long long)seconds);
    else if (seconds < (int64_t)120 * 60)
        snprintf(text, CLOCK_TEXT_SIZE, "%lldm", (long long)seconds / 60);
    else if (seconds < (int64_t)48 * 3600)
        snprintf(text, CLOCK_TEXT_SIZE, "%lldh", (long long)seconds / 3600);
    else
        snprintf(text, CLOCK_TEXT_SIZE, "%lldd", (long long)seconds / 86400);
    return text;
}

const char *clock_stamp(char text[CLOCK_TEXT_SIZE])
{
    time_t now = time(NULL);
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}
