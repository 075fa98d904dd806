#ifndef DVMASH_CRC32C_H
#define DVMASH_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether the processor has an instruction for CRC-32C: SSE 4.2, or that of Arm where all that this is built
/// for have it.
bool has_crc32c(void);

/// The remainder after so many more bytes, neither begun nor ended with an inversion; to be called only where
/// `has_crc32c` says so.
uint32_t add_to_crc32c(uint32_t remainder, const void *bytes, size_t count);

#endif
