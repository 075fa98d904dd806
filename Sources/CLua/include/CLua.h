/*
 * CLua: the only code of dvmash that calls the Lua API (but for the benchmark's CLuaYardstick).
 *
 * Lua raises errors with longjmp, which Swift frames do not survive. Therefore this header does not
 * include lua.h: Swift sees opaque pointers, plain structs and status codes, and cannot even name a
 * function that raises. The rules of the boundary:
 *
 *  1. No Swift frame ever lies between a protected call and a raise. C calls Swift for a bound
 *     function (clua_thunk), for the text of an argument error (clua_reject) and to release an
 *     object; all get plain values and return before C can raise.
 *  2. Arguments are decoded in C before Swift runs; results are pushed in C after Swift returned.
 *     Numbers, strings, objects, words, and tables of them that are as declared, are decoded in
 *     place (direct.c); whatever else there is, is copied (decode.c).
 *  3. Everything that Swift starts runs inside a protected call of its own.
 *  4. Objects that Lua holds are in the ownership table of the host: released exactly once, also
 *     when Lua loses a finalizer for lack of memory.
 *  5. A plain object has no Swift object of its own: its data lies in the userdata, which keeps the
 *     userdata of the object that it belongs to. It needs no place in the table, and no finalizer.
 */
#ifndef CLUA_H
#define CLUA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One Lua state with its bindings. Used by one thread at a time. */
typedef struct clua_host clua_host;

/* What may be touched from any thread and from a signal handler: the interrupt request. */
typedef struct clua_control clua_control;

/* ---- values ------------------------------------------------------------------------------- */

enum {
    CLUA_NONE = 0,     /* no value at all: an argument that was not given */
    CLUA_NIL = 1,
    CLUA_BOOLEAN = 2,  /* integer is 0 or 1 */
    CLUA_INTEGER = 3,
    CLUA_NUMBER = 4,
    CLUA_STRING = 5,   /* bytes, length */
    CLUA_OBJECT = 6,   /* object (borrowed; of a plain one its clua_plain), type is the type index */
    CLUA_CLOSED = 7,   /* an object of ours that is gone, type is the type index */
    CLUA_FUNCTION = 8, /* integer is the registry reference, type the index among pending ones */
    CLUA_TABLE = 9,    /* entries: type pairs of key and value; length: how many are 1, 2, 3 ... */
    CLUA_USERDATA = 10,
    CLUA_THREAD = 11,
    CLUA_ENCODED = 12, /* result only: type values are in the output buffer */
    CLUA_OWNED = 13,   /* result only: object with a reference of its own, type its type index */
    CLUA_WORD = 14,    /* argument only: object is the address of what the word stands for */
    CLUA_FIELDS = 15,  /* argument only: entries, one for each field; CLUA_NONE: not given */
    CLUA_ITEMS = 16,   /* argument only, until the body runs: type items of length entries each */
    CLUA_PLAIN = 17    /* result only: type its type index, its data in the frame, object the owner
                          with a reference of its own, or NULL where that is the receiver */
};

/* Why a table was not decoded (field problem). */
enum {
    CLUA_FINE = 0,
    CLUA_CYCLIC = 1,
    CLUA_TOO_DEEP = 2,
    CLUA_TOO_LARGE = 3,
    CLUA_BAD_KEY = 4,
    CLUA_BAD_TEXT = 5 /* bytes that are not UTF-8 where text is wanted */
};

typedef struct clua_value {
    uint8_t kind;
    uint8_t problem;
    uint16_t reserved;
    uint32_t type;
    union {
        int64_t integer;
        double number;
        const char *bytes;
        void *object;
        const struct clua_value *entries;
    };
    size_t length;
} clua_value;

/* What Swift sees of a plain object; its data follows, aligned to 8 bytes. */
typedef struct clua_plain {
    void *owner; /* the Swift object that it belongs to (borrowed) */
} clua_plain;

#define CLUA_MAXIMUM_DATA 256 /* bytes of a plain object */

/* A value that Swift keeps: a scalar, or a registry reference (0: none) with its identity. */
typedef struct clua_handle {
    uint8_t kind;
    int32_t reference;
    uint32_t type; /* type index + 1 of an object of ours, or 0 */
    union {
        int64_t integer;
        double number;
    };
    const void *identity;
    size_t length;
} clua_handle;

