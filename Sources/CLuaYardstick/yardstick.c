/* The yardstick: an object of C with a method that takes two integers and adds them up, its type checked by
   luaL_checkudata and its arguments by luaL_checkinteger. */
#define _GNU_SOURCE /* the clock of a thread */
#include "CLuaYardstick.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <time.h>

#define TYPE "yardstick.counter"

struct yardstick {
    lua_State *state;
    int64_t sum;
};

static const char measurement[] =
    "local counter, clock = ...\n"
    "return function(n)\n"
    "  local start = clock()\n"
    "  for i = 1, n do end\n"
    "  local begin = clock()\n"
    "  for i = 1, n do counter:add(i, 8) end\n"
    "  return clock() - begin - (begin - start)\n"
    "end";

static int add(lua_State *L) {
    yardstick **counter = luaL_checkudata(L, 1, TYPE);
    lua_Integer left = luaL_checkinteger(L, 2);
    lua_Integer right = luaL_checkinteger(L, 3);
    (*counter)->sum = (int64_t)((uint64_t)(*counter)->sum + (uint64_t)left + (uint64_t)right);
    lua_pushinteger(L, (*counter)->sum);
    return 1;
}

static int read_clock(lua_State *L) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    lua_pushinteger(L, (lua_Integer)time.tv_sec * 1000000000 + time.tv_nsec);
    return 1;
}

/* Leaves the function that measures at stack index 1. */
static int prepare(lua_State *L) {
    yardstick *self = lua_touserdata(L, 1);
    if (luaL_loadstring(L, measurement) != LUA_OK) return lua_error(L);
    yardstick **counter = lua_newuserdatauv(L, sizeof *counter, 0);
    *counter = self;
    luaL_newmetatable(L, TYPE);
    lua_newtable(L);
    lua_pushcfunction(L, add);
    lua_setfield(L, -2, "add");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushcfunction(L, read_clock);
    lua_call(L, 2, 1);
    return 1;
}

yardstick *yardstick_open(void) {
    yardstick *self = calloc(1, sizeof *self);
    if (self == NULL) return NULL;
    lua_State *L = luaL_newstate();
    self->state = L;
    if (L != NULL) {
        lua_pushcfunction(L, prepare);
        lua_pushlightuserdata(L, self);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK) return self;
    }
    yardstick_close(self);
    return NULL;
}

void yardstick_close(yardstick *self) {
    if (self->state != NULL) lua_close(self->state);
    free(self);
}

bool yardstick_run(yardstick *self, int64_t calls, int64_t *nanoseconds) {
    lua_State *L = self->state;
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, calls);
    bool fine = lua_pcall(L, 1, 1, 0) == LUA_OK;
    *nanoseconds = fine ? (int64_t)lua_tointegerx(L, -1, NULL) : 0;
    lua_settop(L, 1);
    return fine;
}
