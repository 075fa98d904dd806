/* Everything that Swift starts: one protected call each. */
#include "internal.h"

#include <stdlib.h>

typedef struct run_request {
    const char *source; /* NULL: a file or a reference */
    size_t length;
    const char *name;
    const char *path;
    int reference;
    uint32_t arguments;
    bool compile_only;
    int failed; /* what loading the chunk answered */
} run_request;

static void read_outcome(clua_host *host, lua_State *L, int status, clua_outcome *outcome) {
    int reason = stop_reason(host);
    if (reason != 0) { /* also where the last instruction was the one that was to be stopped */
        outcome->status = reason;
        outcome->exit_status = host->exit_status;
    } else if (status == LUA_ERRMEM) {
        outcome->status = CLUA_RUN_MEMORY;
    } else if (status != LUA_OK) {
        outcome->status = CLUA_RUN_ERROR;
    }
    if (outcome->status != CLUA_RUN_OK) drop_handles(L, host);
}

static int keep_body(lua_State *L) {
    make_handle(L, host_of(L), 1, lua_touserdata(L, 2));
    return 0;
}

/* Pops the value on top and keeps it for Swift; without memory the reference is -1. */
static void keep_top(lua_State *L, clua_handle *handle) {
    *handle = (clua_handle){.kind = CLUA_STRING, .reference = -1};
    if (!lua_checkstack(L, 4)) {
        lua_pop(L, 1);
        return;
    }
    lua_pushcfunction(L, keep_body);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, handle);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        *handle = (clua_handle){.kind = CLUA_STRING, .reference = -1};
        lua_pop(L, 1);
    }
}

void protect(clua_host *host, lua_CFunction body, void *request, clua_outcome *outcome) {
    clua_host *previous;
    begin_run(host, &previous);
    lua_State *L = host->running;
    *outcome = (clua_outcome){.status = CLUA_RUN_OK};
    host->handle_count = 0;
    size_t pending_references = host->pending_count;
    if (host->depth == 1) {
        free(host->traceback);
        host->traceback = NULL;
        host->traceback_length = 0;
    }
    if (!lua_checkstack(L, 8)) {
        outcome->status = CLUA_RUN_MEMORY;
        end_run(host, previous);
        return;
    }
    int top = lua_gettop(L);
    lua_pushcfunction(L, message_handler);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, request);
    int status = lua_pcall(L, 1, 0, top + 1);
    host->running = L;
    read_outcome(host, L, status, outcome);
    if (outcome->status == CLUA_RUN_ERROR) keep_top(L, &outcome->error);
    lua_settop(L, top);
    release_pending_references(L, host, pending_references);
    release_pending_owners(host, host->pending_owner_base);
    outcome->traceback = host->traceback;
    outcome->traceback_length = host->traceback_length;
    if (outcome->status == CLUA_RUN_OK) {
        outcome->results = host->handles;
        outcome->result_count = host->handle_count;
    }
    host->handle_count = 0;
    end_run(host, previous);
}

static int run_body(lua_State *L) {
    run_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    uint32_t arguments = request->arguments;
    if (arguments > 0 && push_output(L, host, arguments) != LUA_OK) return lua_error(L);
    if (request->reference > 0) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    } else {
        request->failed =
            request->source != NULL
                ? luaL_loadbufferx(L, request->source, request->length, request->name, "t")
                : luaL_loadfilex(L, request->path, "t");
        if (request->failed != LUA_OK) return lua_error(L);
        if (request->compile_only) return 0;
    }
    lua_insert(L, 2);
    lua_call(L, (int)arguments, LUA_MULTRET);
    for (int i = 2, top = lua_gettop(L); i <= top; i++) push_handle(L, host, i);
    return 0;
}

static void run(clua_host *host, run_request *request, clua_outcome *outcome) {
    protect(host, run_body, request, outcome);
    if (outcome->status == CLUA_RUN_ERROR && request->failed == LUA_ERRSYNTAX)
        outcome->status = CLUA_RUN_SYNTAX;
    if (outcome->status == CLUA_RUN_ERROR && request->failed == LUA_ERRFILE)
        outcome->status = CLUA_RUN_FILE;
    if (request->failed != LUA_OK) {
        outcome->traceback = NULL;
        outcome->traceback_length = 0;
    }
}

