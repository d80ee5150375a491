#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *name, struct sockaddr_un *address, socklen_t *length)
{
    size_t bytes = strlen(name);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (bytes == 0 || bytes >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address->sun_path, name, bytes);
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes);
    if (name[0] == '@') {
        address->sun_path[0] = '\0';
    } else {
        *length += 1;
    }
    return 0;
}

int address_connect(const char *name)
{
    struct sockaddr_un address;
    socklen_t length;
    if (address_of(name, &address, &length) < 0) {
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    if (connect(fd, (struct sockaddr *)&address, length) < 0) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int address_listen(const char *name)
{
    struct sockaddr_un address;
    socklen_t length;
    if (address_of(name, &address, &length) < 0) {
        return -1;
    }
    int living = address_connect(name);
    if (living >= 0) {
        close(living);
        errno = EADDRINUSE;
        return -1;
    }
    if (name[0] != '@' && errno == ECONNREFUSED) {
        struct stat found;
        if (lstat(name, &found) == 0 && S_ISSOCK(found.st_mode)) {
            unlink(name); /* left by a keeper that was killed */
        }
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    mode_t before = umask(0077);
    int failed = bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, MAXIMUM_CLIENTS) < 0;
    int why = errno;
    umask(before);
    if (failed) {
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}
