#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_SECONDS = 1 };

/* Reaps what has ended; false when no child is left. */
static int reap(void)
{
    for (;;) {
        pid_t ended = waitpid(-1, NULL, WNOHANG);
        if (ended <= 0) {
            return ended == 0 || errno != ECHILD;
        }
    }
}

/* First process of a container without a command of its own: adopts and reaps, and ends all on TERM. */
int hold(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int number;
    do {
        reap();
        if (sigwait(&signals, &number) != 0) {
            return 1;
        }
    } while (number == SIGCHLD);

    if (getpid() == 1) {
        kill(-1, SIGTERM);
        kill(-1, SIGHUP); /* interactive shells ignore TERM */
        struct timespec grace = {.tv_sec = GRACE_SECONDS};
        uint64_t end = milliseconds() + GRACE_SECONDS * 1000;
        while (reap() && milliseconds() < end) {
            sigtimedwait(&signals, NULL, &grace);
        }
    }
    return 0;
}
