/* Error objects, and what happens to an error that nobody caught. */
#include "internal.h"

#include <stdlib.h>

/* Pushes "file:line" of the innermost Lua function on the call stack, or "". */
void push_where(lua_State *L) {
    lua_Debug frame;
    for (int level = 1; lua_getstack(L, level, &frame); level++) {
        lua_getinfo(L, "Sl", &frame);
        if (frame.currentline > 0) {
            lua_pushfstring(L, "%s:%d", frame.short_src, frame.currentline);
            return;
        }
    }
    lua_pushliteral(L, "");
}

/* Raises the error record that Swift left in the output buffer. */
int fail_with_record(lua_State *L, clua_host *host) {
    if (push_output(L, host, 1) != LUA_OK) return lua_error(L);
    if (lua_type(L, -1) == LUA_TTABLE) {
        luaL_checkstack(L, 8, "error too deep");
        lua_pushliteral(L, "where");
        push_where(L);
        lua_rawset(L, -3);
        lua_rawgeti(L, LUA_REGISTRYINDEX, host->error_table);
        lua_setmetatable(L, -2);
    }
    return lua_error(L);
}

static bool raw_text(lua_State *L, int index, const char *key) {
    lua_pushstring(L, key);
    bool found = lua_rawget(L, index) == LUA_TSTRING && lua_rawlen(L, -1) > 0;
    if (!found) lua_pop(L, 1);
    return found;
}

/* "file:line: message (code)" */
static int error_text(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    if (raw_text(L, 1, "where")) {
        luaL_addvalue(&text);
        luaL_addstring(&text, ": ");
    }
    if (raw_text(L, 1, "message")) luaL_addvalue(&text);
    else luaL_addstring(&text, "error");
    luaL_pushresult(&text);
    return 1;
}

void define_error_table(lua_State *L, clua_host *host) {
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, error_text);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    host->error_table = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Cuts the frames of the host off: the protected call and its body, both "[C]: in ?". */
static size_t without_host_frames(const char *text, size_t length) {
    static const char host_frame[] = "\n\t[C]: in ?";
    const size_t n = sizeof host_frame - 1;
    while (length >= n && memcmp(text + length - n, host_frame, n) == 0) length -= n;
    return length;
}

/*
 * Pushes the traceback. luaL_traceback leaves the middle out, so the whole is put together by tens;
 * not of a stack that ran over, which would take long and tell little.
 */
static void push_traceback(lua_State *L, bool whole) {
    enum { PIECE = 10, LIMIT = 1000 };
    lua_Debug beyond;
    if (!whole || lua_getstack(L, LIMIT, &beyond)) {
        luaL_traceback(L, L, NULL, 1);
        return;
    }
    lua_pushliteral(L, "stack traceback:");
    for (int level = 1;; level += PIECE) {
        luaL_traceback(L, L, NULL, level);
        const char *frames = strchr(lua_tostring(L, -1), '\n');
        if (frames == NULL) frames = "";
        const char *gap = strstr(frames, "\n\t...\t(skipping ");
        if (gap != NULL) lua_pushlstring(L, frames, (size_t)(gap - frames));
        else lua_pushstring(L, frames);
        lua_remove(L, -2);
        lua_concat(L, 2);
        if (gap == NULL) return;
    }
}

/* Keeps the traceback aside and the error value as it is. */
int message_handler(lua_State *L) {
    clua_host *host = host_of(L);
    if (host->depth > 1) return 1; /* the outermost run tells the whole way */
    push_traceback(L, host->whole_tracebacks);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    length = without_host_frames(text, length);
    char *copy = realloc(host->traceback, length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = 0;
        host->traceback = copy;
        host->traceback_length = length;
    }
    lua_settop(L, 1);
    return 1;
}
