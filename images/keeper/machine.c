#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_MILLISECONDS = 5000, STEP_MILLISECONDS = 20, REST_MILLISECONDS = 2000, LINE_BYTES = 64, ASK_SECONDS = 2 };

enum power { POWER_ON, POWER_OFF, POWER_ENDED };

static struct machine {
    const struct machine_options *options;
    enum power power;
    long boot;
    int code;
    pid_t program; /* 0: none */
} machine;

static void pause_a_step(void)
{
    struct timespec step = {.tv_nsec = STEP_MILLISECONDS * 1000000L};
    nanosleep(&step, NULL);
}

/* Reaps what has ended; true when the program is among it. */
static int reap(void)
{
    int status, ended_itself = 0;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended == machine.program) {
            machine.program = 0;
            machine.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            ended_itself = 1;
        }
    }
    return ended_itself;
}

/* The parent of a process, or -1 when it has ended. */
static pid_t parent_of(pid_t process)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return -1;
    }
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    char *after = read == NULL ? NULL : strrchr(line, ')');
    char state;
    int parent;
    if (after == NULL || sscanf(after, ") %c %d", &state, &parent) != 2 || state == 'Z') {
        return -1;
    }
    return parent;
}

/* In a container everything beside us is the machine's; elsewhere what comes from us. */
static int is_ours(pid_t process)
{
    pid_t parent = parent_of(process);
    if (getpid() == 1) {
        return parent >= 0;
    }
    while (parent > 1) {
        if (parent == getpid()) {
            return 1;
        }
        parent = parent_of(parent);
    }
    return 0;
}

static int kill_rest(pid_t except)
{
    int left = 0;
    DIR *all = opendir("/proc");
    if (all == NULL) {
        return 0;
    }
    for (struct dirent *entry; (entry = readdir(all)) != NULL;) {
        pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process > 1 && process != getpid() && process != except && is_ours(process)) {
            kill(process, SIGKILL);
            left++;
        }
    }
    closedir(all);
    return left;
}

/* Ends the program as an engine does, then whatever is left of the machine, but for who asks for it. */
static void end_all(pid_t except)
{
    uint64_t end = milliseconds() + GRACE_MILLISECONDS;
    if (machine.program > 0) {
        kill(machine.program, SIGTERM);
    }
    for (reap(); machine.program > 0 && milliseconds() < end; reap()) {
        pause_a_step();
    }
    end = milliseconds() + REST_MILLISECONDS;
    while (kill_rest(except) > 0 && milliseconds() < end) {
        pause_a_step();
        reap();
    }
    reap();
}

static void let_go_of_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void start(void)
{
    machine.power = POWER_ON;
    machine.code = 0;
    if (machine.options->command != NULL) {
        machine.program = fork();
        if (machine.program == 0) {
            let_go_of_signals();
            execvp(machine.options->command[0], machine.options->command);
            fprintf(stderr, "keeper: %s: %m\n", machine.options->command[0]);
            _exit(127);
        }
    }
    if (machine.options->terminal != NULL) {
        pid_t terminal = fork();
        if (terminal == 0) {
            let_go_of_signals();
            close_range(STDERR_FILENO + 1, ~0U, 0); /* who asked waits for the end of its connection */
            struct serve_options serving = {.socket = machine.options->terminal, .detach = 1};
            _exit(serve(&serving));
        }
        waitpid(terminal, NULL, 0); /* it listens then */
    }
}

static void obey(const char *line, pid_t client)
{
    long boot;
    if (strcmp(line, "off") == 0) {
        end_all(client);
        machine.power = POWER_OFF;
    } else if (sscanf(line, "boot %ld", &boot) == 1 && (machine.power != POWER_ON || boot > machine.boot)) {
        end_all(client);
        machine.boot = boot;
        start();
    }
}

static void answer(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    struct ucred who = {0};
    socklen_t length = sizeof who;
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &length);
    struct timeval patience = {.tv_sec = ASK_SECONDS};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char line[LINE_BYTES] = {0};
    ssize_t got = recv(fd, line, sizeof line - 1, 0);
    if (got > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(line, who.pid);
        const char *word = machine.power == POWER_ON ? "on" : machine.power == POWER_OFF ? "off" : "ended";
        int bytes = snprintf(line, sizeof line, "%s %ld %d\n", word, machine.boot, machine.code);
        send(fd, line, (size_t)bytes, MSG_NOSIGNAL);
    }
    close(fd);
}

static int open_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* First process of a container machine that is powered off and booted in place: its disk stays what it is. */
int keep_machine(const struct machine_options *options)
{
    machine = (struct machine){.options = options, .power = POWER_OFF, .boot = options->boot};
    int listener = address_listen(options->socket);
    int signals = open_signals();
    if (listener < 0 || signals < 0) {
        fprintf(stderr, "keeper: cannot listen on %s: %s\n", options->socket, strerror(errno));
        return 3;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!options->off) {
        start();
    }
    for (;;) {
        struct pollfd waits[] = {{.fd = signals, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0 && errno != EINTR) {
            return 1;
        }
        struct signalfd_siginfo seen;
        while (read(signals, &seen, sizeof seen) == (ssize_t)sizeof seen) {
            if (seen.ssi_signo != SIGCHLD) {
                end_all(0);
                return 0;
            }
        }
        if (reap() && machine.power == POWER_ON) {
            machine.power = POWER_ENDED;
            end_all(0);
        }
        if (waits[1].revents != 0) {
            answer(listener);
        }
    }
}
