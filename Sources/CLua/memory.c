/* The allocator: a cap, statistics, and refusals on request for the tests. */
#include "internal.h"

#include <stdlib.h>

/* Lua's collector frees small blocks by the thousand, and what runs meanwhile wants as many again. The C
   library keeps seven blocks of a size at hand; here are more. They count as free memory. An address
   sanitizer is to see each block come and go. */
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS_SPARES false
#elif defined(__has_feature)
#define KEEPS_SPARES (!__has_feature(address_sanitizer))
#else
#define KEEPS_SPARES true
#endif

/* The place among the spares of blocks of a size; SPARE_SIZES or more for none. */
static inline size_t size_class(size_t size) {
    return KEEPS_SPARES ? (size - 1) / SPARE_STEP : SPARE_SIZES;
}

static inline size_t size_of_class(size_t class) { return (class + 1) * SPARE_STEP; }

static void *take_block(clua_host *host, size_t size) {
    size_t class = size_class(size);
    if (class >= SPARE_SIZES) return malloc(size);
    spare *block = host->spares[class];
    if (block == NULL) return malloc(size_of_class(class));
    host->spares[class] = block->next;
    host->spare_bytes -= size_of_class(class);
    return block;
}

static void give_block(clua_host *host, void *block, size_t size) {
    size_t class = size_class(size);
    if (class >= SPARE_SIZES || host->spare_bytes >= SPARE_BYTES) {
        free(block);
        return;
    }
    spare *freed = block;
    freed->next = host->spares[class];
    host->spares[class] = freed;
    host->spare_bytes += size_of_class(class);
}

static void *resize_block(clua_host *host, void *block, size_t old_size, size_t new_size) {
    size_t old_class = size_class(old_size), new_class = size_class(new_size);
    if (old_class >= SPARE_SIZES && new_class >= SPARE_SIZES) return realloc(block, new_size);
    if (old_class == new_class) return block;
    void *result = take_block(host, new_size);
    if (result == NULL) return NULL;
    memcpy(result, block, old_size < new_size ? old_size : new_size);
    give_block(host, block, old_size);
    return result;
}

void free_spares(clua_host *host) {
    for (size_t class = 0; class < SPARE_SIZES; class++) {
        for (spare *block = host->spares[class], *next; block != NULL; block = next) {
            next = block->next;
            free(block);
        }
    }
}

/* Lua relies on shrinking never failing; only growth is refused. */
void *host_allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    clua_host *host = ud;
    clua_memory *m = &host->memory;
    size_t old = block == NULL ? 0 : old_size;
    if (new_size == 0) {
        if (block != NULL) give_block(host, block, old);
        m->used -= old;
        return NULL;
    }
    if (new_size > old) {
        m->growths++;
        bool refuse = m->limit != 0 && new_size - old > m->limit - (m->used < m->limit ? m->used : m->limit);
        if (host->fail_at != 0 && m->growths >= host->fail_at &&
            m->growths - host->fail_at < host->fail_width)
            refuse = true;
        if (refuse) {
            m->refusals++;
            return NULL;
        }
    }
    void *result = block == NULL ? take_block(host, new_size)
                                 : resize_block(host, block, old, new_size);
    if (result == NULL) {
        if (new_size <= old) return block;
        m->refusals++;
        return NULL;
    }
    m->used = m->used - old + new_size;
    if (m->used > m->peak) m->peak = m->used;
    return result;
}

void *grow_array(void *array, size_t *capacity, size_t needed, size_t element) {
    if (needed <= *capacity) return array;
    size_t next = *capacity < 16 ? 16 : *capacity * 2;
    if (next < needed) next = needed;
    if (next > SIZE_MAX / element) return NULL;
    void *result = realloc(array, next * element);
    if (result != NULL) *capacity = next;
    return result;
}

clua_memory clua_statistics(const clua_host *host) { return host->memory; }

void clua_limit_memory(clua_host *host, size_t limit) { host->memory.limit = limit; }

void clua_fail_growth(clua_host *host, uint64_t k, uint64_t width) {
    host->fail_at = k == 0 ? 0 : host->memory.growths + k;
    host->fail_width = width;
}
