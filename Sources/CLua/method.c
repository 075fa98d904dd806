/* Bound functions: the trampoline, and the declaration of types and modules. */
#include "internal.h"

#include <stdlib.h>

/* Lets Swift write why a call is refused, and raises it. */
static int refuse(lua_State *L, const clua_function *f, int32_t reason, int32_t index,
                  clua_value *values, int32_t count, int32_t given) {
    clua_host *host = host_of(L);
    clua_frame frame = {.host = host, .arguments = values, .count = count, .given = given};
    clua_output_begin(host);
    f->reject(f->context, &frame, reason, index);
    return fail_with_record(L, host);
}

/* The general decoding of one value, for the text of an error. */
static clua_value describe(lua_State *L, int index, uint8_t problem) {
    clua_value value = {.kind = CLUA_NONE};
    if (lua_type(L, index) == LUA_TTABLE) value.kind = CLUA_TABLE;
    else if (lua_type(L, index) == LUA_TFUNCTION) value.kind = CLUA_FUNCTION;
    else decode_value(&(arena){.L = L}, index, &value, 0);
    value.problem = problem;
    return value;
}

static int push_single(lua_State *L, clua_host *host, const clua_value *result) {
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
    case CLUA_ENCODED:
        if (push_output(L, host, result->type) != LUA_OK) return lua_error(L);
        return (int)result->type;
    default:
        lua_pushnil(L);
        return 1;
    }
}

/* Raises the error value of a callback again; it is read before its reference is released. */
static int rethrow(lua_State *L, clua_host *host, const clua_value *value, size_t pending) {
    if (value->kind != CLUA_FUNCTION) {
        if (push_single(L, host, value) == 0) lua_pushnil(L);
    } else if (value->integer > 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, value->integer);
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, host->memory_message);
    }
    release_pending_references(L, host, pending);
    return lua_error(L);
}

/* Decodes an argument that needs neither memory nor a reference; false if it is not accepted. */
static inline bool decode_scalar(lua_State *L, const clua_host *host, int index,
                                 const clua_parameter *p, clua_value *out) {
    int valid = 0;
    if (p->optional && lua_type(L, index) <= LUA_TNIL) {
        *out = p->fallback;
        return true;
    }
    out->problem = CLUA_FINE;
    switch (p->accept) {
    case CLUA_ACCEPT_INTEGER:
    case CLUA_ACCEPT_UNSIGNED:
        out->kind = CLUA_INTEGER;
        out->integer = lua_tointegerx(L, index, &valid);
        if (valid && !lua_isinteger(L, index)) valid = lua_type(L, index) == LUA_TNUMBER;
        return valid && (p->accept == CLUA_ACCEPT_INTEGER || out->integer >= 0);
    case CLUA_ACCEPT_NUMBER:
        out->kind = CLUA_NUMBER;
        out->number = lua_tonumberx(L, index, &valid);
        return valid && lua_type(L, index) == LUA_TNUMBER;
    case CLUA_ACCEPT_BOOLEAN:
        out->kind = CLUA_BOOLEAN;
        out->integer = lua_toboolean(L, index);
        return lua_type(L, index) == LUA_TBOOLEAN;
    case CLUA_ACCEPT_OBJECT: {
        const owner *o = owner_at(L, host, index);
        if (o == NULL || o->type != p->type) return false;
        out->kind = CLUA_OBJECT;
        out->type = o->type;
        out->object = o->object;
        return true;
    }
    default:
        if (lua_type(L, index) != LUA_TSTRING) return false;
        out->kind = CLUA_STRING;
        out->bytes = lua_tolstring(L, index, &out->length);
        return p->accept == CLUA_ACCEPT_BYTES || is_utf8(out->bytes, out->length);
    }
}

