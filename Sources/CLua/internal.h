/* What the files of CLua share. */
#ifndef CLUA_INTERNAL_H
#define CLUA_INTERNAL_H

#define _GNU_SOURCE

#include "CLua.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#if LUA_VERSION_NUM != 504
#error "CLua is written for Lua 5.4"
#endif

#define CLUA_MAXIMUM_DEPTH 32
#define CLUA_MAXIMUM_PAIRS ((size_t)1 << 20)

struct clua_control {
    atomic_int stop; /* first: clua_stop_requested reads it; CLUA_RUN_INTERRUPTED, ... or 0 */
    atomic_int references;
    atomic_int active;     /* a run is going on */
    atomic_int forwarding; /* threads that are inside pthread_kill */
    pthread_t thread;      /* of the run; valid while active */
};

/* An object that Lua holds. The userdata stores only the slot, and the slot the userdata: a
   userdata is ours exactly if both agree, whatever metatable somebody put on it. */
typedef struct owner {
    void *object;
    const void *box;
    uint64_t generation; /* which of the lives of the slot this is */
    uint32_t type;
    uint32_t next_free;
    uint32_t uses; /* bound functions that run on it now: released only after them */
    uint8_t state;
    bool known; /* in the table of places */
} owner;

enum { OWNER_FREE = 0, OWNER_PENDING = 1, OWNER_HELD = 2, OWNER_DOOMED = 3 };

typedef struct box {
    uint64_t magic;
    uint32_t slot;
    uint32_t type;
} box;

#define BOX_MAGIC UINT64_C(0x64766d6173684f42)

/* A plain object. The slot is its owner's, in the life in which it had that owner: where a script takes
   away the user value that keeps the owner's userdata, it is closed with that. */
typedef struct plain_box {
    box head;
    uint64_t generation;
    clua_plain plain; /* last: the data follows */
} plain_box;

typedef struct bound_type {
    int metatable; /* registry reference */
    bool has_getters;
    bool is_plain;
    void *context;
    clua_reject reject;
    uint32_t owner; /* of a plain type: the type that its objects belong to */
    uint32_t size;  /* of a plain type: bytes of data */
} bound_type;

typedef struct pending_reference {
    int reference;
    bool adopted;
} pending_reference;

typedef struct buffer {
    char *data;
    size_t length;
    size_t base; /* below it lies what is being pushed right now */
    size_t capacity;
    bool failed;
} buffer;

/* Blocks that Lua has freed, kept for the next of their size. */
#define SPARE_STEP 16  /* sizes are rounded up to multiples of this */
#define SPARE_SIZES 16 /* the largest is 256 bytes */
#define SPARE_BYTES ((size_t)1 << 20) /* of all sizes together: what a cycle frees of a small heap */

typedef struct spare {
    struct spare *next;
} spare;

struct clua_host {
    lua_State *main;
    lua_State *volatile running;
    struct clua_host *outer; /* the host whose run this thread was in before */
    clua_control *control;
    void *user;
    clua_release release;
    int depth; /* nested runs */
    uint64_t runs;
    int exit_status;
    bool leaves_open; /* left by os.exit, which closes the state only when it is told to */

    uint64_t instruction_limit;
    uint64_t instructions;

    clua_memory memory;
    spare *spares[SPARE_SIZES];
    size_t spare_bytes;
    uint64_t fail_at; /* growths until the failure; 0 off */
    uint64_t fail_width;

    owner *owners;
    uint32_t owner_capacity;
    uint32_t free_owner; /* index + 1 */
    uint32_t *places;    /* objects that have a userdata: slot + 1, hashed by object */
    uint32_t place_bits; /* there are 2 to this power: twice as many as owners */
    uint32_t *pending_owners;
    uint32_t pending_owner_count;
    uint32_t pending_owner_base; /* below it lies what is being pushed right now */
    uint32_t pending_owner_capacity;

    bound_type *types;
    uint32_t type_count;
    int identities;  /* registry reference: weak table, slot + 1 to userdata */
    int error_table; /* registry reference: the metatable of error objects */
    int memory_message; /* registry reference: the text for an error without memory */

    pending_reference *pending;
    size_t pending_count, pending_capacity;
    int *released;
    size_t released_count, released_capacity;

    clua_value *items; /* lists on their way to Swift; nobody else runs meanwhile */
    size_t item_capacity;

    int call_top; /* stack slot below the results of the callback that Swift is reading */
    size_t call_pending;
    buffer output;
    clua_handle *handles;
    size_t handle_count, handle_capacity;
    char *traceback;
    size_t traceback_length;
    bool warnings, warning_continues, whole_tracebacks;
};

/* Kept out of line, where it takes no registers from its caller. APART is what a call that goes well does
   not do. */
#define OUT_OF_LINE __attribute__((noinline))
#define APART __attribute__((cold, noinline))

static inline clua_host *host_of(lua_State *L) {
    return *(clua_host **)lua_getextraspace(L);
}

static inline int stop_reason(const clua_host *host) {
    return atomic_load_explicit(&host->control->stop, memory_order_relaxed);
}

/* memory.c */
void *host_allocate(void *ud, void *block, size_t old_size, size_t new_size);
void free_spares(clua_host *host);
void *grow_array(void *array, size_t *capacity, size_t needed, size_t element);

