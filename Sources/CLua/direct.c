/* Arguments decoded in place: numbers, strings, objects, words, and tables of them that are just as
   declared. Nothing here allocates Lua memory, so no finalizer runs and nothing can move. What is
   not found as declared is decoded in general, and Swift says what is wrong with it. */
#include "internal.h"

static bool is_name(const char *name, const char *bytes, size_t length) {
    return strncmp(name, bytes, length) == 0 && strlen(name) == length;
}

/* Names are kept as Lua's own strings, of which short ones exist once: mostly a comparison of
   addresses does. */
static uint32_t find_name(const clua_shape *shape, const char *bytes, size_t length) {
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->names[i] == bytes) return i;
    for (uint32_t i = 0; i < shape->count; i++)
        if (is_name(shape->names[i], bytes, length)) return i;
    return UINT32_MAX;
}

static inline bool decode_integer(lua_State *L, int index, bool sign, clua_value *out) {
    int valid = 0;
    out->kind = CLUA_INTEGER;
    out->problem = CLUA_FINE;
    out->integer = lua_tointegerx(L, index, &valid);
    return valid && (sign || out->integer >= 0);
}

static inline bool decode_object(lua_State *L, const clua_host *host, int index, uint32_t type,
                                 clua_value *out) {
    instance found;
    if (!instance_at(L, host, index, &found)) return false;
    out->kind = CLUA_OBJECT;
    out->problem = CLUA_FINE;
    out->type = found.type;
    out->object = found.object;
    return found.type == type;
}

/* Integers and objects, which are most of what there is, are decoded without a call. */
static inline bool is_common(int type, const clua_parameter *p) {
    return (type == LUA_TNUMBER && p->accept <= CLUA_ACCEPT_UNSIGNED) ||
           (type == LUA_TUSERDATA && p->accept == CLUA_ACCEPT_OBJECT);
}

static inline bool decode_common(lua_State *L, const clua_host *host, int index, int type,
                                 const clua_parameter *p, clua_value *out) {
    return type == LUA_TNUMBER ? decode_integer(L, index, p->accept == CLUA_ACCEPT_INTEGER, out)
                               : decode_object(L, host, index, p->type, out);
}

static bool decode_word(lua_State *L, int index, const clua_shape *shape, clua_value *out) {
    size_t length;
    const char *bytes = lua_tolstring(L, index, &length);
    uint32_t word = find_name(shape, bytes, length);
    if (word == UINT32_MAX) return false;
    out->kind = CLUA_WORD;
    out->problem = CLUA_FINE;
    out->object = (char *)shape->values + (size_t)word * shape->stride;
    return true;
}

static bool decode_text(lua_State *L, int index, const clua_parameter *p, clua_value *out) {
    if (p->accept == CLUA_ACCEPT_WORD) return decode_word(L, index, p->shape, out);
    out->kind = CLUA_STRING;
    out->bytes = lua_tolstring(L, index, &out->length);
    return p->accept == CLUA_ACCEPT_BYTES || is_utf8(out->bytes, out->length);
}

/* A value of a known type that needs neither memory nor a reference; false if not accepted. */
static bool decode_typed(lua_State *L, const clua_host *host, int index, int type,
                         const clua_parameter *p, clua_value *out) {
    if (is_common(type, p)) return decode_common(L, host, index, type, p, out);
    out->problem = CLUA_FINE;
    switch (p->accept) {
    case CLUA_ACCEPT_INTEGER:
    case CLUA_ACCEPT_UNSIGNED:
    case CLUA_ACCEPT_OBJECT:
        return false;
    case CLUA_ACCEPT_NUMBER:
        out->kind = CLUA_NUMBER;
        out->number = lua_tonumberx(L, index, NULL);
        return type == LUA_TNUMBER;
    case CLUA_ACCEPT_BOOLEAN:
        out->kind = CLUA_BOOLEAN;
        out->integer = lua_toboolean(L, index);
        return type == LUA_TBOOLEAN;
    default:
        return type == LUA_TSTRING && decode_text(L, index, p, out);
    }
}

bool decode_scalar(lua_State *L, const clua_host *host, int index, const clua_parameter *p,
                   clua_value *out) {
    int type = lua_type(L, index);
    if (p->optional && type <= LUA_TNIL) {
        *out = p->fallback;
        return true;
    }
    return decode_typed(L, host, index, type, p, out);
}