/* Runs a bound function; its arguments begin at stack index `first`. */
static int invoke(lua_State *L, const clua_function *f, int first) {
    clua_host *host = host_of(L);
    clua_value values[CLUA_MAXIMUM_ARGUMENTS];
    clua_frame frame;
    frame.host = host;
    frame.receiver = NULL;
    frame.arguments = values;
    uint32_t slot = UINT32_MAX;
    if (f->receiver != CLUA_NO_TYPE) {
        const owner *o = owner_at(L, host, 1);
        if (o == NULL || o->type != f->receiver) {
            values[0] = describe(L, 1, CLUA_FINE);
            return refuse(L, f, CLUA_REJECT_RECEIVER, 0, values, 1, lua_gettop(L));
        }
        frame.receiver = o->object;
        slot = (uint32_t)(o - host->owners);
    }
    int given = lua_gettop(L) - first + 1;
    int count = (int)f->count;
    bool rest = count > 0 && f->parameters[count - 1].accept == CLUA_ACCEPT_REST;
    if (given > count && !rest)
        return refuse(L, f, CLUA_REJECT_COUNT, 0, values, 0, given);

    arena a;
    a.L = L;
    a.next = NULL;
    a.left = 0;
    a.pairs = 0;
    size_t pending = host->pending_count;
    if (f->simple) {
        for (int i = 0; i < count; i++) {
            if (decode_scalar(L, host, first + i, &f->parameters[i], &values[i])) continue;
            bool bytes = f->parameters[i].accept == CLUA_ACCEPT_TEXT &&
                         lua_type(L, first + i) == LUA_TSTRING;
            values[i] = describe(L, first + i, bytes ? CLUA_BAD_TEXT : CLUA_FINE);
            return refuse(L, f, CLUA_REJECT_ARGUMENT, i, values, i + 1, given);
        }
    } else if (count > 0) {
        int last = first + given - 1;
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
            return refuse(L, f, CLUA_REJECT_ARGUMENT, i, values, i + 1, given);
        }
    }
    frame.count = count;
    frame.given = given;
    frame.result.kind = CLUA_NONE;
    host->output.length = host->output.base;
    host->output.failed = false;
    if (slot != UINT32_MAX) host->owners[slot].uses++;
    int32_t status = f->thunk(f->context, &frame);
    if (slot != UINT32_MAX && --host->owners[slot].uses == 0 &&
        host->owners[slot].state == OWNER_DOOMED)
        release_slot(host, slot);
    if (status == CLUA_RETHROW) return rethrow(L, host, &frame.result, pending);
    if (host->pending_count > pending) release_pending_references(L, host, pending);
    if (status == CLUA_OK) return push_single(L, host, &frame.result);
    return fail_with_record(L, host);
}

static int call_bound(lua_State *L) {
    const clua_function *f = lua_touserdata(L, lua_upvalueindex(1));
    return invoke(L, f, f->receiver == CLUA_NO_TYPE ? 1 : 2);
}

