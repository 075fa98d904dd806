/* Values of Lua that Swift keeps, by registry reference, and raw access to them. */
#include "internal.h"

#include <stdlib.h>

/* Pops a value into the registry. Room in the release queue is made first, so that releasing,
   which happens in a deinit, cannot fail. */
int take_reference(lua_State *L, clua_host *host) {
    drain_released(L, host);
    int *queue = grow_array(host->released, &host->released_capacity,
                            host->memory.references + 1, sizeof *queue);
    if (queue == NULL) luaL_error(L, "not enough memory");
    host->released = queue;
    int reference = luaL_ref(L, LUA_REGISTRYINDEX);
    if (reference > 0) host->memory.references++;
    return reference;
}

void clua_release_reference(clua_host *host, int32_t reference) {
    if (reference > 0 && host->released_count < host->released_capacity)
        host->released[host->released_count++] = reference;
}

void drain_released(lua_State *L, clua_host *host) {
    while (host->released_count > 0) {
        luaL_unref(L, LUA_REGISTRYINDEX, host->released[--host->released_count]);
        host->memory.references--;
    }
}

/* References of arguments: Swift adopts those that it keeps, the others go after the call. */
uint32_t note_pending(lua_State *L, clua_host *host, int reference) {
    pending_reference *pending = grow_array(host->pending, &host->pending_capacity,
                                            host->pending_count + 1, sizeof *pending);
    if (pending == NULL) {
        clua_release_reference(host, reference);
        luaL_error(L, "not enough memory");
    }
    host->pending = pending;
    pending[host->pending_count] = (pending_reference){reference, false};
    return (uint32_t)host->pending_count++;
}

void clua_adopt(clua_host *host, uint32_t pending) {
    if (pending < host->pending_count) host->pending[pending].adopted = true;
}

void release_pending_references(lua_State *L, clua_host *host, size_t base) {
    while (host->pending_count > base) {
        pending_reference p = host->pending[--host->pending_count];
        if (!p.adopted) clua_release_reference(host, p.reference);
    }
    drain_released(L, host);
}

void make_handle(lua_State *L, clua_host *host, int index, clua_handle *out) {
    *out = (clua_handle){.kind = CLUA_NIL};
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return;
    case LUA_TBOOLEAN:
        out->kind = CLUA_BOOLEAN;
        out->integer = lua_toboolean(L, index);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            out->kind = CLUA_INTEGER;
            out->integer = lua_tointegerx(L, index, NULL);
        } else {
            out->kind = CLUA_NUMBER;
            out->number = lua_tonumberx(L, index, NULL);
        }
        return;
    case LUA_TSTRING: out->kind = CLUA_STRING; break;
    case LUA_TTABLE: out->kind = CLUA_TABLE; break;
    case LUA_TFUNCTION: out->kind = CLUA_FUNCTION; break;
    case LUA_TTHREAD: out->kind = CLUA_THREAD; break;
    default: {
        instance found;
        const box *b = box_at(L, index);
        out->kind = CLUA_USERDATA;
        if (b == NULL || b->type >= host->type_count) break;
        out->kind = instance_at(L, host, index, &found) ? CLUA_OBJECT : CLUA_CLOSED;
        out->type = b->type + 1;
        break;
    }
    }
    out->identity = lua_topointer(L, index);
    out->length = lua_rawlen(L, index);
    luaL_checkstack(L, 4, "too many values");
    lua_pushvalue(L, index);
    out->reference = take_reference(L, host);
}

/* Adds a handle to the list that Swift reads after the run. */
void push_handle(lua_State *L, clua_host *host, int index) {
    clua_handle *handles = grow_array(host->handles, &host->handle_capacity,
                                      host->handle_count + 1, sizeof *handles);
    if (handles == NULL) luaL_error(L, "not enough memory");
    host->handles = handles;
    clua_handle handle;
    make_handle(L, host, index, &handle);
    host->handles[host->handle_count++] = handle;
}

/* Handles that Swift did not get to see, after an error. */
void drop_handles(lua_State *L, clua_host *host) {
    while (host->handle_count > 0)
        clua_release_reference(host, host->handles[--host->handle_count].reference);
    drain_released(L, host);
}

const char *clua_string(clua_host *host, int32_t reference, size_t *length) {
    lua_State *L = host->running;
    *length = 0;
    if (!lua_checkstack(L, 2)) return NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    const char *bytes = NULL;
    if (lua_type(L, -1) == LUA_TSTRING) bytes = lua_tolstring(L, -1, length);
    lua_pop(L, 1);
    return bytes;
}

void *clua_object(clua_host *host, int32_t reference, uint32_t *type) {
    lua_State *L = host->running;
    if (!lua_checkstack(L, 2)) return NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    instance found;
    bool known = instance_at(L, host, -1, &found);
    lua_pop(L, 1);
    if (!known) return NULL;
    *type = found.type;
    return found.object;
}

/* Keys in the order of the display: integers, other numbers, strings, then the rest by address. */
static int key_rank(const clua_handle *key) {
    switch (key->kind) {
    case CLUA_INTEGER: return 0;
    case CLUA_NUMBER: return 1;
    case CLUA_STRING: return 2;
    case CLUA_BOOLEAN: return 3;
    default: return 4;
    }
}

static _Thread_local clua_host *sorting;

