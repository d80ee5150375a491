/* What the parts of the keeper share: the protocol (docs/reference/keeper-protocol.md) and its limits. */
#ifndef KEEPER_H
#define KEEPER_H

#include <stddef.h>
#include <stdint.h>

enum {
    PROTOCOL_VERSION = 1,
    HEADER_BYTES = 5,
    MAXIMUM_PAYLOAD = 65536,
    RING_BYTES = 256 * 1024,
    MAXIMUM_CLIENTS = 64,
    OUTPUT_CHUNK = 16 * 1024,
    INPUT_QUEUE = 64 * 1024,
    STALL_MILLISECONDS = 2000,
};

struct serve_options {
    const char *socket;
    const char *serial; /* NULL: a program on a PTY */
    char **command;     /* NULL: the user's login shell */
    int detach;
};

struct machine_options {
    const char *socket;   /* where it is asked */
    const char *terminal; /* where its terminal is served; NULL: nowhere */
    char **command;       /* NULL: none, it holds what is started in it */
    long boot;            /* number of the first boot */
    int off;              /* do not boot yet */
};

int keep_machine(const struct machine_options *options);
int ask_machine(const char *socket_name, const char *request);

int serve(const struct serve_options *options);
int attach(const char *socket_name);
int hold(void);

/* Addresses: a leading '@' is an abstract name, anything else a path. Both return a descriptor, or -1 with errno. */
int address_listen(const char *name);
int address_connect(const char *name);

uint64_t milliseconds(void);
void put_u64(unsigned char *to, uint64_t value);
void put_u32(unsigned char *to, uint32_t value);
uint64_t get_u64(const unsigned char *from);
uint32_t get_u32(const unsigned char *from);

#endif