/* A field or part: what is refused is left to the general way, which knows how to say it. */
static bool decode_part(lua_State *L, clua_host *host, int index, int type,
                        const clua_parameter *p, clua_value *out) {
    if (p->accept < CLUA_ACCEPT_FUNCTION) return decode_typed(L, host, index, type, p, out);
    if (p->accept != CLUA_ACCEPT_ANY || type == LUA_TTABLE || type == LUA_TFUNCTION) return false;
    arena none;
    none.L = L;
    decode_value(&none, index, out, 0);
    return true;
}

/* Strings stay on the stack: their bytes are read in place, and a callback may change the table. */
OUT_OF_LINE static bool decode_fields(lua_State *L, clua_host *host, int index,
                                      const clua_shape *shape, clua_value *out,
                                      direct_room *room) {
    if (shape->count > CLUA_MAXIMUM_FIELDS - room->used) return false;
    if (!lua_checkstack(L, (int)shape->count + 8)) return false;
    clua_value *fields = &room->values[room->used];
    room->used += shape->count;
    for (uint32_t i = 0; i < shape->count; i++) fields[i].kind = CLUA_NONE;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int type = lua_type(L, -1);
        if (lua_type(L, -2) != LUA_TSTRING) return false;
        size_t length;
        const char *key = lua_tolstring(L, -2, &length);
        uint32_t field = find_name(shape, key, length);
        if (field == UINT32_MAX) return false;
        const clua_parameter *part = &shape->parts[field];
        if (is_common(type, part) ? !decode_common(L, host, -1, type, part, &fields[field])
                                  : !decode_part(L, host, -1, type, part, &fields[field]))
            return false;
        if (type == LUA_TSTRING) lua_insert(L, -2);
        else lua_pop(L, 1);
    }
    for (uint32_t i = 0; i < shape->count; i++) {
        if (fields[i].kind != CLUA_NONE) continue;
        if (!shape->parts[i].optional) return false;
        if (shape->parts[i].fallback.kind != CLUA_NIL) fields[i] = shape->parts[i].fallback;
    }
    out->kind = CLUA_FIELDS;
    out->problem = CLUA_FINE;
    out->entries = fields;
    out->length = shape->count;
    return true;
}

/* The object that was found last: mostly the next of a list is the same. */
typedef struct known_object {
    const void *userdata;
    clua_value value;
} known_object;

/* A value of an item, which is on top; its type is known. */
static inline bool decode_member(lua_State *L, clua_host *host, int type,
                                 const clua_parameter *p, clua_value *out, known_object *known) {
    if (type == LUA_TNUMBER && p->accept <= CLUA_ACCEPT_UNSIGNED)
        return decode_integer(L, -1, p->accept == CLUA_ACCEPT_INTEGER, out);
    if (type == LUA_TUSERDATA && p->accept == CLUA_ACCEPT_OBJECT) {
        const void *userdata = lua_touserdata(L, -1);
        if (userdata != known->userdata || known->value.type != p->type) {
            if (!decode_object(L, host, -1, p->type, &known->value)) return false;
            known->userdata = userdata;
        }
        *out = known->value;
        return true;
    }
    if (type == LUA_TNIL && p->optional) {
        *out = p->fallback;
        return true;
    }
    return decode_part(L, host, -1, type, p, out);
}

/* Whether the key at an index is a position of a list. */
static inline bool is_position(lua_State *L, int key, lua_Integer position) {
    return lua_isinteger(L, key) && lua_tointegerx(L, key, NULL) == position;
}

/* The items of a list of `count`, each a table of values by position; false where it is none. */
OUT_OF_LINE static bool decode_tuples(lua_State *L, clua_host *host, int list,
                                      const clua_shape *shape, lua_Integer count,
                                      clua_value *out) {
    const clua_parameter *const end = shape->parts + shape->count;
    known_object known = {.userdata = NULL};
    lua_Integer done = 0;
    lua_pushnil(L);
    const int key = lua_gettop(L), item = key + 1;
    while (lua_next(L, list)) {
        if (done == count || !is_position(L, key, ++done) || lua_type(L, item) != LUA_TTABLE)
            return false;
        lua_Integer place = 0;
        for (const clua_parameter *p = shape->parts; p < end; p++, out++) {
            int type = lua_rawgeti(L, item, ++place);
            if (!decode_member(L, host, type, p, out, &known)) return false;
        }
        lua_settop(L, key);
    }
    return done == count;
}

