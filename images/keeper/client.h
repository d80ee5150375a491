/* One client: the parser of what it sends, and the frames on their way to it. */
#ifndef CLIENT_H
#define CLIENT_H

#include "ring.h"
#include "terminal.h"

/* The last end of the program, for the clients that have not been told. */
struct ending {
    uint64_t at; /* number of the byte after its last output */
    int32_t code;
    unsigned count;
};

struct client {
    int fd;
    uint32_t interest; /* what epoll was told */
    int attached, paused;
    int lagging; /* was too slow: holds nobody up until it has caught up */
    uint64_t next; /* number of the next byte to send */
    unsigned endings_told;
    size_t frame_bytes; /* of the frame being received: header bytes while < HEADER_BYTES, then header and payload */
    unsigned char frame[HEADER_BYTES + 8];
    size_t out_start, out_length;
    unsigned char out[OUTPUT_CHUNK + 128];
};

struct kept {
    struct ring ring;
    struct terminal terminal;
    struct ending ending;
    uint64_t epoch;
};

/* Both return false when the client is to be closed. */
int client_receive(struct client *client, struct kept *kept);
int client_send(struct client *client, const struct kept *kept);
int client_holds_up(const struct client *client, const struct ring *ring);

#endif
