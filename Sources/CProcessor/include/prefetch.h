#ifndef DVMASH_PREFETCH_H
#define DVMASH_PREFETCH_H

/// Tells the processor that a word will be read soon.
///
/// A hint that Swift has no word for. It reads nothing, so that any address may be given.
static inline __attribute__((always_inline)) void prefetch_for_reading(const void *address) {
  __builtin_prefetch(address, 0, 3);
}

#endif
