/* What is kept: a program on a PTY, or a VM's serial line behind a unix socket. */
#ifndef TERMINAL_H
#define TERMINAL_H

#include "keeper.h"

#include <sys/ioctl.h>
#include <sys/types.h>

struct terminal {
    const char *serial;
    char **command;
    int fd;            /* -1: nothing runs, or the serial line is not there yet */
    unsigned opened;   /* how often fd was opened: a number of it may come again */
    pid_t pid;         /* of the program; 0 for a serial line */
    uint64_t retry_at; /* milliseconds; 0: no retry is due. Meanwhile fd, if any, is not read */
    struct winsize size;
    size_t input_start, input_length;
    unsigned char input[INPUT_QUEUE];
};

/* Starts the program, or connects to the serial line; where that is not there yet, a retry is set. */
void terminal_start(struct terminal *terminal);
void terminal_close(struct terminal *terminal);
/* Bytes of output (> 0), 0 when there is none for now. */
size_t terminal_read(struct terminal *terminal, unsigned char *to, size_t length);
size_t terminal_input_room(const struct terminal *terminal);
void terminal_queue_input(struct terminal *terminal, const unsigned char *bytes, size_t length);
void terminal_write_input(struct terminal *terminal);
void terminal_resize(struct terminal *terminal, unsigned columns, unsigned rows);

#endif
