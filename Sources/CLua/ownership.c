/* The ownership table: which Swift objects Lua holds, and the userdata that stand for them. */
#include "internal.h"

#include <stdlib.h>

/* The table of places: open addressing, never more than half full. Where an object has its place is
   decided by its address, but nothing depends on the order. */
static size_t first_place(const clua_host *host, const void *object) {
    uint64_t hash = (uint64_t)(uintptr_t)object * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> (64 - host->place_bits));
}

static uint32_t find_known(const clua_host *host, const void *object) {
    size_t mask = ((size_t)1 << host->place_bits) - 1;
    for (size_t i = first_place(host, object); host->places[i] != 0; i = (i + 1) & mask)
        if (host->owners[host->places[i] - 1].object == object) return host->places[i] - 1;
    return UINT32_MAX;
}

static void make_known(clua_host *host, uint32_t slot) {
    size_t mask = ((size_t)1 << host->place_bits) - 1;
    size_t i = first_place(host, host->owners[slot].object);
    while (host->places[i] != 0) i = (i + 1) & mask;
    host->places[i] = slot + 1;
    host->owners[slot].known = true;
}

/* Moves what follows back into the gap, so that no search ends too early. */
static void make_unknown(clua_host *host, uint32_t slot) {
    size_t mask = ((size_t)1 << host->place_bits) - 1;
    size_t gap = first_place(host, host->owners[slot].object);
    while (host->places[gap] != slot + 1) gap = (gap + 1) & mask;
    for (size_t i = (gap + 1) & mask; host->places[i] != 0; i = (i + 1) & mask) {
        size_t home = first_place(host, host->owners[host->places[i] - 1].object);
        if (((i - home) & mask) < ((i - gap) & mask)) continue;
        host->places[gap] = host->places[i];
        gap = i;
    }
    host->places[gap] = 0;
    host->owners[slot].known = false;
}

static bool grow_owners(clua_host *host) {
    uint32_t old = host->owner_capacity;
    if (old > UINT32_MAX / 4) return false;
    uint32_t next = old == 0 ? 64 : old * 2;
    uint32_t *places = calloc((size_t)next * 2, sizeof *places);
    if (places == NULL) return false;
    owner *owners = realloc(host->owners, next * sizeof *owners);
    if (owners == NULL) {
        free(places);
        return false;
    }
    host->owners = owners;
    free(host->places);
    host->places = places;
    host->place_bits = old == 0 ? 7 : host->place_bits + 1;
    for (uint32_t i = 0; i < old; i++)
        if (owners[i].known) make_known(host, i);
    for (uint32_t i = old; i < next; i++) {
        owners[i] = (owner){.next_free = i + 1 < next ? i + 2 : host->free_owner};
    }
    host->free_owner = old + 1;
    host->owner_capacity = next;
    return true;
}

uint32_t own_object(clua_host *host, uint32_t type, void *object) {
    size_t capacity = host->pending_owner_capacity;
    uint32_t *pending = grow_array(host->pending_owners, &capacity,
                                   (size_t)host->pending_owner_count + 1, sizeof *pending);
    if (pending != NULL) {
        host->pending_owners = pending;
        host->pending_owner_capacity = (uint32_t)capacity;
    }
    if (pending == NULL || (host->free_owner == 0 && !grow_owners(host))) {
        host->release(object);
        return UINT32_MAX;
    }
    uint32_t slot = host->free_owner - 1;
    owner *o = &host->owners[slot];
    host->free_owner = o->next_free;
    *o = (owner){.object = object,
                 .generation = o->generation,
                 .type = type,
                 .state = OWNER_PENDING};
    host->pending_owners[host->pending_owner_count++] = slot;
    host->memory.objects++;
    return slot;
}

void release_slot(clua_host *host, uint32_t slot) {
    owner *o = &host->owners[slot];
    void *object = o->object;
    if (o->known) make_unknown(host, slot);
    *o = (owner){.generation = o->generation + 1, .next_free = host->free_owner};
    host->free_owner = slot + 1;
    host->memory.objects--;
    host->release(object); /* last: it may own and release other objects */
}

/* Objects that no userdata took over, because an error came in between. An index may be stale
   (adopted, collected and reused since); the state tells. */
void release_pending_owners(clua_host *host, uint32_t base) {
    while (host->pending_owner_count > base) {
        uint32_t slot = host->pending_owners[--host->pending_owner_count];
        if (host->owners[slot].state == OWNER_PENDING) release_slot(host, slot);
    }
}

void push_owned(lua_State *L, clua_host *host, uint32_t slot) {
    luaL_checkstack(L, 4, "too many results");
    void *object = host->owners[slot].object;
    uint32_t type = host->owners[slot].type, known;
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->identities);
    while ((known = find_known(host, object)) != UINT32_MAX) {
        if (lua_rawgeti(L, -1, (lua_Integer)known + 1) == LUA_TUSERDATA &&
            owner_at(L, host, -1) == &host->owners[known]) {
            lua_replace(L, -2);
            if (host->owners[slot].state == OWNER_PENDING) release_slot(host, slot);
            return;
        }
        lua_pop(L, 1);
        make_unknown(host, known); /* its userdata is about to be finalized, or was lost */
    }
    box *b = lua_newuserdatauv(L, sizeof *b, 0);
    *b = (box){.magic = BOX_MAGIC, .slot = UINT32_MAX, .type = type};
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->types[type].metatable);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, (lua_Integer)slot + 1);
    /* Nothing below can fail: the userdata takes the object over. */
    owner *o = &host->owners[slot];
    o->box = b;
    o->state = OWNER_HELD;
    b->slot = slot;
    make_known(host, slot);
    lua_replace(L, -2);
}

void *push_plain_of(lua_State *L, clua_host *host, uint32_t type, int owner_index,
                    owner_place place) {
    luaL_checkstack(L, 2, "too many results");
    plain_box *b = lua_newuserdatauv(L, sizeof *b + host->types[type].size, 1);
    b->head = (box){.magic = BOX_MAGIC, .slot = UINT32_MAX, .type = type};
    /* A finalizer may have closed the owner: then this is closed from the beginning. */
    if (place.slot < host->owner_capacity && host->owners[place.slot].box == place.box) {
        const owner *o = &host->owners[place.slot];
        b->head.slot = place.slot;
        b->generation = o->generation;
        b->plain.owner = o->object;
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->types[type].metatable);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, owner_index);
    lua_setiuservalue(L, -2, 1);
    return &b->plain + 1;
}

void *push_plain(lua_State *L, clua_host *host, uint32_t type, int owner_index) {
    const box *b = box_at(L, owner_index);
    owner_place place = {.slot = b == NULL ? UINT32_MAX : b->slot, .box = b};
    return push_plain_of(L, host, type, owner_index, place);
}

/* __gc and explicit closing: the handle is dead afterwards, also when it is resurrected. */
int collect_object(lua_State *L) {
    clua_host *host = host_of(L);
    const owner *o = owner_at(L, host, 1);
    if (o != NULL) {
        uint32_t slot = (uint32_t)(o - host->owners);
        ((box *)lua_touserdata(L, 1))->slot = UINT32_MAX;
        host->owners[slot].box = NULL;
        if (host->owners[slot].known) make_unknown(host, slot);
        if (host->owners[slot].uses > 0) host->owners[slot].state = OWNER_DOOMED;
        else release_slot(host, slot);
    }
    return 0;
}
