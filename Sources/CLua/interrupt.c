/*
 * Stopping what runs: an interrupt from a signal handler or another thread, the instruction limit,
 * and os.exit.
 *
 * A stop is a flag plus a count hook of 1 on the coroutine that runs. The hook raises, and stays
 * armed until the outermost run ends, so that neither pcall nor a loop over coroutines survives
 * it. Hooks belong to one coroutine each; coroutine.resume and coroutine.wrap are replaced so that
 * `running` is always right and a stop follows the control flow from one coroutine to the next.
 * There is no hook at all unless a stop or an instruction limit asks for one.
 *
 * lua_sethook may be called from a signal handler, but only in the thread that runs Lua. Other
 * threads forward with SIGURG, which is ignored by default and otherwise unused here.
 */
#include "internal.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#define LIMIT_STEP 1000

static _Thread_local clua_host *current;

static const char *stop_text(const clua_host *host) {
    switch (stop_reason(host)) {
    case CLUA_RUN_LIMIT: return "instruction limit reached";
    case CLUA_RUN_EXIT: return "exit";
    default: return "interrupted!";
    }
}

static void rest_hook(clua_host *host, lua_State *L);

static void stop_hook(lua_State *L, lua_Debug *event) {
    (void)event;
    clua_host *host = host_of(L);
    if (stop_reason(host) == 0 && host->instruction_limit != 0) {
        host->instructions += LIMIT_STEP;
        if (host->instructions >= host->instruction_limit) stop(host, CLUA_RUN_LIMIT);
    }
    if (stop_reason(host) == 0) {
        rest_hook(host, L); /* left over from a stop that is done */
        return;
    }
    lua_sethook(L, stop_hook, LUA_MASKCOUNT, 1);
    luaL_error(L, "%s", stop_text(host));
}

/* What is set when nothing is to be stopped. */
static void rest_hook(clua_host *host, lua_State *L) {
    if (host->instruction_limit != 0) lua_sethook(L, stop_hook, LUA_MASKCOUNT, LIMIT_STEP);
    else if (lua_gethook(L) == stop_hook) lua_sethook(L, NULL, 0, 0);
}

/* Arms the hook of L if a stop is asked for. */
void arm(clua_host *host, lua_State *L) {
    if (stop_reason(host) != 0) lua_sethook(L, stop_hook, LUA_MASKCOUNT, 1);
}

void stop(clua_host *host, int reason) {
    int none = 0;
    atomic_compare_exchange_strong(&host->control->stop, &none, reason);
    arm(host, host->running);
}

static void forwarded(int signal) {
    (void)signal;
    for (clua_host *host = current; host != NULL; host = host->outer) arm(host, host->running);
}

static pthread_once_t forwarding_once = PTHREAD_ONCE_INIT;

static void install_handler(void) {
    struct sigaction action = {.sa_handler = forwarded, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, NULL);
}

void install_forwarding(void) { pthread_once(&forwarding_once, install_handler); }

/* Threads of a pool start with all signals blocked. */
static void accept_forwarding(void) {
    static _Thread_local bool accepted;
    if (accepted) return;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    accepted = pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0;
}

clua_control *clua_control_of(clua_host *host) { return host->control; }

void clua_control_retain(clua_control *control) { atomic_fetch_add(&control->references, 1); }

void clua_control_release(clua_control *control) {
    if (atomic_fetch_sub(&control->references, 1) == 1) free(control);
}

void clua_request_interrupt(clua_control *control) {
    /* While this counter is up the run does not end, so the thread and the host stay. */
    atomic_fetch_add(&control->forwarding, 1);
    if (atomic_load(&control->active)) {
        int none = 0;
        atomic_compare_exchange_strong(&control->stop, &none, CLUA_RUN_INTERRUPTED);
        if (pthread_equal(pthread_self(), control->thread)) forwarded(0);
        else pthread_kill(control->thread, SIGURG);
    }
    atomic_fetch_sub(&control->forwarding, 1);
}

void begin_run(clua_host *host, clua_host **previous) {
    *previous = current;
    host->runs++;
    if (host->depth++ == 0) {
        accept_forwarding();
        host->outer = current;
        atomic_store(&host->control->stop, 0);
        host->control->thread = pthread_self();
        current = host;
        atomic_store(&host->control->active, 1);
        rest_hook(host, host->running);
    } else if (current != host) {
        current = host; /* re-entered by way of another host: that one links here already */
    }
}

void end_run(clua_host *host, clua_host *previous) {
    if (--host->depth == 0) {
        atomic_store(&host->control->active, 0);
        while (atomic_load(&host->control->forwarding) != 0) sched_yield();
        atomic_store(&host->control->stop, 0);
        if (host->main != NULL) rest_hook(host, host->main);
        host->outer = NULL;
    }
    current = previous;
}

void clua_limit_instructions(clua_host *host, uint64_t limit) {
    host->instruction_limit = limit;
    host->instructions = 0;
    rest_hook(host, host->running);
}

uint64_t clua_instructions(const clua_host *host) { return host->instructions; }

/* ---- coroutines ------------------------------------------------------------------------- */

