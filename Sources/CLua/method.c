/* Bound functions: the trampoline between Lua and Swift. */
#include "internal.h"

#include <stdlib.h>

/* Lets Swift write why a call is refused, and raises it. */
APART static int refuse(lua_State *L, const clua_function *f, int32_t reason, int32_t index,
                  clua_value *values, int32_t count, int32_t given) {
    clua_host *host = host_of(L);
    clua_frame frame = {.host = host, .arguments = values, .count = count, .given = given};
    clua_output_begin(host);
    f->reject(f->context, &frame, reason, index);
    return fail_with_record(L, host);
}

/* The general decoding of one value, for the text of an error. */
APART static clua_value describe(lua_State *L, int index, uint8_t problem) {
    clua_value value = {.kind = CLUA_NONE};
    if (lua_type(L, index) == LUA_TTABLE) value.kind = CLUA_TABLE;
    else if (lua_type(L, index) == LUA_TFUNCTION) value.kind = CLUA_FUNCTION;
    else decode_value(&(arena){.L = L}, index, &value, 0);
    value.problem = problem;
    return value;
}

/* Pushes the result; `receiver` is where the object of the call was found. */
static int push_single(lua_State *L, clua_host *host, const clua_frame *frame,
                       owner_place receiver) {
    const clua_value *result = &frame->result;
    switch (result->kind) {
    case CLUA_NONE:
        return 0;
    case CLUA_BOOLEAN:
        lua_pushboolean(L, result->integer != 0);
        return 1;
    case CLUA_INTEGER:
        lua_pushinteger(L, result->integer);
        return 1;
    case CLUA_NUMBER:
        lua_pushnumber(L, result->number);
        return 1;
    case CLUA_OWNED: {
        uint32_t slot = own_object(host, result->type, result->object);
        if (slot == UINT32_MAX) return luaL_error(L, "not enough memory");
        push_owned(L, host, slot);
        return 1;
    }
    case CLUA_PLAIN: {
        void *data;
        if (result->object == NULL) {
            data = push_plain_of(L, host, result->type, 1, receiver);
        } else {
            uint32_t slot = own_object(host, host->types[result->type].owner, result->object);
            if (slot == UINT32_MAX) return luaL_error(L, "not enough memory");
            push_owned(L, host, slot);
            data = push_plain(L, host, result->type, lua_gettop(L));
        }
        memcpy(data, frame->plain, host->types[result->type].size);
        return 1;
    }
    case CLUA_STRING:
        if (host->output.failed) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, host->memory_message);
            return lua_error(L);
        }
        host->output.length = host->output.base; /* whoever called back writes from there on */
        if (result->length == 0) lua_pushliteral(L, "");
        else lua_pushlstring(L, host->output.data + host->output.base, result->length);
        return 1;
    case CLUA_ENCODED:
        if (push_output(L, host, result->type) != LUA_OK) return lua_error(L);
        return (int)result->type;
    default:
        lua_pushnil(L);
        return 1;
    }
}

/* Raises the error value of a callback again; it is read before its reference is released. */
APART static int rethrow(lua_State *L, clua_host *host, const clua_frame *frame, size_t pending) {
    const clua_value *value = &frame->result;
    if (value->kind != CLUA_FUNCTION) {
        if (push_single(L, host, frame, (owner_place){.slot = UINT32_MAX}) == 0) lua_pushnil(L);
    } else if (value->integer > 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, value->integer);
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, host->memory_message);
    }
    release_pending_references(L, host, pending);
    return lua_error(L);
}

/* Decodes arguments of any kind into memory that the stack keeps; raises where one is refused. */
APART static void decode_general(lua_State *L, clua_host *host, const clua_function *f,
                                 int first, int given, clua_value *values) {
    arena a;
    a.L = L;
    a.next = NULL;
    a.left = 0;
    a.pairs = 0;
    int count = (int)f->count, last = first + given - 1;
    size_t pending = host->pending_count;
    lua_settop(L, first + (given > count ? given : count)); /* one slot more: the anchor */
    a.anchor = lua_gettop(L);
    for (int i = 0; i < count; i++) {
        const clua_parameter *p = &f->parameters[i];
        bool fine;
        if (p->accept == CLUA_ACCEPT_REST) {
            decode_rest(&a, first + i, last, &values[i]);
            fine = values[i].problem == CLUA_FINE;
        } else {
            values[i].problem = CLUA_FINE;
            fine = p->accept >= CLUA_ACCEPT_FUNCTION
                       ? decode_accepted(&a, first + i, p, &values[i])
                       : decode_scalar(L, host, first + i, p, &values[i]);
        }
        if (fine) continue;
        uint8_t problem = values[i].problem;
        if (p->accept == CLUA_ACCEPT_TEXT && lua_type(L, first + i) == LUA_TSTRING)
            problem = CLUA_BAD_TEXT;
        release_pending_references(L, host, pending);
        values[i] = describe(L, first + i, problem);
        if (first + i > last) values[i].kind = CLUA_NONE;
        refuse(L, f, CLUA_REJECT_ARGUMENT, i, values, i + 1, given);
    }
}

/* Refuses argument number `last` of those that begin at stack index `first`. */
APART static int refuse_argument(lua_State *L, const clua_function *f, int first, int last,
                                 int given, clua_value *values) {
    bool bytes = f->parameters[last].accept == CLUA_ACCEPT_TEXT &&
                 lua_type(L, first + last) == LUA_TSTRING;
    values[last] = describe(L, first + last, bytes ? CLUA_BAD_TEXT : CLUA_FINE);
    if (last >= given) values[last].kind = CLUA_NONE;
    return refuse(L, f, CLUA_REJECT_ARGUMENT, last, values, last + 1, given);
}

