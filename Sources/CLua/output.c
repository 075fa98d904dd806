/* The output buffer: values that Swift writes, and that C pushes after Swift returned. */
#include "internal.h"

#include <stdlib.h>

enum {
    TAG_NIL, TAG_FALSE, TAG_TRUE, TAG_INTEGER, TAG_NUMBER, TAG_STRING,
    TAG_OWNED, TAG_PLAIN, TAG_REFERENCE, TAG_LIST, TAG_TABLE
};

static void append(clua_host *host, const void *bytes, size_t length) {
    buffer *b = &host->output;
    if (b->failed || length > SIZE_MAX / 2 - b->length) {
        b->failed = true;
        return;
    }
    if (b->length + length > b->capacity) {
        char *data = grow_array(b->data, &b->capacity, b->length + length, 1);
        if (data == NULL) {
            b->failed = true;
            return;
        }
        b->data = data;
    }
    if (length > 0) memcpy(b->data + b->length, bytes, length);
    b->length += length;
}

/* `length` is that of a number or a count: at most 8 bytes. */
static void append_tagged(clua_host *host, char tag, const void *bytes, size_t length) {
    char item[9] = {tag};
    if (length > 0) memcpy(item + 1, bytes, length);
    append(host, item, 1 + length);
}

void clua_output_begin(clua_host *host) {
    host->output.length = host->output.base;
    host->output.failed = false;
}

void clua_put_nil(clua_host *host) { append_tagged(host, TAG_NIL, NULL, 0); }

void clua_put_boolean(clua_host *host, bool value) {
    append_tagged(host, value ? TAG_TRUE : TAG_FALSE, NULL, 0);
}

void clua_put_integer(clua_host *host, int64_t value) {
    append_tagged(host, TAG_INTEGER, &value, sizeof value);
}

void clua_put_number(clua_host *host, double value) {
    append_tagged(host, TAG_NUMBER, &value, sizeof value);
}

void clua_put_string(clua_host *host, const void *bytes, size_t length) {
    append_tagged(host, TAG_STRING, &length, sizeof length);
    append(host, bytes, length);
}

void clua_put_bytes(clua_host *host, const void *bytes, size_t length) {
    append(host, bytes, length);
}

void clua_put_owned(clua_host *host, uint32_t type, void *object) {
    uint32_t slot = own_object(host, type, object);
    if (slot == UINT32_MAX) host->output.failed = true;
    append_tagged(host, TAG_OWNED, &slot, sizeof slot);
}

void clua_put_plain(clua_host *host, uint32_t type, void *owner, const void *data) {
    uint32_t slot = own_object(host, host->types[type].owner, owner);
    if (slot == UINT32_MAX) host->output.failed = true;
    append_tagged(host, TAG_PLAIN, &slot, sizeof slot);
    append(host, &type, sizeof type);
    append(host, data, host->types[type].size);
}

void clua_put_reference(clua_host *host, int32_t reference) {
    append_tagged(host, TAG_REFERENCE, &reference, sizeof reference);
}

void clua_put_list(clua_host *host, size_t count) {
    append_tagged(host, TAG_LIST, &count, sizeof count);
}

void clua_put_table(clua_host *host, size_t count) {
    append_tagged(host, TAG_TABLE, &count, sizeof count);
}

typedef struct reader {
    clua_host *host;
    size_t next; /* an offset: the buffer may move while a finalizer runs */
    size_t end;
} reader;

static void take(lua_State *L, reader *r, void *out, size_t length) {
    if (length > r->end - r->next) luaL_error(L, "internal: output buffer too short");
    memcpy(out, r->host->output.data + r->next, length);
    r->next += length;
}

static void push_next(lua_State *L, reader *r) {
    luaL_checkstack(L, 6, "result nested too deep");
    char tag;
    take(L, r, &tag, 1);
    switch (tag) {
    case TAG_FALSE:
    case TAG_TRUE:
        lua_pushboolean(L, tag == TAG_TRUE);
        break;
    case TAG_INTEGER: {
        int64_t value;
        take(L, r, &value, sizeof value);
        lua_pushinteger(L, value);
        break;
    }
    case TAG_NUMBER: {
        double value;
        take(L, r, &value, sizeof value);
        lua_pushnumber(L, value);
        break;
    }
    case TAG_STRING: {
        size_t length;
        take(L, r, &length, sizeof length);
        if (length > r->end - r->next) luaL_error(L, "internal: output buffer too short");
        lua_pushlstring(L, r->host->output.data + r->next, length);
        r->next += length;
        break;
    }
    case TAG_OWNED: {
        uint32_t slot;
        take(L, r, &slot, sizeof slot);
        push_owned(L, r->host, slot);
        break;
    }
    case TAG_PLAIN: {
        uint32_t slot, type;
        take(L, r, &slot, sizeof slot);
        take(L, r, &type, sizeof type);
        push_owned(L, r->host, slot);
        void *data = push_plain(L, r->host, type, lua_gettop(L));
        take(L, r, data, r->host->types[type].size);
        lua_remove(L, -2); /* the owner */
        break;
    }
    case TAG_REFERENCE: {
        int32_t reference;
        take(L, r, &reference, sizeof reference);
        lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
        break;
    }
    case TAG_LIST:
    case TAG_TABLE: {
        size_t count;
        take(L, r, &count, sizeof count);
        if (count > CLUA_MAXIMUM_PAIRS * 16) luaL_error(L, "result too large");
        lua_createtable(L, tag == TAG_LIST ? (int)count : 0, tag == TAG_TABLE ? (int)count : 0);
        for (size_t i = 1; i <= count; i++) {
            push_next(L, r);
            if (tag == TAG_LIST) {
                lua_rawseti(L, -2, (lua_Integer)i);
            } else {
                push_next(L, r);
                if (lua_type(L, -2) == LUA_TNIL) luaL_error(L, "internal: nil as a key");
                lua_rawset(L, -3);
            }
        }
        break;
    }
    default:
        lua_pushnil(L);
        break;
    }
}

typedef struct push_request {
    reader reader;
    uint32_t count;
} push_request;

static int push_body(lua_State *L) {
    push_request *request = lua_touserdata(L, 1);
    luaL_checkstack(L, (int)request->count + 8, "too many results");
    for (uint32_t i = 0; i < request->count; i++) push_next(L, &request->reader);
    return (int)request->count;
}

/* Protected, so that the state of the buffer and the objects in it are settled on every path. */
int push_output(lua_State *L, clua_host *host, uint32_t count) {
    buffer *b = &host->output;
    if (b->failed || !lua_checkstack(L, (int)(count < 1000000 ? count : 0) + 8) ||
        count >= 1000000) {
        release_pending_owners(host, host->pending_owner_base);
        lua_rawgeti(L, LUA_REGISTRYINDEX, host->memory_message);
        return LUA_ERRMEM;
    }
    size_t base = b->base;
    uint32_t pending = host->pending_owner_base;
    push_request request = {{host, base, b->length}, count};
    b->base = b->length;
    host->pending_owner_base = host->pending_owner_count;
    lua_pushcfunction(L, push_body);
    lua_pushlightuserdata(L, &request);
    int status = lua_pcall(L, 1, (int)count, 0);
    b->base = base;
    b->length = base;
    host->pending_owner_base = pending;
    release_pending_owners(host, pending);
    return status;
}
