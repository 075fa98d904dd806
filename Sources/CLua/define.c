/* The declaration of types, modules and their functions. */
#include "internal.h"

#include <stdlib.h>


/* While a type is being declared its metatable carries these. */
#define MEMBERS "members"
#define SETTERS "setters"

typedef struct define_request {
    const char *module;
    const char *name;
    const clua_function *function;
    const clua_type *declaration;
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
    const clua_type *declared = request->declaration;
    lua_pushstring(L, declared->name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    if (declared->owner == CLUA_NO_TYPE) {
        lua_pushcfunction(L, collect_object);
        lua_setfield(L, -2, "__gc");
    }
    int metatable = luaL_ref(L, LUA_REGISTRYINDEX);
    bound_type *types = realloc(host->types, (host->type_count + 1) * sizeof *types);
    if (types == NULL) return luaL_error(L, "not enough memory");
    host->types = types;
    request->type = host->type_count++;
    types[request->type] = (bound_type){.metatable = metatable,
                                        .is_plain = declared->owner != CLUA_NO_TYPE,
                                        .context = declared->context,
                                        .reject = declared->reject,
                                        .owner = declared->owner,
                                        .size = declared->size};
    return 0;
}

void clua_define_type(clua_host *host, const clua_type *type, uint32_t *index,
                      clua_outcome *outcome) {
    define_request request = {.declaration = type};
    protect(host, define_type_body, &request, outcome);
    *index = request.type;
}

/* Copies a shape into a userdata. The table at `anchors` keeps it, and its names, which become
   Lua's own strings. */
static const clua_shape *copy_shape(lua_State *L, int anchors, const clua_shape *shape) {
    luaL_checkstack(L, 4, "declaration too deep");
    uint32_t part_count = shape->parts == NULL ? 0 : shape->count;
    uint32_t name_count = shape->names == NULL ? 0 : shape->count;
    clua_shape *copy = lua_newuserdatauv(
        L, sizeof *copy + part_count * sizeof(clua_parameter) + name_count * sizeof(char *), 0);
    lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
    *copy = *shape;
    clua_parameter *parts = (clua_parameter *)(copy + 1);
    const char **names = (const char **)(parts + part_count);
    copy->parts = parts;
    copy->names = names;
    for (uint32_t i = 0; i < name_count; i++) {
        names[i] = lua_pushstring(L, shape->names[i]);
        lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
    }
    for (uint32_t i = 0; i < part_count; i++) {
        parts[i] = shape->parts[i];
        if (parts[i].shape != NULL) parts[i].shape = copy_shape(L, anchors, parts[i].shape);
    }
    return copy;
}

static void push_function_copy(lua_State *L, const clua_function *function) {
    size_t unused = (CLUA_MAXIMUM_ARGUMENTS - function->count) * sizeof(clua_parameter);
    size_t size = sizeof *function - unused;
    clua_function *copy = lua_newuserdatauv(L, size, 1);
    memcpy(copy, function, size);
    int self = lua_gettop(L);
    for (uint32_t i = 0; i < function->count; i++) {
        if (function->parameters[i].shape == NULL) continue;
        if (lua_gettop(L) == self) lua_newtable(L);
        copy->parameters[i].shape = copy_shape(L, self + 1, function->parameters[i].shape);
    }
    if (lua_gettop(L) > self) lua_setiuservalue(L, self, 1);
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