/* The same of a list of single values. */
OUT_OF_LINE static bool decode_singles(lua_State *L, clua_host *host, int list,
                                       const clua_parameter *p, lua_Integer count,
                                       clua_value *out) {
    lua_Integer done = 0;
    lua_pushnil(L);
    const int key = lua_gettop(L), item = key + 1;
    while (lua_next(L, list)) {
        if (done == count || !is_position(L, key, ++done) ||
            !decode_part(L, host, item, lua_type(L, item), p, out++))
            return false;
        lua_settop(L, key);
    }
    return done == count;
}

OUT_OF_LINE static bool decode_items(lua_State *L, clua_host *host, int index,
                                     const clua_shape *shape, clua_value *out) {
    size_t count = (size_t)lua_rawlen(L, index), width = shape->count;
    if (count > CLUA_MAXIMUM_PAIRS / (width + 1)) return false;
    if (!lua_checkstack(L, (int)width + 8)) return false;
    clua_value *items =
        grow_array(host->items, &host->item_capacity, count * width, sizeof *items);
    if (items == NULL && count > 0) return false;
    if (items != NULL) host->items = items;
    bool fine =
        shape->tuple
            ? decode_tuples(L, host, index, shape, (lua_Integer)count, items)
            : decode_singles(L, host, index, shape->parts, (lua_Integer)count, items);
    if (!fine) return false;
    out->kind = CLUA_ITEMS;
    out->problem = CLUA_FINE;
    out->type = (uint32_t)count;
    out->length = width;
    out->entries = items;
    return true;
}

/* What is neither the object nor the number that is mostly given. */
OUT_OF_LINE static direct decode_other(lua_State *L, clua_host *host, int index,
                                       const clua_parameter *p, clua_value *out,
                                       direct_room *room) {
    int type = lua_type(L, index);
    if (type <= LUA_TNIL && p->optional) {
        *out = p->fallback;
        return DIRECT_FINE;
    }
    if (p->accept == CLUA_ACCEPT_WORD && type == LUA_TSTRING)
        return decode_word(L, index, p->shape, out) ? DIRECT_FINE : DIRECT_REFUSED;
    if (p->accept < CLUA_ACCEPT_FUNCTION)
        return decode_typed(L, host, index, type, p, out) ? DIRECT_FINE : DIRECT_REFUSED;
    bool fine = false;
    if (p->accept == CLUA_ACCEPT_ANY) {
        fine = decode_part(L, host, index, type, p, out);
    } else if (type == LUA_TTABLE && p->accept >= CLUA_ACCEPT_FIELDS) {
        int top = lua_gettop(L);
        fine = p->accept == CLUA_ACCEPT_FIELDS
                   ? decode_fields(L, host, index, p->shape, out, room)
                   : decode_items(L, host, index, p->shape, out);
        if (!fine) lua_settop(L, top);
    }
    return fine ? DIRECT_FINE : DIRECT_NOT;
}

static inline direct decode_argument(lua_State *L, clua_host *host, int index,
                                     const clua_parameter *p, clua_value *out,
                                     direct_room *room) {
    if (p->accept == CLUA_ACCEPT_OBJECT) {
        if (decode_object(L, host, index, p->type, out)) return DIRECT_FINE;
    } else if (p->accept <= CLUA_ACCEPT_UNSIGNED && lua_type(L, index) == LUA_TNUMBER) {
        return decode_integer(L, index, p->accept == CLUA_ACCEPT_INTEGER, out) ? DIRECT_FINE
                                                                               : DIRECT_REFUSED;
    }
    return decode_other(L, host, index, p, out, room);
}

direct decode_arguments(lua_State *L, clua_host *host, const clua_function *f, int first,
                        clua_value *values, direct_room *room, int *done) {
    room->used = 0;
    for (int i = 0; i < (int)f->count; i++) {
        direct answer = decode_argument(L, host, first + i, &f->parameters[i], &values[i], room);
        if (answer != DIRECT_FINE) {
            *done = i;
            return answer;
        }
    }
    return DIRECT_FINE;
}
