#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Asks the first process of a machine; 0 when the machine is then as asked: off for "off", on for anything else. */
int ask_machine(const char *socket_name, const char *request)
{
    char answer[128] = {0};
    int fd = address_connect(socket_name);
    if (fd < 0) {
        fprintf(stderr, "keeper: no machine answers at %s: %s\n", socket_name, strerror(errno));
        return 4;
    }
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0 || recv(fd, answer, sizeof answer - 1, MSG_WAITALL) <= 0) {
        fprintf(stderr, "keeper: the machine did not answer\n");
        return 4;
    }
    close(fd);
    fputs(answer, stdout);
    const char *wanted = strcmp(request, "off") == 0 ? "off " : "on ";
    return strncmp(answer, wanted, strlen(wanted)) == 0 ? 0 : 1;
}
