/* The keeper's one loop: terminal, clients, signals and the clock. */
#ifndef LOOP_H
#define LOOP_H

#include "client.h"

enum { LISTENER = MAXIMUM_CLIENTS, SIGNALS, TERMINAL };

struct keeper {
    struct kept kept;
    struct client *clients[MAXIMUM_CLIENTS];
    int epoll, listener, signals;
    unsigned polled_opening; /* which opening of the terminal epoll knows */
    uint32_t terminal_interest;
    uint64_t stalled_since; /* milliseconds; 0: output flows */
};

void watch(const struct keeper *keeper, int operation, int fd, uint32_t events, uint32_t who);
/* Returns when a signal asked for the end. */
void run(struct keeper *keeper);

#endif
