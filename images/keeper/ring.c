#include "ring.h"

#include <string.h>

uint64_t ring_tail(const struct ring *ring)
{
    return ring->head > RING_BYTES ? ring->head - RING_BYTES : 0;
}

void ring_add(struct ring *ring, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        size_t at = (size_t)(ring->head % RING_BYTES);
        size_t part = length < RING_BYTES - at ? length : RING_BYTES - at;
        memcpy(ring->bytes + at, bytes, part);
        ring->head += part;
        bytes += part;
        length -= part;
    }
}

void ring_copy(const struct ring *ring, uint64_t from, unsigned char *to, size_t length)
{
    while (length > 0) {
        size_t at = (size_t)(from % RING_BYTES);
        size_t part = length < RING_BYTES - at ? length : RING_BYTES - at;
        memcpy(to, ring->bytes + at, part);
        from += part;
        to += part;
        length -= part;
    }
}
