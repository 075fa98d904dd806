/*
 * Counts the allocations of each thread: this object's functions stand before those of the C library,
 * which they call by the names it has for that purpose. Everything that Swift allocates comes by here.
 *
 * A sanitizer brings its own functions and must not be stood before, so there nothing is counted; the
 * same goes for C libraries without these names.
 */

#include "AllocationCounter.h"

#include <errno.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#endif

#if defined(__GLIBC__) && !defined(HAS_SANITIZER)

/* The thread's storage exists from its start: finding it never allocates. */
static _Thread_local uint64_t count __attribute__((tls_model("initial-exec")));

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t members, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
  count++;
  return __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
  count++;
  return __libc_calloc(members, size);
}

void *realloc(void *memory, size_t size) {
  count++;
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  count++;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  count++;
  void *found = __libc_memalign(alignment, size);
  if (found == NULL) {
    return ENOMEM;
  }
  *memory = found;
  return 0;
}

bool allocation_counter_works(void) { return true; }

uint64_t allocation_count(void) { return count; }

#else

bool allocation_counter_works(void) { return false; }

uint64_t allocation_count(void) { return 0; }

#endif
