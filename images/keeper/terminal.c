#include "terminal.h"

#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MILLISECONDS = 50 };

static void retry_later(struct terminal *terminal)
{
    terminal->retry_at = milliseconds() + RETRY_MILLISECONDS;
}

static void start_program(struct terminal *terminal)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) {
        if (master >= 0) {
            close(master);
        }
        return;
    }
    ioctl(master, TIOCSWINSZ, &terminal->size);
    pid_t pid = fork();
    if (pid == 0) {
        shell_run(master, terminal->command);
    }
    if (pid < 0) {
        close(master);
        return;
    }
    fcntl(master, F_SETFL, O_NONBLOCK);
    terminal->fd = master;
    terminal->opened++;
    terminal->pid = pid;
}

void terminal_start(struct terminal *terminal)
{
    terminal->retry_at = 0;
    if (terminal->serial == NULL) {
        start_program(terminal);
        return;
    }
    terminal->fd = address_connect(terminal->serial);
    if (terminal->fd < 0) {
        retry_later(terminal);
        return;
    }
    fcntl(terminal->fd, F_SETFL, O_NONBLOCK);
    terminal->opened++;
}

void terminal_close(struct terminal *terminal)
{
    if (terminal->fd >= 0) {
        close(terminal->fd);
    }
    terminal->fd = -1;
    terminal->pid = 0;
    terminal->retry_at = 0;
    terminal->input_length = 0;
}

size_t terminal_read(struct terminal *terminal, unsigned char *to, size_t length)
{
    if (terminal->fd < 0) {
        return 0;
    }
    ssize_t got = read(terminal->fd, to, length);
    if (got > 0) {
        return (size_t)got;
    }
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (terminal->serial != NULL) {
        terminal_close(terminal);
    }
    /* On a PTY this means that no process has the other end open for now; its end is told by SIGCHLD. */
    retry_later(terminal);
    return 0;
}

size_t terminal_input_room(const struct terminal *terminal)
{
    return terminal->fd < 0 ? INPUT_QUEUE : INPUT_QUEUE - terminal->input_length;
}

void terminal_queue_input(struct terminal *terminal, const unsigned char *bytes, size_t length)
{
    if (terminal->fd < 0) {
        return;
    }
    memmove(terminal->input, terminal->input + terminal->input_start, terminal->input_length);
    terminal->input_start = 0;
    memcpy(terminal->input + terminal->input_length, bytes, length);
    terminal->input_length += length;
}

void terminal_write_input(struct terminal *terminal)
{
    while (terminal->fd >= 0 && terminal->input_length > 0) {
        ssize_t sent = write(terminal->fd, terminal->input + terminal->input_start, terminal->input_length);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                terminal->input_length = 0;
            }
            return;
        }
        terminal->input_start += (size_t)sent;
        terminal->input_length -= (size_t)sent;
    }
}

void terminal_resize(struct terminal *terminal, unsigned columns, unsigned rows)
{
    if (columns == 0 || rows == 0) {
        return;
    }
    terminal->size.ws_col = (unsigned short)columns;
    terminal->size.ws_row = (unsigned short)rows;
    if (terminal->fd >= 0 && terminal->serial == NULL) {
        ioctl(terminal->fd, TIOCSWINSZ, &terminal->size);
    }
}
