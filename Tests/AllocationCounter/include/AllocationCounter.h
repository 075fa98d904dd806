#ifndef DVMASH_ALLOCATION_COUNTER_H
#define DVMASH_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether the process counts allocations; not where a sanitizer has put its own allocator in place.
bool allocation_counter_works(void);

/// How often the calling thread has asked the C library for memory.
uint64_t allocation_count(void);

#endif