/* ---- bound functions ---------------------------------------------------------------------- */

/* What C accepts for an argument before Swift sees it. */
enum {
    CLUA_ACCEPT_INTEGER = 1,  /* also a float with an exact integer value */
    CLUA_ACCEPT_UNSIGNED = 2, /* an integer that is not negative */
    CLUA_ACCEPT_NUMBER = 3,
    CLUA_ACCEPT_BOOLEAN = 4,
    CLUA_ACCEPT_TEXT = 5, /* a string that is UTF-8 */
    CLUA_ACCEPT_BYTES = 6,
    CLUA_ACCEPT_OBJECT = 7, /* of type `type` */
    CLUA_ACCEPT_WORD = 8,   /* one of the names of the shape */
    CLUA_ACCEPT_FUNCTION = 9,
    CLUA_ACCEPT_ANY = 10,
    CLUA_ACCEPT_REST = 11, /* last only: all further arguments, as one table value */
    /* In place where nothing is unusual about the table, otherwise decoded as any value: */
    CLUA_ACCEPT_FIELDS = 12, /* a table of options: CLUA_FIELDS */
    CLUA_ACCEPT_ITEMS = 13   /* a list: CLUA_ITEMS */
};

/* What there is to know of a word, a table of options or a list to take it apart in C. */
typedef struct clua_shape {
    uint32_t count;           /* of words, of fields, or of values of an item */
    uint32_t stride;          /* words: bytes from one value to the next */
    bool tuple;               /* lists: each item is a table with the values 1 to count */
    const char *const *names; /* words and fields */
    const void *values;       /* words: what they stand for, kept by who declares them */
    const struct clua_parameter *parts; /* fields and items */
} clua_shape;

typedef struct clua_parameter {
    uint8_t accept;
    bool optional; /* none and nil give `fallback` */
    uint16_t reserved;
    uint32_t type;
    clua_value fallback;
    const clua_shape *shape; /* of words, fields and items; copied when it is declared */
} clua_parameter;

typedef struct clua_frame {
    clua_host *host;
    void *receiver;
    void *plain; /* CLUA_MAXIMUM_DATA bytes, for the data of a plain object as the result */
    const clua_value *arguments;
    int32_t count;
    int32_t given;
    clua_value result; /* type is the function's `result` before the thunk runs */
} clua_frame;

/* What a thunk answers. */
enum {
    CLUA_OK = 0,
    CLUA_FAIL = 1,   /* an error record is in the output buffer */
    CLUA_RETHROW = 2 /* the error value of a callback is in result: a scalar, or kind
                        CLUA_FUNCTION and its reference in integer (-1: out of memory) */
};

enum {
    CLUA_REJECT_ARGUMENT = 0, /* argument `index` is not what is wanted */
    CLUA_REJECT_COUNT = 1,    /* too many arguments */
    CLUA_REJECT_RECEIVER = 2, /* the receiver is arguments[0] */
    CLUA_REJECT_MEMBER = 3,   /* no such field; the key is arguments[0] */
    CLUA_REJECT_READ_ONLY = 4 /* a field without setter; the key is arguments[0] */
};

typedef int32_t (*clua_thunk)(void *context, clua_frame *frame);
/* Writes the error record for a call that C refused. */
typedef void (*clua_reject)(void *context, clua_frame *frame, int32_t reason, int32_t index);
typedef void (*clua_release)(void *object);

#define CLUA_MAXIMUM_ARGUMENTS 16
#define CLUA_NO_TYPE UINT32_MAX

typedef struct clua_function {
    void *context;
    clua_thunk thunk;
    clua_reject reject;
    uint32_t receiver; /* type index, or CLUA_NO_TYPE for a plain function */
    uint32_t result;   /* the type index of the object that it gives, or CLUA_NO_TYPE */
    uint16_t count;
    clua_parameter parameters[CLUA_MAXIMUM_ARGUMENTS];
} clua_function;

/* ---- life --------------------------------------------------------------------------------- */

/* Makes a state; NULL when there is no memory. `limit` is in bytes, 0 for none. */
clua_host *clua_open(void *user, clua_release release, size_t limit, bool sandbox);
/* Closes the state and releases every object that it still holds. */
void clua_close(clua_host *host);
void *clua_user(const clua_host *host);
/* Grows whenever Lua code is about to run on behalf of Swift. */
uint64_t clua_runs(const clua_host *host);

