/* The last output of a terminal; every byte has a number, counted from the keeper's start. */
#ifndef RING_H
#define RING_H

#include "keeper.h"

struct ring {
    uint64_t head; /* number of the next byte to come */
    unsigned char bytes[RING_BYTES];
};

uint64_t ring_tail(const struct ring *ring);
void ring_add(struct ring *ring, const unsigned char *bytes, size_t length);
void ring_copy(const struct ring *ring, uint64_t from, unsigned char *to, size_t length);

#endif