static inline bool takes_rest(const clua_function *f) {
    return f->count > 0 && f->parameters[f->count - 1].accept == CLUA_ACCEPT_REST;
}

/* Runs a bound function; its arguments begin at stack index `first`. */
static int invoke(lua_State *L, const clua_function *f, int first) {
    clua_host *host = host_of(L);
    clua_value values[CLUA_MAXIMUM_ARGUMENTS];
    uint64_t plain[CLUA_MAXIMUM_DATA / sizeof(uint64_t)];
    clua_frame frame;
    frame.host = host;
    frame.receiver = NULL;
    frame.plain = plain;
    frame.arguments = values;
    owner_place receiver = {.slot = UINT32_MAX};
    if (f->receiver != CLUA_NO_TYPE) {
        instance found;
        if (!instance_at(L, host, 1, &found) || found.type != f->receiver) {
            values[0] = describe(L, 1, CLUA_FINE);
            return refuse(L, f, CLUA_REJECT_RECEIVER, 0, values, 1, lua_gettop(L));
        }
        frame.receiver = found.object;
        receiver = (owner_place){.slot = found.slot, .box = found.box};
    }
    int given = lua_gettop(L) - first + 1;
    int count = (int)f->count;
    if (given > count && !takes_rest(f))
        return refuse(L, f, CLUA_REJECT_COUNT, 0, values, 0, given);

    size_t pending = host->pending_count;
    direct_room room;
    int last = 0;
    if (given < count) lua_settop(L, first + count - 1); /* values may be kept above */
    direct answer = count == 0 ? DIRECT_FINE
                               : decode_arguments(L, host, f, first, values, &room, &last);
    if (answer == DIRECT_NOT) {
        decode_general(L, host, f, first, given, values);
    } else if (answer == DIRECT_REFUSED) {
        return refuse_argument(L, f, first, last, given, values);
    }
    frame.count = count;
    frame.given = given;
    frame.result.kind = CLUA_NONE;
    frame.result.type = f->result;
    host->output.length = host->output.base;
    host->output.failed = false;
    if (receiver.slot != UINT32_MAX) host->owners[receiver.slot].uses++;
    int32_t status = f->thunk(f->context, &frame);
    if (receiver.slot != UINT32_MAX && --host->owners[receiver.slot].uses == 0 &&
        host->owners[receiver.slot].state == OWNER_DOOMED)
        release_slot(host, receiver.slot);
    if (status == CLUA_RETHROW) return rethrow(L, host, &frame, pending);
    if (host->pending_count > pending) release_pending_references(L, host, pending);
    if (status == CLUA_OK) return push_single(L, host, &frame, receiver);
    return fail_with_record(L, host);
}

int call_bound(lua_State *L) {
    const clua_function *f = lua_touserdata(L, lua_upvalueindex(1));
    return invoke(L, f, f->receiver == CLUA_NO_TYPE ? 1 : 2);
}

/* Metamethods get operands that are not arguments (__len: the object twice; __close: the error). */
int call_metamethod(lua_State *L) {
    const clua_function *f = lua_touserdata(L, lua_upvalueindex(1));
    lua_settop(L, 1);
    return invoke(L, f, 2);
}

static int unknown_member(lua_State *L, const bound_type *type, int32_t reason) {
    clua_value key = describe(L, 2, CLUA_FINE);
    clua_function f = {.context = type->context, .reject = type->reject};
    return refuse(L, &f, reason, 0, &key, 1, 0);
}

/* Upvalue 1: members by name, a function or the userdata of a getter. Upvalue 2: the type. */
int index_object(lua_State *L) {
    lua_pushvalue(L, 2);
    switch (lua_rawget(L, lua_upvalueindex(1))) {
    case LUA_TFUNCTION:
        return 1;
    case LUA_TUSERDATA: {
        const clua_function *f = lua_touserdata(L, -1);
        lua_settop(L, 1);
        return invoke(L, f, 2);
    }
    default: {
        clua_host *host = host_of(L);
        return unknown_member(L, &host->types[lua_tointegerx(L, lua_upvalueindex(2), NULL)],
                              CLUA_REJECT_MEMBER);
    }
    }
}

/* Upvalue 1: members; upvalue 2: the type; upvalue 3: setters by name. */
int assign_object(lua_State *L) {
    lua_settop(L, 3);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(3)) == LUA_TUSERDATA) {
        const clua_function *f = lua_touserdata(L, -1);
        lua_settop(L, 3);
        lua_remove(L, 2);
        return invoke(L, f, 2);
    }
    lua_pushvalue(L, 2);
    bool known = lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL;
    clua_host *host = host_of(L);
    return unknown_member(L, &host->types[lua_tointegerx(L, lua_upvalueindex(2), NULL)],
                          known ? CLUA_REJECT_READ_ONLY : CLUA_REJECT_MEMBER);
}

void *clua_function_context(clua_host *host, int32_t reference) {
    lua_State *L = host->running;
    if (!lua_checkstack(L, 3)) return NULL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, reference);
    void *context = NULL;
    if (lua_tocfunction(L, -1) == call_bound && lua_getupvalue(L, -1, 1) != NULL) {
        const clua_function *f = lua_touserdata(L, -1);
        context = f->context;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return context;
}