/* ---- outcome of what Swift starts --------------------------------------------------------- */

enum {
    CLUA_RUN_OK = 0,
    CLUA_RUN_ERROR = 1,
    CLUA_RUN_SYNTAX = 2,
    CLUA_RUN_FILE = 3,
    CLUA_RUN_MEMORY = 4,
    CLUA_RUN_INTERRUPTED = 5,
    CLUA_RUN_LIMIT = 6,
    CLUA_RUN_EXIT = 7
};

typedef struct clua_outcome {
    int32_t status;
    int32_t exit_status;
    clua_handle error;         /* the error value, for CLUA_RUN_ERROR to CLUA_RUN_FILE */
    const char *traceback;     /* until the next run; may be NULL */
    size_t traceback_length;
    const clua_handle *results; /* until the next run; Swift takes over the references */
    size_t result_count;
} clua_outcome;

/* ---- declarations ------------------------------------------------------------------------- */

typedef struct clua_type {
    const char *name;
    void *context;
    clua_reject reject;
    uint32_t owner; /* plain objects: the type of what they belong to; others: CLUA_NO_TYPE */
    uint32_t size;  /* plain objects: bytes of data, at most CLUA_MAXIMUM_DATA */
} clua_type;

/* Adds a type of objects and gives its index through `index`. */
void clua_define_type(clua_host *host, const clua_type *type, uint32_t *index,
                      clua_outcome *outcome);

enum { CLUA_METHOD = 0, CLUA_GETTER = 1, CLUA_SETTER = 2, CLUA_METAMETHOD = 3 };

void clua_define_member(clua_host *host, uint32_t type, int32_t role, const char *name,
                        const clua_function *function, clua_outcome *outcome);
/* Ends the declaration of a type: from here on objects of it can be made. */
void clua_finish_type(clua_host *host, uint32_t type, clua_outcome *outcome);
/* Puts a function into a module table named by a dotted path ("" for the globals). */
void clua_define_function(clua_host *host, const char *module, const char *name,
                          const clua_function *function, clua_outcome *outcome);
/* Puts the one value in the output buffer into a module table ("" for the globals). */
void clua_define_value(clua_host *host, const char *module, const char *name,
                       clua_outcome *outcome);
/* Makes the module table exist, as a global and in package.loaded. */
void clua_define_module(clua_host *host, const char *module, clua_outcome *outcome);

/* ---- running ------------------------------------------------------------------------------ */

/* Runs a chunk of text with `arguments` values of the output buffer as its arguments. */
void clua_run(clua_host *host, const char *source, size_t length, const char *name,
              uint32_t arguments, clua_outcome *outcome);
/* The same from a file (NULL: standard input); a first line with # and a mark are skipped. */
void clua_run_file(clua_host *host, const char *path, uint32_t arguments,
                   clua_outcome *outcome);
/* Compiles only. */
void clua_check(clua_host *host, const char *source, size_t length, const char *name,
                clua_outcome *outcome);
/* Calls what a reference holds, as a run of its own. */
void clua_run_reference(clua_host *host, int32_t reference, uint32_t arguments,
                        clua_outcome *outcome);

/* ---- callbacks: Swift calls Lua inside a bound function ------------------------------------ */

/* Calls a kept function with `arguments` values of the output buffer. On CLUA_OK `values` and
   `count` are the decoded results until clua_call_end; on CLUA_RETHROW `*error` is the error
   value, with the reference -1 if there was no memory to keep it. */
int32_t clua_call(clua_host *host, int32_t reference, uint32_t arguments,
                  const clua_value **values, size_t *count, clua_handle *error);
void clua_call_end(clua_host *host);

/* ---- output buffer ------------------------------------------------------------------------ */

void clua_output_begin(clua_host *host);
void clua_put_nil(clua_host *host);
void clua_put_boolean(clua_host *host, bool value);
void clua_put_integer(clua_host *host, int64_t value);
void clua_put_number(clua_host *host, double value);
/* Bytes that are a result by themselves, of kind CLUA_STRING and this length. */
void clua_put_bytes(clua_host *host, const void *bytes, size_t length);
void clua_put_string(clua_host *host, const void *bytes, size_t length);
/* An object with one reference, which the host takes over. */
void clua_put_owned(clua_host *host, uint32_t type, void *object);
/* A plain object: its data, and its owner with one reference, which the host takes over. */
void clua_put_plain(clua_host *host, uint32_t type, void *owner, const void *data);
void clua_put_reference(clua_host *host, int32_t reference);
/* A list of `count` values that follow. */
void clua_put_list(clua_host *host, size_t count);
/* A table of `count` pairs of key and value that follow. */
void clua_put_table(clua_host *host, size_t count);