static int compare_keys(const void *left, const void *right) {
    const clua_handle *a = left, *b = right;
    int rank = key_rank(a), other = key_rank(b);
    if (rank != other) return rank - other;
    if (rank == 0 || rank == 3)
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    if (rank == 1) return a->number < b->number ? -1 : a->number > b->number;
    if (rank == 2) {
        size_t n, m;
        const char *p = clua_string(sorting, a->reference, &n);
        const char *q = clua_string(sorting, b->reference, &m);
        int order = p == NULL || q == NULL ? 0 : memcmp(p, q, n < m ? n : m);
        return order != 0 ? order : n < m ? -1 : n > m;
    }
    return (uintptr_t)a->identity < (uintptr_t)b->identity ? -1 : a->identity != b->identity;
}

typedef struct pairs_request {
    int reference;
    size_t limit, total, list;
} pairs_request;

/* So many pairs are sorted even if fewer are asked for: then the first of them by key are the first. */
#define LEAST_SORTED 100000

static int pairs_body(lua_State *L) {
    pairs_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    if (lua_type(L, 2) != LUA_TTABLE) return 0;
    size_t sorted = request->limit > LEAST_SORTED ? request->limit : LEAST_SORTED;
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        request->total++;
        if (host->handle_count / 2 < sorted) {
            push_handle(L, host, lua_gettop(L) - 1);
            push_handle(L, host, lua_gettop(L));
        }
    }
    while (lua_rawgeti(L, 2, (lua_Integer)request->list + 1) != LUA_TNIL) {
        request->list++;
        lua_pop(L, 1);
    }
    sorting = host;
    qsort(host->handles, host->handle_count / 2, 2 * sizeof *host->handles, compare_keys);
    size_t kept = request->limit < host->handle_count / 2 ? request->limit : host->handle_count / 2;
    while (host->handle_count > kept * 2)
        clua_release_reference(host, host->handles[--host->handle_count].reference);
    return 0;
}

void clua_pairs(clua_host *host, int32_t reference, size_t limit, const clua_handle **pairs,
                size_t *count, size_t *total, size_t *list, clua_outcome *outcome) {
    pairs_request request = {reference, limit, 0, 0};
    protect(host, pairs_body, &request, outcome);
    *pairs = outcome->results;
    *count = outcome->result_count / 2;
    *total = request.total;
    *list = request.list;
}

typedef struct field_request {
    int reference;
    const char *key; /* NULL: the integer */
    lua_Integer item;
    size_t length;
} field_request;

static void push_reference(lua_State *L, int reference) {
    if (reference > 0) lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    else lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

static int field_body(lua_State *L) {
    field_request *request = lua_touserdata(L, 1);
    push_reference(L, request->reference);
    if (lua_type(L, 2) == LUA_TTABLE) {
        if (request->key != NULL) lua_pushlstring(L, request->key, request->length);
        else lua_pushinteger(L, request->item);
        lua_rawget(L, 2);
        push_handle(L, host_of(L), lua_gettop(L));
    }
    return 0;
}

static void first_result(clua_handle *value, const clua_outcome *outcome) {
    *value = outcome->result_count > 0 ? outcome->results[0] : (clua_handle){.kind = CLUA_NIL};
}

void clua_field(clua_host *host, int32_t reference, const char *key, size_t length,
                clua_handle *value, clua_outcome *outcome) {
    field_request request = {.reference = reference, .key = key, .length = length};
    protect(host, field_body, &request, outcome);
    first_result(value, outcome);
}

void clua_item(clua_host *host, int32_t reference, int64_t key, clua_handle *value,
               clua_outcome *outcome) {
    field_request request = {.reference = reference, .item = key};
    protect(host, field_body, &request, outcome);
    first_result(value, outcome);
}

static int globals_body(lua_State *L) {
    push_reference(L, 0);
    push_handle(L, host_of(L), lua_gettop(L));
    return 0;
}

void clua_globals(clua_host *host, clua_handle *value, clua_outcome *outcome) {
    protect(host, globals_body, NULL, outcome);
    first_result(value, outcome);
}

static int metatable_body(lua_State *L) {
    field_request *request = lua_touserdata(L, 1);
    push_reference(L, request->reference);
    if (lua_getmetatable(L, 2)) push_handle(L, host_of(L), lua_gettop(L));
    return 0;
}

void clua_metatable(clua_host *host, int32_t reference, clua_handle *value,
                    clua_outcome *outcome) {
    field_request request = {.reference = reference};
    protect(host, metatable_body, &request, outcome);
    first_result(value, outcome);
}

static int text_body(lua_State *L) {
    field_request *request = lua_touserdata(L, 1);
    push_reference(L, request->reference);
    luaL_tolstring(L, 2, NULL);
    push_handle(L, host_of(L), lua_gettop(L));
    return 0;
}

void clua_text(clua_host *host, int32_t reference, clua_outcome *outcome) {
    field_request request = {.reference = reference};
    protect(host, text_body, &request, outcome);
}

bool clua_describe_function(clua_host *host, int32_t reference, clua_function_info *info) {
    lua_State *L = host->running;
    if (!lua_checkstack(L, 2)) return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    if (lua_type(L, -1) != LUA_TFUNCTION) {
        lua_pop(L, 1);
        return false;
    }
    lua_Debug d;
    lua_getinfo(L, ">Su", &d); /* without 'L' and 'f' it pushes nothing and allocates nothing */
    *info = (clua_function_info){.line = d.linedefined,
                                 .last_line = d.lastlinedefined,
                                 .parameters = d.nparams,
                                 .variadic = d.isvararg != 0,
                                 .native = d.what[0] == 'C'};
    strncpy(info->source, d.short_src, sizeof info->source - 1);
    return true;
}
