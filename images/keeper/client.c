#include "client.h"

#include <errno.h>
#include <sys/socket.h>

enum { HALF_RING = RING_BYTES / 2, QUARTER_RING = RING_BYTES / 4, READ_CHUNK = 4096 };

static unsigned char *put_frame(struct client *client, char type, size_t payload)
{
    unsigned char *at = client->out + client->out_start + client->out_length;
    at[0] = (unsigned char)type;
    put_u32(at + 1, (uint32_t)payload);
    client->out_length += HEADER_BYTES + payload;
    return at + HEADER_BYTES;
}

static void put_lost(struct client *client, uint64_t to)
{
    unsigned char *payload = put_frame(client, 'L', 16);
    put_u64(payload, client->next);
    put_u64(payload + 8, to);
    client->next = to;
}

static void client_attach(struct client *client, struct kept *kept, uint64_t wanted)
{
    struct ring *ring = &kept->ring;
    uint64_t tail = ring_tail(ring);
    if (kept->terminal.fd < 0 && kept->terminal.serial == NULL) {
        terminal_start(&kept->terminal);
    }
    client->attached = 1;
    client->endings_told = kept->ending.count;
    /* A number that is still to come is one of an earlier keeper. */
    client->next = wanted < tail || wanted > ring->head ? tail : wanted;
    unsigned char *payload = put_frame(client, 'H', 17);
    payload[0] = PROTOCOL_VERSION;
    put_u64(payload + 1, kept->epoch);
    put_u64(payload + 9, client->next);
    if (wanted > 0 && wanted < tail) {
        client->next = wanted;
        put_lost(client, tail);
    }
}

/* A whole control frame; its payload is in client->frame. */
static int accept_frame(struct client *client, struct kept *kept, size_t payload)
{
    const unsigned char *bytes = client->frame + HEADER_BYTES;
    switch (client->frame[0]) {
    case 'A':
        if (client->attached || payload != 8) {
            return 0;
        }
        client_attach(client, kept, get_u64(bytes));
        return 1;
    case 'R':
        if (payload != 4) {
            return 0;
        }
        terminal_resize(&kept->terminal, (unsigned)bytes[0] << 8 | bytes[1], (unsigned)bytes[2] << 8 | bytes[3]);
        return 1;
    case 'P':
    case 'C':
        client->paused = client->frame[0] == 'P';
        return payload == 0;
    default:
        return client->frame[0] == 'I';
    }
}

static int header_is_valid(const struct client *client)
{
    uint32_t payload = get_u32(client->frame + 1);
    if (client->frame[0] == 'I') {
        return client->attached && payload <= MAXIMUM_PAYLOAD;
    }
    return payload <= 8 && (client->attached || client->frame[0] == 'A');
}

/* Takes bytes of the frame being received; returns how many, 0 for a broken protocol. */
static size_t take(struct client *client, struct kept *kept, const unsigned char *bytes, size_t length)
{
    if (client->frame_bytes < HEADER_BYTES) {
        client->frame[client->frame_bytes++] = bytes[0];
        if (client->frame_bytes < HEADER_BYTES) {
            return 1;
        }
        if (!header_is_valid(client)) {
            return 0;
        }
        length = 0;
    }
    size_t payload = get_u32(client->frame + 1);
    size_t missing = HEADER_BYTES + payload - client->frame_bytes;
    size_t taken = length < missing ? length : missing;
    if (client->frame[0] == 'I') {
        terminal_queue_input(&kept->terminal, bytes, taken);
    } else {
        for (size_t i = 0; i < taken; i++) {
            client->frame[client->frame_bytes + i] = bytes[i];
        }
    }
    client->frame_bytes += taken;
    if (taken == missing) {
        client->frame_bytes = 0;
        if (!accept_frame(client, kept, payload)) {
            return 0;
        }
    }
    return length == 0 ? 1 : taken;
}

int client_receive(struct client *client, struct kept *kept)
{
    unsigned char bytes[READ_CHUNK];
    size_t room = terminal_input_room(&kept->terminal);
    if (room == 0) {
        return 1;
    }
    ssize_t got = recv(client->fd, bytes, room < sizeof bytes ? room : sizeof bytes, 0);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    for (size_t at = 0; at < (size_t)got;) {
        size_t taken = take(client, kept, bytes + at, (size_t)got - at);
        if (taken == 0) {
            return 0;
        }
        at += taken;
    }
    return 1;
}

/* Puts the next frames of a client whose buffer is empty. */
static void fill(struct client *client, const struct kept *kept)
{
    const struct ring *ring = &kept->ring;
    uint64_t tail = ring_tail(ring), limit = ring->head;
    if (!client->attached || client->paused) {
        return;
    }
    if (client->lagging && ring->head - client->next > HALF_RING) {
        put_lost(client, ring->head - QUARTER_RING);
    } else if (client->next < tail) {
        put_lost(client, tail);
    }
    if (client->endings_told != kept->ending.count) {
        if (client->next >= kept->ending.at) {
            put_u32(put_frame(client, 'X', 4), (uint32_t)kept->ending.code);
            client->endings_told = kept->ending.count;
        } else {
            limit = kept->ending.at;
        }
    }
    size_t length = (size_t)(limit - client->next);
    if (length > OUTPUT_CHUNK) {
        length = OUTPUT_CHUNK;
    }
    if (length > 0) {
        unsigned char *payload = put_frame(client, 'O', 8 + length);
        put_u64(payload, client->next);
        ring_copy(ring, client->next, payload + 8, length);
        client->next += length;
    }
    if (client->next == ring->head) {
        client->lagging = 0;
    }
}

int client_send(struct client *client, const struct kept *kept)
{
    for (;;) {
        if (client->out_length == 0) {
            client->out_start = 0;
            fill(client, kept);
            if (client->out_length == 0) {
                return 1;
            }
        }
        ssize_t sent = send(client->fd, client->out + client->out_start, client->out_length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        client->out_start += (size_t)sent;
        client->out_length -= (size_t)sent;
    }
}

int client_holds_up(const struct client *client, const struct ring *ring)
{
    return client->attached && !client->paused && !client->lagging && ring->head - client->next > HALF_RING;
}
