/* The standard libraries: text chunks only, and what a sandbox leaves of them. */
#include "internal.h"

#include <stdlib.h>

/* load(chunk, name, mode, env) with mode "t", whatever was asked for: crafted bytecode crashes. */
static int load_text(lua_State *L) {
    if (lua_gettop(L) < 3) lua_settop(L, 3);
    const char *mode = luaL_optstring(L, 3, "bt");
    bool is_text = lua_type(L, 1) == LUA_TSTRING && lua_tolstring(L, 1, NULL)[0] != *LUA_SIGNATURE;
    if (!is_text) {
        lua_pushstring(L, strchr(mode, 't') != NULL ? "t" : "");
        lua_replace(L, 3);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int load_text_file(lua_State *L) {
    if (lua_gettop(L) < 2) lua_settop(L, 2);
    const char *mode = luaL_optstring(L, 2, "bt");
    lua_pushstring(L, strchr(mode, 't') != NULL ? "t" : "");
    lua_replace(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int finish_dofile(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    return lua_gettop(L) - 1;
}

static int do_text_file(lua_State *L) {
    const char *path = luaL_optstring(L, 1, NULL);
    lua_settop(L, 1);
    if (luaL_loadfilex(L, path, "t") != LUA_OK) return lua_error(L);
    lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
    return finish_dofile(L, 0, 0);
}

/* package.searchers[2], as in the standard library but for the mode. Its second upvalue is the table
   `package`, whatever the global variable of that name is by now. */
static int search_lua(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    lua_getfield(L, lua_upvalueindex(2), "path");
    if (lua_type(L, -1) != LUA_TSTRING) return luaL_error(L, "'package.path' must be a string");
    lua_pushvalue(L, lua_upvalueindex(1)); /* package.searchpath */
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 2);
    if (lua_isnil(L, -2)) return 1; /* what was tried */
    lua_pop(L, 1);
    const char *path = lua_tolstring(L, -1, NULL);
    if (luaL_loadfilex(L, path, "t") == LUA_OK) {
        lua_pushvalue(L, -2);
        return 2;
    }
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path,
                      lua_tolstring(L, -1, NULL));
}

static void replace_with(lua_State *L, const char *name, lua_CFunction function) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

static void remove_fields(lua_State *L, const char *module, const char *const *names) {
    lua_getglobal(L, module);
    for (; *names != NULL; names++) {
        lua_pushnil(L);
        lua_setfield(L, -2, *names);
    }
    lua_pop(L, 1);
}

/* Replaces a library by a table with only the named functions, also in package.loaded. */
static void keep_fields(lua_State *L, const char *module, const char *const *names) {
    lua_getglobal(L, module);
    lua_newtable(L);
    for (; *names != NULL; names++) {
        lua_getfield(L, -2, *names);
        lua_setfield(L, -2, *names);
    }
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, module);
    lua_pop(L, 1);
    lua_setglobal(L, module);
    lua_pop(L, 1);
}

static void close_sandbox(lua_State *L) {
    static const char *const base[] = {"dofile", "loadfile", NULL};
    static const char *const io[] = {"write", NULL};
    static const char *const os[] = {"clock", "date", "difftime", "exit", "time", NULL};
    static const char *const debug[] = {"traceback", NULL};
    static const char *const package[] = {"loadlib", "cpath", "searchpath", NULL};
    remove_fields(L, "_G", base);
    keep_fields(L, "io", io);
    keep_fields(L, "os", os);
    keep_fields(L, "debug", debug);
    remove_fields(L, "package", package);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    for (int i = 3; i <= 4; i++) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
    lua_pop(L, 2);
}

void open_libraries(lua_State *L, bool sandbox) {
    luaL_openlibs(L);
    open_coroutines(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    replace_with(L, "load", load_text);
    replace_with(L, "loadfile", load_text_file);
    replace_with(L, "dofile", do_text_file);
    lua_pop(L, 1);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "searchers");
    lua_getfield(L, -2, "searchpath");
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, search_lua, 2);
    lua_rawseti(L, -2, 2);
    lua_pop(L, 2);
    if (sandbox) close_sandbox(L);
}
