// Looks, decides, acts and sleeps, again and again. It stores nothing: all that it needs is in the
// object. So after an interruption, a new run goes on from there.
#include "cluster/drive.h"

#include <signal.h>

#include "cluster/act.h"
#include "cluster/clock.h"
#include "cluster/step.h"

enum { DRIVE_RETRY_SECONDS = 5 };

static volatile sig_atomic_t interrupted;

static void drive_interrupt(int number)
{
    interrupted = number;
}

static void drive_forget(struct driving *driving)
{
    driving->log.workload = NULL;
    if (!driving->looked)
        return;
    versions_clear(&driving->versions);
    workload_clear(&driving->workload);
    driving->looked = false;
}

// Reads the workload and its versions. Returns 0, or -1 with `error` if the cluster does not
// answer.
static int drive_look(struct driving *driving, struct error *error)
{
    struct workload workload;

    if (workload_get(driving->kubectl, driving->settings->workload, &workload, error) < 0)
        return -1;
    drive_forget(driving);
    driving->workload = workload;
    versions_get(driving->kubectl, &driving->workload, &driving->versions);
    driving->looked = true;
    driving->log.workload = &driving->workload;
    if (!driving->versions.missing.set)
        return 0;
    return error_set(error, "%s", driving->versions.missing.text);
}

static bool drive_pause(double seconds)
{
    double until = clock_now() + seconds;

    while (!interrupted && clock_now() < until)
        clock_sleep(until - clock_now());
    return !interrupted;
}

// Waits until all pods are of the version that it went back to.
static void drive_wait_for_stable(struct driving *driving)
{
    double until = clock_now() + driving->settings->timeout;

    while (clock_now() < until && drive_pause(driving->settings->interval)) {
        struct error why = {0};
        if (drive_look(driving, &why) == 0 && workload_is_complete(&driving->workload)) {
            drive_log(&driving->log, "rolled-back", "all %lld pods are of the former version",
                      (long long)driving->workload.replicas);
            return;
        }
    }
    drive_log(&driving->log, "rolled-back", "the former version is asked for; not all is back yet");
}

static enum drive_end drive_roll_back(struct driving *driving)
{
    struct error why = {0};

    drive_log(&driving->log, "failed", "%s", driving->why.text);
    if (driving->settings->keep || driving->settings->dry_run || !driving->was_held) {
        drive_log(&driving->log, "left", "it is left as it is%s",
                  driving->was_held ? "" : ": nothing was held when this run began");
        return DRIVE_LEFT;
    }
    // Somebody may have pushed another version in the meantime. This run must not undo theirs.
    if (drive_look(driving, &why) < 0 || drive_sameness(driving) != SAME) {
        drive_log(&driving->log, "left", "it is left as it is: %s",
                  why.set ? why.text : "another version was pushed, or this one taken back");
        return why.set ? DRIVE_TROUBLE : DRIVE_LEFT;
    }
    if (act_undo(driving->kubectl, &driving->workload, driving->revision, &why) != ACT_DONE) {
        drive_log(&driving->log, "left", "it could not be rolled back: %s", why.text);
        return DRIVE_LEFT;
    }
    drive_wait_for_stable(driving);
    return DRIVE_ROLLED_BACK;
}

// Notes that the cluster does not answer. Returns whether to go on asking.
static bool drive_lost(struct driving *driving, const struct error *error)
{
    double now = clock_now();

    if (driving->lost_since == 0) {
        driving->lost_since = now;
        drive_log(&driving->log, "lost", "%s", error->text);
    }
    // If it never answered, this is a mistake and not a lost connection.
    if (driving->step_begun > 0 && now - driving->lost_since < driving->settings->timeout)
        return true;
    drive_log(&driving->log, "left", "it is left as it is: the cluster cannot be asked");
    return false;
}

static enum drive_end drive_loop(struct driving *driving)
{
    enum drive_next next = NEXT_WAIT;

    while (next == NEXT_WAIT && !interrupted) {
        struct error error = {0};
        if (drive_look(driving, &error) == 0) {
            if (driving->lost_since > 0)
                drive_log(&driving->log, "found", "the cluster answers again");
            driving->lost_since = 0;
            next = drive_decide(driving);
        } else if (!interrupted && !drive_lost(driving, &error)) {
            return DRIVE_TROUBLE;
        }
        if (next == NEXT_WAIT)
            drive_pause(driving->lost_since > 0 ? DRIVE_RETRY_SECONDS
                                                : driving->settings->interval);
    }
    // An interrupted check failed for that reason only.
    if (next == NEXT_FAILED && !interrupted)
        return drive_roll_back(driving);
    if (next == NEXT_ENDED)
        return driving->end;
    drive_log(&driving->log, "interrupted", "what is held stays held; run it again to go on");
    return DRIVE_INTERRUPTED;
}

enum drive_end drive(const struct kubectl *kubectl, const struct drive_settings *settings)
{
    struct driving driving = {
        .kubectl = kubectl, .settings = settings, .log = {.json = settings->json}};
    struct sigaction action = {.sa_handler = drive_interrupt};
    enum drive_end end;

    interrupted = 0;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    end = drive_loop(&driving);
    drive_forget(&driving);
    return end;
}
