// Enters the server's sandbox and tries what it forbids. It prints how it went: 0, or the errno's
// name; what is fatal ends it.
//
// sandbox_probe FOLDER ATTEMPT: in the sandbox of FOLDER/policy.yaml, with FOLDER/own to remove for
// the attempts remove-...
// sandbox_probe --without CALL,.. COMMAND..: runs a command on a kernel without these calls. With
// kill-process among them: one whose filters cannot end a process.
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char policy[PATH_MAX], own[PATH_MAX], other[PATH_MAX], fresh[PATH_MAX];
static int tcp, udp, listener;
static struct sockaddr_in somewhere = {.sin_family = AF_INET};

static long open_file(const char *path, int flags)
{
    return open(path, flags | O_CLOEXEC, 0600);
}

static long read_policy(void)
{
    return open_file(policy, O_RDONLY);
}

static long read_outside(void)
{
    return open_file("/etc/passwd", O_RDONLY);
}

static long list_folder(void)
{
    return open_file("/", O_RDONLY | O_DIRECTORY);
}

static long write_policy(void)
{
    return open_file(policy, O_WRONLY);
}

static long append_policy(void)
{
    return open_file(policy, O_RDWR | O_APPEND);
}

static long truncate_policy(void)
{
    return open_file(policy, O_RDONLY | O_TRUNC);
}

static long create_file(void)
{
    return open_file(fresh, O_RDONLY | O_CREAT | O_EXCL);
}

static long open_newly(void)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = {0};
    return syscall(SYS_openat2, AT_FDCWD, policy, &how, sizeof(how));
}

static long remove_own(void)
{
    return unlink(own);
}

static long remove_other(void)
{
    return unlink(other);
}

static long rename_policy(void)
{
    return rename(policy, fresh);
}

static long make_folder(void)
{
    return mkdir(fresh, 0700);
}

static long change_mode(void)
{
    return chmod(policy, 0777);
}

