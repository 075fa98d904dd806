/* The life of a state. */
#include "internal.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Lua aborts after this. It neither allocates nor calls Swift. */
static int panic(lua_State *L) {
    static const char text[] = "dvmash: internal error: unprotected error in a call to Lua\n";
    (void)L;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) return 0;
    return 0;
}

static void warn(void *user, const char *message, int continues) {
    clua_host *host = user;
    if (!host->warning_continues && !continues && message[0] == '@') {
        if (strcmp(message, "@on") == 0) host->warnings = true;
        if (strcmp(message, "@off") == 0) host->warnings = false;
        return;
    }
    if (host->warnings) {
        if (!host->warning_continues) fputs("Lua warning: ", stderr);
        fputs(message, stderr);
        if (!continues) fputc('\n', stderr);
    }
    host->warning_continues = continues != 0;
}

void clua_set_warnings(clua_host *host, bool enabled) { host->warnings = enabled; }

void clua_set_whole_tracebacks(clua_host *host, bool whole) { host->whole_tracebacks = whole; }

typedef struct open_request {
    bool sandbox;
} open_request;

static int open_body(lua_State *L) {
    open_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    /* An object with a finalizer outlives a cycle. With Lua's pause of 200 each cycle would begin
       later by what the last one left, and memory would grow with the number of objects made. With
       this one it grows to two and a half times what is alive. */
    lua_gc(L, LUA_GCINC, 160, 0, 0);
    lua_pushliteral(L, "not enough memory");
    host->memory_message = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    host->identities = luaL_ref(L, LUA_REGISTRYINDEX);
    define_error_table(L, host);
    open_libraries(L, request->sandbox);
    return 0;
}

clua_host *clua_open(void *user, clua_release release, size_t limit, bool sandbox) {
    clua_host *host = calloc(1, sizeof *host);
    if (host == NULL) return NULL;
    host->control = calloc(1, sizeof *host->control);
    if (host->control == NULL) {
        free(host);
        return NULL;
    }
    atomic_init(&host->control->references, 1);
    host->user = user;
    host->release = release;
    host->memory.limit = limit;
    host->main = lua_newstate(host_allocate, host);
    if (host->main == NULL) {
        clua_close(host);
        return NULL;
    }
    host->running = host->main;
    *(clua_host **)lua_getextraspace(host->main) = host;
    lua_atpanic(host->main, panic);
    lua_setwarnf(host->main, warn, host);
    install_forwarding();
    open_request request = {sandbox};
    lua_pushcfunction(host->main, open_body);
    lua_pushlightuserdata(host->main, &request);
    if (lua_pcall(host->main, 1, 0, 0) != LUA_OK) {
        clua_close(host);
        return NULL;
    }
    return host;
}

/* The state that os.exit left as it is: something has to know its memory until the process ends. */
static _Atomic(lua_State *) left_open;

void clua_close(clua_host *host) {
    if (host->main != NULL && host->leaves_open) {
        atomic_store(&left_open, host->main);
        host->running = host->main = NULL;
    }
    if (host->main != NULL) {
        clua_host *previous;
        begin_run(host, &previous); /* finalizers may run and may be interrupted */
        lua_close(host->main);
        host->running = host->main = NULL;
        host->depth = 1;
        atomic_store(&host->control->active, 0);
        end_run(host, previous);
    }
    for (uint32_t i = 0; i < host->owner_capacity; i++)
        if (host->owners[i].object != NULL) release_slot(host, i);
    free_spares(host);
    free(host->owners);
    free(host->places);
    free(host->pending_owners);
    free(host->types);
    free(host->pending);
    free(host->released);
    free(host->output.data);
    free(host->items);
    free(host->handles);
    free(host->traceback);
    clua_control_release(host->control);
    free(host);
}

void *clua_user(const clua_host *host) { return host->user; }

uint64_t clua_runs(const clua_host *host) { return host->runs; }

static int collect_body(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT, 0);
    return 0;
}

void clua_collect(clua_host *host) {
    clua_outcome outcome;
    protect(host, collect_body, NULL, &outcome);
    malloc_trim(0); /* to the system, which counts what a process has in memory */
}
