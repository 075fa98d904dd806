/* From Lua values to plain C values, before Swift runs. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

/* Chunks are userdata that a stack slot of the C function keeps alive, each the user value of the
   next: an error drops them with the stack. */
void *arena_allocate(arena *a, size_t size) {
    size = (size + 7) & ~(size_t)7;
    if (size > a->left) {
        size_t chunk = size > 4096 ? size : 4096;
        luaL_checkstack(a->L, 2, "value too deep");
        char *memory = lua_newuserdatauv(a->L, chunk, 1);
        lua_pushvalue(a->L, a->anchor);
        lua_setiuservalue(a->L, -2, 1);
        lua_replace(a->L, a->anchor);
        a->next = memory;
        a->left = chunk;
    }
    void *result = a->next;
    a->next += size;
    a->left -= size;
    return result;
}

bool is_utf8(const char *bytes, size_t length) {
    const unsigned char *p = (const unsigned char *)bytes, *end = p + length;
    while (p < end) {
        if (*p < 0x80) {
            p++;
            continue;
        }
        int extra;
        uint32_t code, least;
        if ((*p & 0xE0) == 0xC0) extra = 1, code = *p & 0x1F, least = 0x80;
        else if ((*p & 0xF0) == 0xE0) extra = 2, code = *p & 0x0F, least = 0x800;
        else if ((*p & 0xF8) == 0xF0) extra = 3, code = *p & 0x07, least = 0x10000;
        else return false;
        p++;
        while (extra-- > 0) {
            if (p == end || (*p & 0xC0) != 0x80) return false;
            code = code << 6 | (*p++ & 0x3F);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    }
    return true;
}

static int compare_pairs(const void *left, const void *right) {
    const clua_value *a = left, *b = right;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == CLUA_INTEGER || a->kind == CLUA_BOOLEAN)
        return a->integer < b->integer ? -1 : a->integer > b->integer;
    if (a->kind == CLUA_NUMBER) return a->number < b->number ? -1 : a->number > b->number;
    size_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, shorter);
    if (order != 0) return order;
    return a->length < b->length ? -1 : a->length > b->length;
}

static void decode_table(arena *a, int index, clua_value *out, int depth) {
    lua_State *L = a->L;
    out->kind = CLUA_TABLE;
    if (depth >= CLUA_MAXIMUM_DEPTH) {
        out->problem = CLUA_TOO_DEEP;
        return;
    }
    luaL_checkstack(L, 4, "value too deep");
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (a->pairs + ++count > CLUA_MAXIMUM_PAIRS) {
            lua_pop(L, 2);
            out->problem = CLUA_TOO_LARGE;
            return;
        }
    }
    a->pairs += count;
    clua_value *pairs = arena_allocate(a, count * 2 * sizeof *pairs);
    out->entries = pairs;
    size_t used = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (used == count) { /* a finalizer added to it meanwhile */
            lua_pop(L, 2);
            break;
        }
        clua_value *key = &pairs[used * 2];
        int type = lua_type(L, -2);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN) {
            lua_pop(L, 2);
            out->problem = CLUA_BAD_KEY;
            return;
        }
        decode_value(a, lua_gettop(L) - 1, key, depth + 1);
        decode_value(a, lua_gettop(L), key + 1, depth + 1);
        used++;
        if (key[1].problem != CLUA_FINE) {
            lua_pop(L, 2);
            out->problem = key[1].problem;
            return;
        }
    }
    out->type = (uint32_t)used;
    if (used > 1) qsort(pairs, used, 2 * sizeof *pairs, compare_pairs);
    size_t first = 0; /* keys below 1 sort in front of the list */
    while (first < used && pairs[first * 2].kind == CLUA_BOOLEAN) first++;
    if (first == 0)
        while (out->length < used && pairs[out->length * 2].kind == CLUA_INTEGER &&
               pairs[out->length * 2].integer == (int64_t)out->length + 1)
            out->length++;
}

void decode_value(arena *a, int index, clua_value *out, int depth) {
    lua_State *L = a->L;
    clua_host *host = host_of(L);
    *out = (clua_value){.kind = CLUA_NIL};
    switch (lua_type(L, index)) {
    case LUA_TNONE:
        out->kind = CLUA_NONE;
        break;
    case LUA_TNIL:
        break;
    case LUA_TBOOLEAN:
        out->kind = CLUA_BOOLEAN;
        out->integer = lua_toboolean(L, index);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            out->kind = CLUA_INTEGER;
            out->integer = lua_tointegerx(L, index, NULL);
        } else {
            out->kind = CLUA_NUMBER;
            out->number = lua_tonumberx(L, index, NULL);
        }
        break;
    case LUA_TSTRING:
        out->kind = CLUA_STRING;
        out->bytes = lua_tolstring(L, index, &out->length);
        break;
    case LUA_TFUNCTION:
        out->kind = CLUA_FUNCTION;
        luaL_checkstack(L, 2, "value too deep");
        lua_pushvalue(L, index);
        out->integer = take_reference(L, host);
        out->type = note_pending(L, host, (int)out->integer);
        break;
    case LUA_TTABLE: {
        const void *identity = lua_topointer(L, index);
        /* A table that is being decoded further out has its address in the chain of depths. */
        for (int i = 0; i < depth; i++) {
            if (a->path[i] == identity) {
                out->kind = CLUA_TABLE;
                out->problem = CLUA_CYCLIC;
                return;
            }
        }
        if (depth < CLUA_MAXIMUM_DEPTH) a->path[depth] = identity;
        decode_table(a, index, out, depth);
        break;
    }
    case LUA_TUSERDATA: {
        instance found;
        const box *b = box_at(L, index);
        if (instance_at(L, host, index, &found)) {
            out->kind = CLUA_OBJECT;
            out->object = found.object;
            out->type = found.type;
        } else if (b != NULL && b->type < host->type_count) {
            out->kind = CLUA_CLOSED;
            out->type = b->type;
        } else {
            out->kind = CLUA_USERDATA;
        }
        break;
    }
    case LUA_TTHREAD:
        out->kind = CLUA_THREAD;
        break;
    default:
        out->kind = CLUA_USERDATA;
        break;
    }
}

void decode_rest(arena *a, int first, int last, clua_value *out) {
    size_t count = last >= first ? (size_t)(last - first + 1) : 0;
    *out = (clua_value){.kind = CLUA_TABLE, .type = (uint32_t)count, .length = count};
    clua_value *pairs = arena_allocate(a, count * 2 * sizeof *pairs);
    out->entries = pairs;
    for (size_t i = 0; i < count; i++) {
        pairs[i * 2] = (clua_value){.kind = CLUA_INTEGER, .integer = (int64_t)i + 1};
        decode_value(a, first + (int)i, &pairs[i * 2 + 1], 0);
        if (pairs[i * 2 + 1].problem != CLUA_FINE) out->problem = pairs[i * 2 + 1].problem;
    }
}

/* Decodes what a parameter accepts; false when the value is something else. */
bool decode_accepted(arena *a, int index, const clua_parameter *parameter, clua_value *out) {
    int type = lua_type(a->L, index);
    if (type <= LUA_TNIL && parameter->optional) {
        *out = parameter->fallback;
        return true;
    }
    if (parameter->accept == CLUA_ACCEPT_FUNCTION && type != LUA_TFUNCTION) return false;
    decode_value(a, index, out, 0);
    return out->problem == CLUA_FINE;
}