/* ---- references --------------------------------------------------------------------------- */

/* Marks a function of the arguments as taken over by Swift. */
void clua_adopt(clua_host *host, uint32_t pending);
/* Queues a reference for release; touches no Lua state, so a deinit may call it. */
void clua_release_reference(clua_host *host, int32_t reference);

/* ---- inspection: raw access, no user code -------------------------------------------------- */

/* Bytes of a string, until the reference is released. */
const char *clua_string(clua_host *host, int32_t reference, size_t *length);
/* The Swift object of a userdata (borrowed), or what is to be seen of a plain one; or NULL. */
void *clua_object(clua_host *host, int32_t reference, uint32_t *type);
/* Raw pairs of a table: `*pairs` holds key, value, key, value; at most `limit` pairs are given.
   Swift takes over the references. `*total` is the number of all pairs, `*list` of 1, 2, 3 .... */
void clua_pairs(clua_host *host, int32_t reference, size_t limit, const clua_handle **pairs,
                size_t *count, size_t *total, size_t *list, clua_outcome *outcome);
/* Raw access with a string key; reference 0 is the table of globals. */
void clua_field(clua_host *host, int32_t reference, const char *key, size_t length,
                clua_handle *value, clua_outcome *outcome);
/* The same with an integer key. */
void clua_item(clua_host *host, int32_t reference, int64_t key, clua_handle *value,
               clua_outcome *outcome);
void clua_metatable(clua_host *host, int32_t reference, clua_handle *value,
                    clua_outcome *outcome);
/* tostring(value), which may run a metamethod; the text is the one result. */
void clua_text(clua_host *host, int32_t reference, clua_outcome *outcome);

typedef struct clua_function_info {
    char source[64];
    int32_t line;
    int32_t last_line;
    int32_t parameters;
    bool variadic;
    bool native;
} clua_function_info;

/* The table of globals. */
void clua_globals(clua_host *host, clua_handle *value, clua_outcome *outcome);
/* The context of a bound function, or NULL for any other value. */
void *clua_function_context(clua_host *host, int32_t reference);
bool clua_describe_function(clua_host *host, int32_t reference, clua_function_info *info);
/* Sets a global to the one value in the output buffer. */
void clua_set_global(clua_host *host, const char *name, clua_outcome *outcome);

/* ---- interrupt and limits ------------------------------------------------------------------ */

clua_control *clua_control_of(clua_host *host);
void clua_control_retain(clua_control *control);
void clua_control_release(clua_control *control);
/* Stops what runs now; nothing when nothing runs. From any thread and from a signal handler. */
void clua_request_interrupt(clua_control *control);
/* Whether a stop is asked for: long loops poll it. */
static inline bool clua_stop_requested(const clua_control *control) {
    return __atomic_load_n((const int *)(const void *)control, __ATOMIC_RELAXED) != 0;
}

/* The number of virtual-machine instructions from now on after which a run ends; 0: no limit. */
void clua_limit_instructions(clua_host *host, uint64_t limit);
uint64_t clua_instructions(const clua_host *host);

typedef struct clua_memory {
    size_t used;
    size_t peak;
    size_t limit;
    uint64_t growths;  /* requests for more memory */
    uint64_t refusals; /* of them refused */
    size_t objects;    /* Swift objects held by Lua */
    size_t references; /* values of Lua held by Swift */
} clua_memory;

clua_memory clua_statistics(const clua_host *host);
void clua_limit_memory(clua_host *host, size_t limit);
/* Refuses `width` growths beginning with the k-th from now (k = 0 turns it off). */
void clua_fail_growth(clua_host *host, uint64_t k, uint64_t width);
void clua_collect(clua_host *host);
void clua_set_warnings(clua_host *host, bool enabled);

/* Whether tracebacks have all frames, where there are at most 1000, or the 21 at both ends. */
void clua_set_whole_tracebacks(clua_host *host, bool whole);

#endif