/* ownership.c */
/* Takes over one reference; returns the slot or UINT32_MAX (then the reference is released). */
uint32_t own_object(clua_host *host, uint32_t type, void *object);
/* Pushes the userdata of a pending slot, or the one that the object has already. */
void push_owned(lua_State *L, clua_host *host, uint32_t slot);
void release_pending_owners(clua_host *host, uint32_t base);
void release_slot(clua_host *host, uint32_t slot);
int collect_object(lua_State *L);

/* Where an owner was found: the slot, and the userdata that it had there. */
typedef struct owner_place {
    uint32_t slot;
    const void *box;
} owner_place;

/* Pushes a plain object of the owner at an index, and returns where its data goes. */
void *push_plain(lua_State *L, clua_host *host, uint32_t type, int owner_index);
/* The same, of an owner whose place is known. */
void *push_plain_of(lua_State *L, clua_host *host, uint32_t type, int owner_index,
                    owner_place place);

/* Our box in the userdata at an index, or NULL. */
static inline box *box_at(lua_State *L, int index) {
    box *b = lua_touserdata(L, index);
    return b != NULL && lua_rawlen(L, index) >= sizeof *b && b->magic == BOX_MAGIC ? b : NULL;
}

/* The owner of the userdata at an index, or NULL if it is no live object of this host by itself. */
static inline const owner *owner_at(lua_State *L, const clua_host *host, int index) {
    const box *b = box_at(L, index);
    if (b == NULL || b->slot >= host->owner_capacity) return NULL;
    const owner *o = &host->owners[b->slot];
    return o->box == b ? o : NULL;
}

/* A live object: what Swift sees of it, its type, the slot of its owner or its own, its userdata. */
typedef struct instance {
    void *object;
    uint32_t type;
    uint32_t slot;
    const void *box;
} instance;

/* Finds the object at an index; false if it is no live object of this host, plain or not. */
static inline bool instance_at(lua_State *L, const clua_host *host, int index, instance *out) {
    box *b = box_at(L, index);
    if (b == NULL || b->slot >= host->owner_capacity) return false;
    const owner *o = &host->owners[b->slot];
    out->type = b->type;
    out->slot = b->slot;
    out->box = b;
    out->object = o->object;
    if (o->box == b) return true;
    if (!host->types[b->type].is_plain) return false;
    plain_box *p = (plain_box *)b;
    out->object = &p->plain;
    return o->box != NULL && o->generation == p->generation;
}

/* decode.c */
typedef struct arena {
    lua_State *L;
    int anchor; /* stack slot that keeps the chunks alive */
    char *next;
    size_t left;
    size_t pairs;
    const void *path[CLUA_MAXIMUM_DEPTH]; /* the tables around the one being decoded */
} arena;

void *arena_allocate(arena *a, size_t size);
/* Decodes the value at an index; a problem is in out->problem. Raises only for memory. */
void decode_value(arena *a, int index, clua_value *out, int depth);
void decode_rest(arena *a, int first, int last, clua_value *out);
bool decode_accepted(arena *a, int index, const clua_parameter *parameter, clua_value *out);
bool is_utf8(const char *bytes, size_t length);

/* direct.c */
#define CLUA_MAXIMUM_FIELDS 32 /* options of one call; with more they are copied */

typedef struct direct_room {
    uint32_t used;
    clua_value values[CLUA_MAXIMUM_FIELDS];
} direct_room;

typedef enum direct { DIRECT_FINE, DIRECT_REFUSED, DIRECT_NOT } direct;

/* Decodes the arguments of a call in place, up to the one that is not fine; `done` is the last that was
   looked at. DIRECT_NOT: it takes memory, or is to be looked at as a whole. */
direct decode_arguments(lua_State *L, clua_host *host, const clua_function *f, int first,
                        clua_value *values, direct_room *room, int *done);
bool decode_scalar(lua_State *L, const clua_host *host, int index, const clua_parameter *p,
                   clua_value *out);

/* method.c: upvalue 1 is the function, or the members of the type; see define.c */
int call_bound(lua_State *L);
int call_metamethod(lua_State *L);
int index_object(lua_State *L);
int assign_object(lua_State *L);

/* output.c */
/* Pushes `count` values of the output buffer in a protected call; on an error the error value. */
int push_output(lua_State *L, clua_host *host, uint32_t count);

/* errors.c */
int fail_with_record(lua_State *L, clua_host *host);
void push_where(lua_State *L);
int message_handler(lua_State *L);
void define_error_table(lua_State *L, clua_host *host);

/* references.c */
void make_handle(lua_State *L, clua_host *host, int index, clua_handle *out);
int take_reference(lua_State *L, clua_host *host);
void drain_released(lua_State *L, clua_host *host);
void release_pending_references(lua_State *L, clua_host *host, size_t base);
uint32_t note_pending(lua_State *L, clua_host *host, int reference);
void drop_handles(lua_State *L, clua_host *host);
void push_handle(lua_State *L, clua_host *host, int index);

/* interrupt.c */
void begin_run(clua_host *host, clua_host **previous);
void end_run(clua_host *host, clua_host *previous);
void arm(clua_host *host, lua_State *L);
void stop(clua_host *host, int reason);
void open_coroutines(lua_State *L);
void install_forwarding(void);

/* run.c */
void protect(clua_host *host, lua_CFunction body, void *request, clua_outcome *outcome);

/* library.c */
void open_libraries(lua_State *L, bool sandbox);

#endif
