#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One direction: a buffer that is filled when empty and emptied before it is filled again. */
struct pump {
    int from, to;
    size_t start, length;
    unsigned char bytes[OUTPUT_CHUNK];
};

static int would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* 1: go on, 0: the source has ended, -1: the target is gone. */
static int pump_once(struct pump *pump)
{
    if (pump->length == 0) {
        ssize_t got = read(pump->from, pump->bytes, sizeof pump->bytes);
        if (got <= 0) {
            return got < 0 && would_wait();
        }
        pump->start = 0;
        pump->length = (size_t)got;
    }
    ssize_t sent = write(pump->to, pump->bytes + pump->start, pump->length);
    if (sent < 0) {
        return would_wait() ? 1 : -1;
    }
    pump->start += (size_t)sent;
    pump->length -= (size_t)sent;
    return 1;
}

/* Copies stdin to the keeper and the keeper to stdout: what an engine's exec stream runs. */
int attach(const char *socket_name)
{
    static struct pump up, down;
    int fd = address_connect(socket_name);
    if (fd < 0) {
        fprintf(stderr, "keeper: no keeper answers at %s: %s\n", socket_name, strerror(errno));
        return 4;
    }
    signal(SIGPIPE, SIG_IGN);
    /* Both directions must go on while the other waits, so no write may block. */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
    up = (struct pump){.from = STDIN_FILENO, .to = fd};
    down = (struct pump){.from = fd, .to = STDOUT_FILENO};
    int reading = 1;
    for (;;) {
        struct pollfd waits[] = {
            {.fd = reading && up.length == 0 ? STDIN_FILENO : -1, .events = POLLIN},
            {.fd = fd, .events = (short)((up.length > 0 ? POLLOUT : 0) | (down.length == 0 ? POLLIN : 0))},
            {.fd = STDOUT_FILENO, .events = (short)(down.length > 0 ? POLLOUT : 0)},
        };
        if (poll(waits, 3, -1) < 0 && errno != EINTR) {
            return 1;
        }
        if (waits[2].revents & (POLLERR | POLLNVAL)) {
            return 0;
        }
        if (waits[0].revents || (waits[1].revents & POLLOUT)) {
            int state = pump_once(&up);
            if (state == 0) {
                reading = 0;
                shutdown(fd, SHUT_WR);
            } else if (state < 0) {
                return 0;
            }
        }
        if ((waits[1].revents & (POLLIN | POLLHUP | POLLERR)) || waits[2].revents) {
            if (pump_once(&down) <= 0) {
                return 0;
            }
        }
    }
}
