#include "crc32c.h"

#include <string.h>

#if defined(__x86_64__)

#include <nmmintrin.h>
#define WITH_INSTRUCTION __attribute__((target("sse4.2")))
#define ADD_WORD(remainder, word) ((uint32_t)_mm_crc32_u64(remainder, word))
#define ADD_BYTE(remainder, byte) _mm_crc32_u8(remainder, byte)

bool has_crc32c(void) { return __builtin_cpu_supports("sse4.2"); }

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>
#define WITH_INSTRUCTION
#define ADD_WORD(remainder, word) __crc32cd(remainder, word)
#define ADD_BYTE(remainder, byte) __crc32cb(remainder, byte)

bool has_crc32c(void) { return true; }

#endif

#if defined(WITH_INSTRUCTION)

WITH_INSTRUCTION
uint32_t add_to_crc32c(uint32_t remainder, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  for (; count >= sizeof(uint64_t); count -= sizeof(uint64_t)) {
    uint64_t word;
    memcpy(&word, next, sizeof word);
    remainder = ADD_WORD(remainder, word);
    next += sizeof word;
  }
  for (; count > 0; count--) {
    remainder = ADD_BYTE(remainder, *next++);
  }
  return remainder;
}

#else

bool has_crc32c(void) { return false; }

uint32_t add_to_crc32c(uint32_t remainder, const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return remainder;
}

#endif
