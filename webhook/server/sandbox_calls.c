// The system calls that the server makes after its threads start, and no others. See sandbox.h.
#include "server/sandbox.h"

#include "server/http.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// libseccomp's own macros leave fields out.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

// On s390x, clone() has its flags second.
#ifdef __s390x__
#define CLONE_FLAGS_ARE SCMP_A1
#else
#define CLONE_FLAGS_ARE SCMP_A0
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const int allowed[] = {
    // Connections that come in.
    SCMP_SYS(accept4), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev),
    SCMP_SYS(recvfrom), SCMP_SYS(shutdown), SCMP_SYS(close), SCMP_SYS(getpeername),
    SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
    // Event loops, their messages, signals.
    SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pipe2), SCMP_SYS(eventfd2),
    SCMP_SYS(pause), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
    // Files, beside openat() below.
    SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek),
    // Memory, beside mmap() and mprotect() below.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(mremap),
    // Threads, beside clone() and tgkill() below.
    SCMP_SYS(futex), SCMP_SYS(rseq), SCMP_SYS(set_robust_list), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group),
    // Clocks, where the vDSO has none, and chance.
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep), SCMP_SYS(getrandom)};

// Allowed if the argument has this value. Several rows for one call: one of them must fit.
struct limited {
    int number;
    struct scmp_arg_cmp argument;
};

static const struct limited limited[] = {
    {SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, FIONREAD)},
    {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC)},
    {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)},
    {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFL)},
    {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD)},
    {SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD)},
    // To read.
    {SCMP_SYS(openat), SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, 0)},
    // Nothing executable.
    {SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    {SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)},
    // A thread, no process.
    {SCMP_SYS(clone), CLONE_FLAGS_ARE(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)},
};

// Of setsockopt(): level and option.
static const int options[][2] = {{IPPROTO_TCP, TCP_NODELAY}, {SOL_SOCKET, SO_ATTACH_FILTER}};

// This program never makes these calls. If something makes them, it is not this program any more,
// and is ended.
static const int fatal[] = {
    SCMP_SYS(execve),           SCMP_SYS(execveat),          SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
};

static int add_limited(scmp_filter_ctx filter)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < COUNT(limited); i++)
        result =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, limited[i].number, 1, limited[i].argument);
    for (size_t i = 0; result == 0 && i < COUNT(options); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 2,
                                  SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)options[i][0]),
                                  SCMP_A2(SCMP_CMP_EQ, (scmp_datum_t)options[i][1]));
    // abort() ends this process, and no other.
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    return result;
}

static int add_calls(scmp_filter_ctx filter, bool kills)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < COUNT(allowed); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; kills && result == 0 && i < COUNT(fatal); i++)
        result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, fatal[i], 0);
    // Its flags are in memory, where no filter can look: glibc then uses clone().
    if (result == 0)
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return result == 0 ? add_limited(filter) : result;
}

// 0 or an errno.
static int load(bool unlink_allowed, bool kills)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return ENOMEM;
    int result = add_calls(filter, kills);
    if (result == 0 && http_sends_messages())
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 0);
    if (result == 0 && unlink_allowed)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlink), 0);
    if (result == 0 && unlink_allowed)
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(unlinkat), 0);
    // A tree instead of a list: a request makes about ten calls.
    if (result == 0)
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (result == 0)
        result = seccomp_load(filter);
    seccomp_release(filter);
    return -result;
}

int sandbox_calls(bool unlink_allowed)
{
    // Not every kernel can end a process by a filter: gVisor cannot. There, the fatal calls fail
    // with EPERM like all others.
    int failure = load(unlink_allowed, true);
    return failure ? load(unlink_allowed, false) : 0;
}