/* Closes the pending variables of a coroutine that ended; the status, and the error on top. */
static int reset(lua_State *L, lua_State *co) {
    clua_host *host = host_of(L);
    host->running = co;
    arm(host, co);
    int status = lua_resetthread(co);
    host->running = L;
    arm(host, L);
    if (stop_reason(host) != 0) luaL_error(L, "%s", stop_text(host));
    return status;
}

/* lua_resume with the host told. Returns the number of results on `co`, or -1 with the error on
   top of it. Raises if a stop is asked for: no coroutine swallows it. */
static int resume(lua_State *L, lua_State *co, int arguments) {
    clua_host *host = host_of(L);
    int results = 0;
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(co, "too many arguments to resume");
        return -1;
    }
    if (lua_status(co) == LUA_OK && lua_gettop(co) == 0) {
        lua_pushliteral(co, "cannot resume dead coroutine");
        return -1;
    }
    lua_xmove(L, co, arguments);
    host->running = co;
    arm(host, co);
    int status = lua_resume(co, L, arguments, &results);
    host->running = L;
    arm(host, L);
    if (stop_reason(host) != 0) luaL_error(L, "%s", stop_text(host));
    if (status != LUA_OK && status != LUA_YIELD) return -1;
    if (!lua_checkstack(L, results + 1)) {
        lua_settop(co, -results - 1);
        lua_pushliteral(co, "too many results to resume");
        return -1;
    }
    return results;
}

/* A coroutine that runs or resumed somebody cannot be resumed. */
static bool is_resumable(lua_State *L, lua_State *co) {
    lua_Debug frame;
    if (co == L) return false;
    if (lua_status(co) == LUA_YIELD) return true;
    return lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame) == 0;
}

static int resume_checked(lua_State *L, lua_State *co, int arguments) {
    if (!is_resumable(L, co)) {
        bool dead = lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD;
        lua_settop(L, lua_gettop(L) - arguments);
        lua_pushstring(L, dead ? "cannot resume dead coroutine"
                               : "cannot resume non-suspended coroutine");
        return -2;
    }
    return resume(L, co, arguments);
}

static int coroutine_resume(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    lua_State *co = lua_tothread(L, 1);
    int results = resume_checked(L, co, lua_gettop(L) - 1);
    if (results < 0) {
        if (results == -1) lua_xmove(co, L, 1);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_xmove(co, L, results);
    return results + 1;
}

static int wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = resume_checked(L, co, lua_gettop(L));
    if (results >= 0) {
        lua_xmove(co, L, results);
        return results;
    }
    if (results == -1) {
        int status = lua_status(co);
        if (status != LUA_OK && status != LUA_YIELD) reset(L, co);
        lua_xmove(co, L, 1);
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int coroutine_wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

static int coroutine_close(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    if (stop_reason(host_of(L)) != 0) return luaL_error(L, "%s", stop_text(host_of(L)));
    lua_State *co = lua_tothread(L, 1);
    lua_Debug frame;
    if (co == L || (lua_status(co) == LUA_OK && lua_getstack(co, 0, &frame) != 0))
        return luaL_error(L, "cannot close a %s coroutine", co == L ? "running" : "normal");
    int status = reset(L, co);
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK) return 1;
    lua_xmove(co, L, 1);
    return 2;
}

/* ---- xpcall ----------------------------------------------------------------------------- */

/* A message handler runs with hooks off when the error came from a hook: one that loops could not
   be stopped. So the handlers of scripts do not run for a stop. Upvalue 1 is theirs. */
static int handle_message(lua_State *L) {
    if (stop_reason(host_of(L)) != 0) return 1;
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* Below the results on the stack are the handler and `true`. */
static int finish_xpcall(lua_State *L, int status, lua_KContext context) {
    (void)context;
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int protected_call(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int arguments = lua_gettop(L) - 2;
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle_message, 1);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 3); /* handler, true, function, arguments */
    lua_rotate(L, 1, -2);
    lua_settop(L, arguments + 3);
    return finish_xpcall(L, lua_pcallk(L, arguments, LUA_MULTRET, 1, 0, finish_xpcall), 0);
}

/* os.exit: ends the run as an error that cannot be caught; the host exits, orderly. As in Lua,
   finalizers run only for os.exit(status, true). */
static int exit_run(lua_State *L) {
    clua_host *host = host_of(L);
    if (lua_isboolean(L, 1)) host->exit_status = lua_toboolean(L, 1) ? 0 : 1;
    else host->exit_status = (int)(luaL_optinteger(L, 1, 0) & 0xFF);
    host->leaves_open = !lua_toboolean(L, 2);
    stop(host, CLUA_RUN_EXIT);
    return luaL_error(L, "%s", stop_text(host));
}

void open_coroutines(lua_State *L) {
    static const luaL_Reg functions[] = {{"resume", coroutine_resume},
                                         {"wrap", coroutine_wrap},
                                         {"close", coroutine_close},
                                         {NULL, NULL}};
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, functions, 0);
    lua_pushcfunction(L, protected_call);
    lua_setglobal(L, "xpcall");
    lua_getglobal(L, "os");
    lua_pushcfunction(L, exit_run);
    lua_setfield(L, -2, "exit");
    lua_pop(L, 2);
}
