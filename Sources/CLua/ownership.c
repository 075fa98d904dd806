/* The ownership table: which Swift objects Lua holds, and the userdata that stand for them. */
#include "internal.h"

#include <stdlib.h>

static bool grow_owners(clua_host *host) {
    uint32_t old = host->owner_capacity;
    if (old > UINT32_MAX / 4) return false;
    uint32_t next = old == 0 ? 64 : old * 2;
    owner *owners = realloc(host->owners, next * sizeof *owners);
    if (owners == NULL) return false;
    host->owners = owners;
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
    *o = (owner){.object = object, .type = type, .state = OWNER_PENDING};
    host->pending_owners[host->pending_owner_count++] = slot;
    host->memory.objects++;
    return slot;
}

void release_slot(clua_host *host, uint32_t slot) {
    owner *o = &host->owners[slot];
    void *object = o->object;
    *o = (owner){.next_free = host->free_owner};
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
    uint32_t type = host->owners[slot].type;
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->identities);
    if (lua_rawgetp(L, -1, object) == LUA_TUSERDATA) {
        const owner *known = owner_at(L, host, -1);
        if (known != NULL && known->object == object) {
            lua_remove(L, -2);
            if (host->owners[slot].state == OWNER_PENDING) release_slot(host, slot);
            return;
        }
    }
    lua_pop(L, 1);
    box *b = lua_newuserdatauv(L, sizeof *b, 0);
    *b = (box){.magic = BOX_MAGIC, .slot = UINT32_MAX, .type = type};
    lua_rawgeti(L, LUA_REGISTRYINDEX, host->types[type].metatable);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, object);
    /* Nothing below can fail: the userdata takes the object over. */
    owner *o = &host->owners[slot];
    o->box = b;
    o->state = OWNER_HELD;
    b->slot = slot;
    lua_remove(L, -2);
}

/* __gc and explicit closing: the handle is dead afterwards, also when it is resurrected. */
int collect_object(lua_State *L) {
    clua_host *host = host_of(L);
    const owner *o = owner_at(L, host, 1);
    if (o != NULL) {
        uint32_t slot = (uint32_t)(o - host->owners);
        ((box *)lua_touserdata(L, 1))->slot = UINT32_MAX;
        host->owners[slot].box = NULL;
        if (host->owners[slot].uses > 0) host->owners[slot].state = OWNER_DOOMED;
        else release_slot(host, slot);
    }
    return 0;
}