/* Metamethods get operands that are not arguments (__len: the object twice; __close: the error). */
static int call_metamethod(lua_State *L) {
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
static int index_object(lua_State *L) {
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
static int assign_object(lua_State *L) {
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

/* ---- declarations ----------------------------------------------------------------------- */

/* While a type is being declared its metatable carries these. */
#define MEMBERS "members"
#define SETTERS "setters"

typedef struct define_request {
    const char *module;
    const char *name;
    const clua_function *function;
    void *context;
    clua_reject reject;
    uint32_t type;
    int32_t role;
} define_request;

static int define_type_body(lua_State *L) {
    define_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    lua_createtable(L, 0, 8);
    lua_newtable(L);
    lua_setfield(L, -2, MEMBERS);
    lua_newtable(L);
    lua_setfield(L, -2, SETTERS);
    lua_pushstring(L, request->name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, collect_object);
    lua_setfield(L, -2, "__gc");
    int metatable = luaL_ref(L, LUA_REGISTRYINDEX);
    bound_type *types = realloc(host->types, (host->type_count + 1) * sizeof *types);
    if (types == NULL) return luaL_error(L, "not enough memory");
    host->types = types;
    request->type = host->type_count++;
    types[request->type] = (bound_type){
        .metatable = metatable, .context = request->context, .reject = request->reject};
    return 0;
}

void clua_define_type(clua_host *host, const char *name, void *context, clua_reject reject,
                      uint32_t *type, clua_outcome *outcome) {
    define_request request = {.name = name, .context = context, .reject = reject};
    protect(host, define_type_body, &request, outcome);
    *type = request.type;
}

static void push_function_copy(lua_State *L, const clua_function *function) {
    size_t unused = (CLUA_MAXIMUM_ARGUMENTS - function->count) * sizeof(clua_parameter);
    size_t size = sizeof *function - unused;
    clua_function *copy = lua_newuserdatauv(L, size, 0);
    memcpy(copy, function, size);
    copy->simple = true;
    for (uint32_t i = 0; i < function->count; i++)
        if (function->parameters[i].accept >= CLUA_ACCEPT_FUNCTION) copy->simple = false;
}

static int define_member_body(lua_State *L) {
    define_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    bound_type *type = &host->types[request->type];
    lua_rawgeti(L, LUA_REGISTRYINDEX, type->metatable);
    push_function_copy(L, request->function);
    switch (request->role) {
    case CLUA_METHOD:
        lua_pushcclosure(L, call_bound, 1);
        lua_getfield(L, 2, MEMBERS);
        break;
    case CLUA_GETTER:
        type->has_getters = true;
        lua_getfield(L, 2, MEMBERS);
        break;
    case CLUA_SETTER:
        lua_getfield(L, 2, SETTERS);
        break;
    default:
        lua_pushcclosure(L, strcmp(request->name, "__call") == 0 ? call_bound : call_metamethod,
                         1);
        lua_pushvalue(L, 2);
        break;
    }
    lua_insert(L, -2);
    lua_setfield(L, -2, request->name);
    return 0;
}

void clua_define_member(clua_host *host, uint32_t type, int32_t role, const char *name,
                        const clua_function *function, clua_outcome *outcome) {
    define_request request = {.name = name, .function = function, .type = type, .role = role};
    protect(host, define_member_body, &request, outcome);
}

/* A type without getters has its table of methods as __index: method calls then stay inside the
   virtual machine, and only an unknown field gets here. */
static int finish_type_body(lua_State *L) {
    define_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    const bound_type *type = &host->types[request->type];
    lua_rawgeti(L, LUA_REGISTRYINDEX, type->metatable);
    lua_getfield(L, 2, MEMBERS);
    lua_getfield(L, 2, SETTERS);
    lua_pushnil(L);
    lua_setfield(L, 2, MEMBERS);
    lua_pushnil(L);
    lua_setfield(L, 2, SETTERS);

    lua_pushvalue(L, 3);
    lua_pushinteger(L, request->type);
    lua_pushvalue(L, 4);
    lua_pushcclosure(L, assign_object, 3);
    lua_setfield(L, 2, "__newindex");

    lua_pushvalue(L, 3);
    lua_pushinteger(L, request->type);
    lua_pushcclosure(L, index_object, 2);
    if (!type->has_getters) {
        lua_createtable(L, 0, 1);
        lua_insert(L, -2);
        lua_setfield(L, -2, "__index");
        lua_setmetatable(L, 3);
        lua_pushvalue(L, 3);
    }
    lua_setfield(L, 2, "__index");
    return 0;
}

void clua_finish_type(clua_host *host, uint32_t type, clua_outcome *outcome) {
    define_request request = {.type = type};
    protect(host, finish_type_body, &request, outcome);
}

/* Pushes the module table of a dotted path, which is made where it is missing. */
static void push_module(lua_State *L, const char *path) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    const char *name = path;
    while (*name != 0) {
        const char *end = strchr(name, '.');
        size_t length = end != NULL ? (size_t)(end - name) : strlen(name);
        lua_pushlstring(L, name, length);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
            luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
            lua_pushlstring(L, path, (size_t)(name - path) + length);
            lua_pushvalue(L, -3);
            lua_rawset(L, -3);
            lua_pop(L, 1);
        }
        lua_replace(L, -3);
        lua_pop(L, 1);
        name += length + (end != NULL);
    }
}

static int define_function_body(lua_State *L) {
    define_request *request = lua_touserdata(L, 1);
    push_module(L, request->module);
    if (request->function != NULL) {
        lua_pushstring(L, request->name);
        push_function_copy(L, request->function);
        lua_pushcclosure(L, call_bound, 1);
        lua_rawset(L, -3);
    }
    return 0;
}

void clua_define_function(clua_host *host, const char *module, const char *name,
                          const clua_function *function, clua_outcome *outcome) {
    define_request request = {.module = module, .name = name, .function = function};
    protect(host, define_function_body, &request, outcome);
}

void clua_define_module(clua_host *host, const char *module, clua_outcome *outcome) {
    define_request request = {.module = module};
    protect(host, define_function_body, &request, outcome);
}

static int define_value_body(lua_State *L) {
    define_request *request = lua_touserdata(L, 1);
    push_module(L, request->module);
    lua_pushstring(L, request->name);
    if (push_output(L, host_of(L), 1) != LUA_OK) return lua_error(L);
    lua_rawset(L, -3);
    return 0;
}

void clua_define_value(clua_host *host, const char *module, const char *name,
                       clua_outcome *outcome) {
    define_request request = {.module = module, .name = name};
    protect(host, define_value_body, &request, outcome);
}

void clua_set_global(clua_host *host, const char *name, clua_outcome *outcome) {
    clua_define_value(host, "", name, outcome);
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