void clua_run(clua_host *host, const char *source, size_t length, const char *name,
              uint32_t arguments, clua_outcome *outcome) {
    run_request request = {
        .source = source, .length = length, .name = name, .arguments = arguments};
    run(host, &request, outcome);
}

void clua_run_file(clua_host *host, const char *path, uint32_t arguments,
                   clua_outcome *outcome) {
    run_request request = {.path = path, .arguments = arguments};
    run(host, &request, outcome);
}

void clua_check(clua_host *host, const char *source, size_t length, const char *name,
                clua_outcome *outcome) {
    clua_output_begin(host);
    run_request request = {
        .source = source, .length = length, .name = name, .compile_only = true};
    run(host, &request, outcome);
}

void clua_run_reference(clua_host *host, int32_t reference, uint32_t arguments,
                        clua_outcome *outcome) {
    run_request request = {.reference = reference, .arguments = arguments};
    run(host, &request, outcome);
}

/* ---- callbacks -------------------------------------------------------------------------- */

typedef struct call_request {
    int reference;
    uint32_t arguments;
    size_t count;
    const clua_value *values;
} call_request;

/* Leaves the results and the memory that describes them on the stack: they anchor the values. */
static int call_body(lua_State *L) {
    call_request *request = lua_touserdata(L, 1);
    clua_host *host = host_of(L);
    uint32_t arguments = request->arguments;
    lua_rawgeti(L, LUA_REGISTRYINDEX, request->reference);
    if (arguments > 0 && push_output(L, host, arguments) != LUA_OK) return lua_error(L);
    lua_call(L, (int)arguments, LUA_MULTRET);
    int top = lua_gettop(L);
    request->count = (size_t)(top - 1);
    if (request->count > 0) {
        luaL_checkstack(L, 4, "too many results");
        lua_pushnil(L);
        arena a = {.L = L, .anchor = top + 1};
        clua_value *values = arena_allocate(&a, request->count * sizeof *values);
        for (int i = 2; i <= top; i++) {
            decode_value(&a, i, &values[i - 2], 0);
            if (values[i - 2].problem != CLUA_FINE) {
                static const char *const problems[] = {"", "cyclic", "nested too deep",
                                                       "too large", "with unsuited keys", ""};
                return luaL_error(L, "the table that the callback returned is %s",
                                  problems[values[i - 2].problem]);
            }
        }
        request->values = values;
    }
    return lua_gettop(L) - 1;
}

int32_t clua_call(clua_host *host, int32_t reference, uint32_t arguments,
                  const clua_value **values, size_t *count, clua_handle *error) {
    lua_State *L = host->running;
    *values = NULL;
    *count = 0;
    *error = (clua_handle){.kind = CLUA_STRING, .reference = -1};
    if (!lua_checkstack(L, 8)) return CLUA_RETHROW;
    host->runs++;
    size_t pending = host->pending_count;
    lua_pushinteger(L, host->call_top);
    int top = lua_gettop(L);
    call_request request = {.reference = reference, .arguments = arguments};
    lua_pushcfunction(L, call_body);
    lua_pushlightuserdata(L, &request);
    int status = lua_pcall(L, 1, LUA_MULTRET, 0);
    host->running = L;
    if (status == LUA_OK) {
        host->call_top = top;
        host->call_pending = pending;
        *values = request.values;
        *count = request.count;
        return CLUA_OK;
    }
    keep_top(L, error);
    lua_settop(L, top - 1);
    release_pending_references(L, host, pending);
    return CLUA_RETHROW;
}

void clua_call_end(clua_host *host) {
    lua_State *L = host->running;
    int top = host->call_top;
    if (top <= 0 || top > lua_gettop(L)) return;
    host->call_top = (int)lua_tointegerx(L, top, NULL);
    lua_settop(L, top - 1);
    release_pending_references(L, host, host->call_pending);
}
