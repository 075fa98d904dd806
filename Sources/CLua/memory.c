/* The allocator: a cap, statistics, and refusals on request for the tests. */
#include "internal.h"

#include <stdlib.h>

/* Lua relies on shrinking never failing; only growth is refused. */
void *host_allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    clua_host *host = ud;
    clua_memory *m = &host->memory;
    size_t old = block == NULL ? 0 : old_size;
    if (new_size == 0) {
        free(block);
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
    void *result = realloc(block, new_size);
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