static long open_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long open_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long open_pair(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long connect_old(void)
{
    return connect(tcp, (struct sockaddr *)&somewhere, sizeof(somewhere));
}

static long bind_old(void)
{
    return bind(tcp, (struct sockaddr *)&somewhere, sizeof(somewhere));
}

static long send_old(void)
{
    return sendto(udp, "x", 1, 0, (struct sockaddr *)&somewhere, sizeof(somewhere));
}

static long accept_none(void)
{
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0 && errno == EAGAIN ? 0 : -1;
}

static long set_option(void)
{
    int on = 1;
    return setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

static long set_no_delay(void)
{
    int on = 1;
    return setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static long attach_filter(void)
{
    struct sock_filter pass = {BPF_RET | BPF_K, 0, 0, 0xffffffff};
    struct sock_fprog program = {1, &pass};
    return setsockopt(tcp, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static long run_program(void)
{
    return execl("/bin/true", "true", NULL);
}

static long run_descriptor(void)
{
    char *const none[] = {NULL};
    return syscall(SYS_execveat, tcp, "", none, none, AT_EMPTY_PATH);
}

static long trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long read_process(void)
{
    char byte;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0);
}

static long write_process(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1}, there = {&byte, 1};
    return process_vm_writev(getpid(), &here, 1, &there, 1, 0);
}

static long make_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child;
}

static long make_namespace(void)
{
    return unshare(CLONE_NEWUSER);
}

static void *in_thread(void *result)
{
    *(long *)result = read_outside() < 0 ? errno : 0;
    return NULL;
}

static long try_in_thread(void)
{
    pthread_t thread;
    long result = 0;
    int failure = pthread_create(&thread, NULL, in_thread, &result);
    if (!failure)
        pthread_join(thread, NULL);
    errno = failure ? ENOSYS : (int)result;
    return errno ? -1 : 0;
}

static long map(int protection)
{
    return mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long map_data(void)
{
    return map(PROT_READ | PROT_WRITE);
}

static long map_code(void)
{
    return map(PROT_READ | PROT_EXEC);
}

static long make_code(void)
{
    static char page[8192] __attribute__((aligned(4096)));
    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long signal_parent(void)
{
    return kill(getppid(), 0);
}

static long signal_parent_thread(void)
{
    return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long type_into_terminal(void)
{
    return ioctl(STDERR_FILENO, TIOCSTI, "x");
}

static long allow_core(void)
{
    struct rlimit limit = {0, 0};
    return setrlimit(RLIMIT_CORE, &limit);
}

static long be_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long be_root(void)
{
    return setuid(0);
}

static long make_ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL);
}

static long make_program(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}

static long make_memory_file(void)
{
    return memfd_create("x", 0);
}

static long get_random(void)
{
    char byte;
    return syscall(SYS_getrandom, &byte, 1, 0) == 1 ? 0 : -1;
}

static long crash(void)
{
    abort();
}

static const struct attempt {
    const char *name;
    long (*try)(void);
} attempts[] = {
    {"read-policy", read_policy},
    {"read-outside", read_outside},
    {"list-folder", list_folder},
    {"write-policy", write_policy},
    {"append-policy", append_policy},
    {"truncate-policy", truncate_policy},
    {"create-file", create_file},
    {"openat2", open_newly},
    {"remove-own", remove_own},
    {"remove-other", remove_other},
    {"rename", rename_policy},
    {"mkdir", make_folder},
    {"chmod", change_mode},
    {"socket", open_socket},
    {"socket-unix", open_unix_socket},
    {"socketpair", open_pair},
    {"connect", connect_old},
    {"bind", bind_old},
    {"sendto", send_old},
    {"accept", accept_none},
    {"setsockopt", set_option},
    {"no-delay", set_no_delay},
    {"attach-filter", attach_filter},
    {"execve", run_program},
    {"execveat", run_descriptor},
    {"ptrace", trace},
    {"process_vm_readv", read_process},
    {"process_vm_writev", write_process},
    {"fork", make_process},
    {"unshare", make_namespace},
    {"in-thread", try_in_thread},
    {"mmap", map_data},
    {"mmap-exec", map_code},
    {"mprotect-exec", make_code},
    {"kill", signal_parent},
    {"tgkill", signal_parent_thread},
    {"ioctl", type_into_terminal},
    {"setrlimit", allow_core},
    {"prctl", be_dumpable},
    {"setuid", be_root},
    {"io_uring", make_ring},
    {"bpf", make_program},
    {"memfd", make_memory_file},
    {"getrandom", get_random},
    {"abort", crash},
};

// libseccomp asks the kernel which actions it knows.
static void forbid(scmp_filter_ctx filter, const char *name)
{
    if (strcmp(name, "kill-process") == 0)
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EOPNOTSUPP), SCMP_SYS(seccomp), 1,
                         SCMP_A0(SCMP_CMP_EQ, SECCOMP_GET_ACTION_AVAIL));
    else
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), seccomp_syscall_resolve_name(name), 0);
}

static int run_without(char **argv)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    for (char *name = strtok(argv[0], ","); name; name = strtok(NULL, ","))
        forbid(filter, name);
    // The older way to load a filter.
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
                     SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
    seccomp_load(filter);
    execv(argv[1], argv + 1);
    return 2;
}

int main(int argc, char **argv)
{
    struct sandbox sandbox;
    struct sandbox_plan plan = {.readable = {policy}};
    if (argc > 3 && strcmp(argv[1], "--without") == 0)
        return run_without(argv + 2);
    if (argc < 3)
        return 2;
    snprintf(policy, sizeof(policy), "%s/policy.yaml", argv[1]);
    snprintf(own, sizeof(own), "%s/own", argv[1]);
    snprintf(other, sizeof(other), "%s/../other", argv[1]);
    snprintf(fresh, sizeof(fresh), "%s/fresh", argv[1]);
    if (strncmp(argv[2], "remove-", 7) == 0)
        plan.removable = own;
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    somewhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&somewhere, sizeof(somewhere));
    listen(listener, 1);
    somewhere.sin_port = htons(9);
    sandbox_enter(&plan, &sandbox);
    printf("{\"landlock\":%d,\"seccomp\":%d,\"missing\":\"%s\"}\n", sandbox.landlock,
           sandbox.seccomp, sandbox.missing);
    fflush(stdout);
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        if (strcmp(attempts[i].name, argv[2]) != 0)
            continue;
        errno = 0;
        printf("%s\n", attempts[i].try() < 0 ? strerrorname_np(errno) : "0");
        return 0;
    }
    return 2;
}
