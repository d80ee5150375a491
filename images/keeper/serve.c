#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int go_behind(void)
{
    pid_t pid = fork();
    if (pid != 0) {
        _exit(pid < 0);
    }
    setsid();
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0) {
        dup2(nothing, STDIN_FILENO);
        dup2(nothing, STDOUT_FILENO);
        dup2(nothing, STDERR_FILENO);
    }
    return 0;
}

static void block_signals(struct keeper *keeper)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    keeper->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int serve(const struct serve_options *options)
{
    static struct keeper keeper;
    keeper.kept.terminal = (struct terminal){
        .serial = options->serial, .command = options->command, .fd = -1, .size = {.ws_row = 24, .ws_col = 80}};
    keeper.listener = address_listen(options->socket);
    if (keeper.listener < 0) {
        if (errno == EADDRINUSE && options->detach) {
            return 0; /* another start was faster */
        }
        fprintf(stderr, "keeper: cannot listen on %s: %s\n", options->socket, strerror(errno));
        return 3;
    }
    if (options->detach) {
        go_behind();
    }
    signal(SIGPIPE, SIG_IGN);
    block_signals(&keeper);
    keeper.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (keeper.epoll < 0 || keeper.signals < 0 ||
        getrandom(&keeper.kept.epoch, sizeof keeper.kept.epoch, 0) != (ssize_t)sizeof keeper.kept.epoch) {
        perror("keeper");
        return 1;
    }
    watch(&keeper, EPOLL_CTL_ADD, keeper.listener, EPOLLIN, LISTENER);
    watch(&keeper, EPOLL_CTL_ADD, keeper.signals, EPOLLIN, SIGNALS);
    terminal_start(&keeper.kept.terminal);
    run(&keeper);
    terminal_close(&keeper.kept.terminal);
    if (options->socket[0] != '@') {
        unlink(options->socket);
    }
    return 0;
}
