#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DRAIN_READS = 32, READS_PER_TURN = 16 };

void watch(const struct keeper *keeper, int operation, int fd, uint32_t events, uint32_t who)
{
    struct epoll_event event = {.events = events, .data.u32 = who};
    epoll_ctl(keeper->epoll, operation, fd, &event);
}

static void drop(struct keeper *keeper, unsigned slot)
{
    close(keeper->clients[slot]->fd);
    free(keeper->clients[slot]);
    keeper->clients[slot] = NULL;
}

/* Only root and our own user may come: an abstract name has no file mode. */
static int is_welcome(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static void welcome(struct keeper *keeper)
{
    int fd = accept4(keeper->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    unsigned slot = 0;
    if (fd < 0) {
        return;
    }
    while (slot < MAXIMUM_CLIENTS && keeper->clients[slot] != NULL) {
        slot++;
    }
    struct client *client = slot < MAXIMUM_CLIENTS && is_welcome(fd) ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) {
        close(fd);
        return;
    }
    client->fd = fd;
    client->interest = EPOLLIN;
    keeper->clients[slot] = client;
    watch(keeper, EPOLL_CTL_ADD, fd, EPOLLIN, slot);
}

/* Takes what the terminal says; bounded, because it may never be silent. */
static void read_terminal(struct keeper *keeper, int reads)
{
    unsigned char bytes[4096];
    for (int i = 0; i < reads; i++) {
        size_t got = terminal_read(&keeper->kept.terminal, bytes, sizeof bytes);
        if (got == 0) {
            return;
        }
        ring_add(&keeper->kept.ring, bytes, got);
    }
}

/* Returns false when we are to end. */
static int handle_signals(struct keeper *keeper)
{
    struct signalfd_siginfo information;
    while (read(keeper->signals, &information, sizeof information) == (ssize_t)sizeof information) {
        if (information.ssi_signo != SIGCHLD) {
            return 0;
        }
    }
    int status;
    pid_t pid;
    struct kept *kept = &keeper->kept;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == kept->terminal.pid) {
            read_terminal(keeper, DRAIN_READS); /* what the program left behind */
            terminal_close(&kept->terminal);
            kept->ending.at = kept->ring.head;
            kept->ending.code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
            kept->ending.count++;
        }
    }
    return 1;
}

static void handle_client(struct keeper *keeper, unsigned slot, uint32_t events)
{
    struct client *client = keeper->clients[slot];
    if (client == NULL) {
        return;
    }
    int reads = (client->interest & EPOLLIN) != 0;
    int gone = (events & (EPOLLHUP | EPOLLERR)) && !reads;
    if (gone || (reads && (events & ~(uint32_t)EPOLLOUT) && !client_receive(client, &keeper->kept))) {
        drop(keeper, slot);
    }
}

/* True while the terminal must wait for a client that reads too slowly; ends the patience after two seconds. */
static int is_stalled(struct keeper *keeper)
{
    int stalled = 0;
    uint64_t now = milliseconds();
    int impatient = keeper->stalled_since != 0 && now - keeper->stalled_since >= STALL_MILLISECONDS;
    for (unsigned slot = 0; slot < MAXIMUM_CLIENTS; slot++) {
        struct client *client = keeper->clients[slot];
        if (client != NULL && client_holds_up(client, &keeper->kept.ring)) {
            client->lagging = impatient;
            stalled |= !impatient;
        }
    }
    if (!stalled) {
        keeper->stalled_since = 0;
    } else if (keeper->stalled_since == 0) {
        keeper->stalled_since = now;
    }
    return stalled;
}

static void watch_terminal(struct keeper *keeper, int stalled)
{
    const struct terminal *terminal = &keeper->kept.terminal;
    uint32_t wanted = 0;
    if (terminal->fd >= 0 && terminal->retry_at == 0) {
        wanted = (stalled ? 0u : (uint32_t)EPOLLIN) | (terminal->input_length > 0 ? (uint32_t)EPOLLOUT : 0u);
    }
    if (terminal->opened != keeper->polled_opening) {
        keeper->terminal_interest = 0; /* closing the former descriptor took it out */
        keeper->polled_opening = terminal->opened;
    }
    if (wanted == keeper->terminal_interest) {
        return;
    }
    /* Taken out when nothing is wanted: a hang-up is reported whatever was asked for. */
    if (keeper->terminal_interest != 0 && terminal->fd >= 0) {
        epoll_ctl(keeper->epoll, EPOLL_CTL_DEL, terminal->fd, NULL);
    }
    if (wanted != 0) {
        watch(keeper, EPOLL_CTL_ADD, terminal->fd, wanted, TERMINAL);
    }
    keeper->terminal_interest = wanted;
}

static void serve_clients(struct keeper *keeper)
{
    int has_room = terminal_input_room(&keeper->kept.terminal) > 0;
    for (unsigned slot = 0; slot < MAXIMUM_CLIENTS; slot++) {
        struct client *client = keeper->clients[slot];
        if (client == NULL) {
            continue;
        }
        if (!client_send(client, &keeper->kept)) {
            drop(keeper, slot);
            continue;
        }
        uint32_t wanted = (has_room ? (uint32_t)EPOLLIN : 0u) | (client->out_length > 0 ? (uint32_t)EPOLLOUT : 0u);
        if (wanted != client->interest) {
            client->interest = wanted;
            watch(keeper, EPOLL_CTL_MOD, client->fd, wanted, slot);
        }
    }
}

/* Milliseconds to the next thing that time alone brings; -1 for never. */
static int patience(const struct keeper *keeper)
{
    uint64_t now = milliseconds(), next = UINT64_MAX;
    if (keeper->stalled_since != 0) {
        next = keeper->stalled_since + STALL_MILLISECONDS;
    }
    if (keeper->kept.terminal.retry_at != 0 && keeper->kept.terminal.retry_at < next) {
        next = keeper->kept.terminal.retry_at;
    }
    return next == UINT64_MAX ? -1 : next <= now ? 0 : (int)(next - now);
}

static void retry_terminal(struct keeper *keeper)
{
    struct terminal *terminal = &keeper->kept.terminal;
    if (terminal->retry_at == 0 || milliseconds() < terminal->retry_at) {
        return;
    }
    terminal->retry_at = 0;
    if (terminal->fd < 0) {
        terminal_start(terminal);
    }
}

void run(struct keeper *keeper)
{
    struct epoll_event events[16];
    for (;;) {
        terminal_write_input(&keeper->kept.terminal);
        serve_clients(keeper);
        watch_terminal(keeper, is_stalled(keeper));
        int count = epoll_wait(keeper->epoll, events, 16, patience(keeper));
        for (int i = 0; i < count; i++) {
            uint32_t who = events[i].data.u32;
            if (who == LISTENER) {
                welcome(keeper);
            } else if (who == SIGNALS) {
                if (!handle_signals(keeper)) {
                    return;
                }
            } else if (who == TERMINAL) {
                if (keeper->terminal_interest & EPOLLIN) {
                    read_terminal(keeper, READS_PER_TURN);
                }
            } else {
                handle_client(keeper, who, events[i].events);
            }
        }
        retry_terminal(keeper);
    }
}
