/*
 * Drives CLua and its yardstick without Swift, for the C compiler's sanitizers: scripts/check-shims
 * builds and runs it. Objects are plain allocations, so that a leak or a double release is seen at once.
 */
#include "CLua.h"
#include "CLuaYardstick.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int alive, failures;

#define CHECK(condition)                                                       \
    do {                                                                       \
        if (!(condition)) {                                                    \
            failures++;                                                        \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
        }                                                                      \
    } while (0)

static uint32_t thing, part; /* a part is plain, and belongs to a thing */

static void *make_object(void) {
    alive++;
    return malloc(16);
}

static void release_object(void *object) {
    alive--;
    free(object);
}

static void put_error(clua_host *host, const char *message) {
    clua_output_begin(host);
    clua_put_table(host, 2);
    clua_put_string(host, "code", 4);
    clua_put_string(host, "test", 4);
    clua_put_string(host, "message", 7);
    clua_put_string(host, message, strlen(message));
}

static void reject(void *context, clua_frame *frame, int32_t reason, int32_t index) {
    (void)context;
    char text[64];
    snprintf(text, sizeof text, "rejected %d %d", reason, index);
    put_error(frame->host, text);
}

static int32_t make_thing(void *context, clua_frame *frame) {
    (void)context;
    frame->result.kind = CLUA_OWNED;
    frame->result.type = thing;
    frame->result.object = make_object();
    return CLUA_OK;
}

static int32_t list_things(void *context, clua_frame *frame) {
    (void)context;
    int64_t count = frame->arguments[0].integer;
    clua_put_list(frame->host, (size_t)count);
    for (int64_t i = 0; i < count; i++) clua_put_owned(frame->host, thing, make_object());
    frame->result.kind = CLUA_ENCODED;
    frame->result.type = 1;
    return CLUA_OK;
}

/* A part of the thing that is called. */
static int32_t make_part(void *context, clua_frame *frame) {
    (void)context;
    memcpy(frame->plain, &frame->arguments[0].integer, sizeof(int64_t));
    frame->result.kind = CLUA_PLAIN;
    frame->result.type = part;
    frame->result.object = NULL;
    return CLUA_OK;
}

/* A part of a thing of its own. */
static int32_t make_lone_part(void *context, clua_frame *frame) {
    make_part(context, frame);
    frame->result.object = make_object();
    return CLUA_OK;
}

static int32_t list_parts(void *context, clua_frame *frame) {
    (void)context;
    int64_t count = frame->arguments[0].integer;
    clua_put_list(frame->host, (size_t)count);
    for (int64_t i = 1; i <= count; i++) clua_put_plain(frame->host, part, make_object(), &i);
    frame->result.kind = CLUA_ENCODED;
    frame->result.type = 1;
    return CLUA_OK;
}

static int32_t part_value(void *context, clua_frame *frame) {
    (void)context;
    const clua_plain *plain = frame->receiver;
    frame->result.kind = CLUA_INTEGER;
    memcpy(&frame->result.integer, plain + 1, sizeof(int64_t));
    return plain->owner != NULL ? CLUA_OK : CLUA_FAIL;
}

static int32_t fail(void *context, clua_frame *frame) {
    (void)context;
    put_error(frame->host, "failed on purpose");
    return CLUA_FAIL;
}

static int32_t apply(void *context, clua_frame *frame) {
    (void)context;
    const clua_value *values;
    size_t count;
    clua_handle error;
    clua_output_begin(frame->host);
    clua_put_integer(frame->host, 20);
    clua_put_integer(frame->host, 22);
    int32_t reference = (int32_t)frame->arguments[0].integer;
    if (clua_call(frame->host, reference, 2, &values, &count, &error) != CLUA_OK) {
        frame->result.kind = error.reference == 0 ? error.kind : CLUA_FUNCTION;
        frame->result.integer = error.reference == 0 ? error.integer : error.reference;
        clua_release_reference(frame->host, error.reference);
        return CLUA_RETHROW;
    }
    frame->result.kind = CLUA_INTEGER;
    frame->result.integer = count > 0 ? values[0].integer : 0;
    clua_call_end(frame->host);
    return CLUA_OK;
}

static int32_t count_tree(void *context, clua_frame *frame) {
    (void)context;
    frame->result.kind = CLUA_INTEGER;
    frame->result.integer = frame->arguments[0].type;
    return CLUA_OK;
}

/* What C decoded in place: sums up the word, the options and the list. */
static int32_t add_up(void *context, clua_frame *frame) {
    (void)context;
    const clua_value *word = &frame->arguments[0], *options = &frame->arguments[1],
                     *list = &frame->arguments[2];
    int64_t sum = word->kind == CLUA_WORD ? *(const int32_t *)word->object : -1;
    if (options->kind == CLUA_FIELDS && options->entries[0].kind == CLUA_INTEGER)
        sum += options->entries[0].integer;
    if (options->kind == CLUA_FIELDS && options->entries[1].kind == CLUA_STRING)
        sum += (int64_t)options->entries[1].length;
    if (list->kind == CLUA_ITEMS)
        for (size_t i = 0; i < list->type * list->length; i++)
            if (list->entries[i].kind == CLUA_INTEGER) sum += list->entries[i].integer;
    frame->result.kind = CLUA_INTEGER;
    frame->result.integer = sum + (options->kind == CLUA_TABLE ? 100000 : 0) +
                            (list->kind == CLUA_TABLE ? 200000 : 0);
    return CLUA_OK;
}

static const int32_t word_values[] = {1000, 2000};
static const char *const words[] = {"one", "a word of more than forty bytes, which is no short one"};
static const char *const fields[] = {"count", "text"};

static void define_add_up(clua_host *host, clua_outcome *outcome) {
    static clua_parameter options[2] = {{.accept = CLUA_ACCEPT_INTEGER, .optional = true},
                                        {.accept = CLUA_ACCEPT_ANY, .optional = true}};
    static clua_parameter item[2] = {{.accept = CLUA_ACCEPT_OBJECT},
                                     {.accept = CLUA_ACCEPT_UNSIGNED, .optional = true}};
    item[0].type = thing;
    options[0].fallback.kind = options[1].fallback.kind = item[1].fallback.kind = CLUA_NIL;
    clua_shape word_shape = {.count = 2, .stride = 4, .names = words, .values = word_values};
    clua_shape field_shape = {.count = 2, .names = fields, .parts = options};
    clua_shape item_shape = {.count = 2, .tuple = true, .parts = item};
    clua_function f = {
        .thunk = add_up, .reject = reject, .receiver = CLUA_NO_TYPE, .result = CLUA_NO_TYPE};
    f.count = 3;
    f.parameters[0] = (clua_parameter){.accept = CLUA_ACCEPT_WORD, .shape = &word_shape};
    f.parameters[1] = (clua_parameter){
        .accept = CLUA_ACCEPT_FIELDS, .optional = true, .shape = &field_shape};
    f.parameters[1].fallback.kind = CLUA_NIL;
    f.parameters[2] = (clua_parameter){
        .accept = CLUA_ACCEPT_ITEMS, .optional = true, .shape = &item_shape};
    f.parameters[2].fallback.kind = CLUA_NIL;
    clua_define_function(host, "test", "add", &f, outcome);
}

static clua_function function(clua_thunk thunk, uint32_t receiver, int accept) {
    clua_function f = {.thunk = thunk, .reject = reject, .receiver = receiver};
    if (accept != 0) {
        f.count = 1;
        f.parameters[0].accept = (uint8_t)accept;
    }
    return f;
}

static clua_host *open_host(void) {
    clua_host *host = clua_open(NULL, release_object, 0, false);
    if (host == NULL) return NULL;
    clua_outcome outcome;
    clua_type type = {.name = "thing", .reject = reject, .owner = CLUA_NO_TYPE};
    clua_define_type(host, &type, &thing, &outcome);
    type = (clua_type){
        .name = "part", .reject = reject, .owner = thing, .size = sizeof(int64_t)};
    clua_define_type(host, &type, &part, &outcome);
    clua_function f = function(apply, thing, CLUA_ACCEPT_FUNCTION);
    clua_define_member(host, thing, CLUA_METHOD, "apply", &f, &outcome);
    f = function(fail, thing, 0);
    clua_define_member(host, thing, CLUA_GETTER, "fail", &f, &outcome);
    f = function(make_part, thing, CLUA_ACCEPT_INTEGER);
    clua_define_member(host, thing, CLUA_METHOD, "part", &f, &outcome);
    clua_finish_type(host, thing, &outcome);
    f = function(part_value, part, 0);
    clua_define_member(host, part, CLUA_GETTER, "value", &f, &outcome);
    clua_finish_type(host, part, &outcome);
    f = function(make_lone_part, CLUA_NO_TYPE, CLUA_ACCEPT_INTEGER);
    clua_define_function(host, "test", "part", &f, &outcome);
    f = function(list_parts, CLUA_NO_TYPE, CLUA_ACCEPT_UNSIGNED);
    clua_define_function(host, "test", "parts", &f, &outcome);
    f = function(make_thing, CLUA_NO_TYPE, 0);
    clua_define_function(host, "test", "thing", &f, &outcome);
    f = function(list_things, CLUA_NO_TYPE, CLUA_ACCEPT_UNSIGNED);
    clua_define_function(host, "test", "list", &f, &outcome);
    f = function(count_tree, CLUA_NO_TYPE, CLUA_ACCEPT_ANY);
    clua_define_function(host, "test", "count", &f, &outcome);
    define_add_up(host, &outcome);
    CHECK(outcome.status == CLUA_RUN_OK);
    return host;
}

static int32_t run(clua_host *host, const char *source, clua_outcome *outcome) {
    clua_output_begin(host);
    clua_run(host, source, strlen(source), "=test", 0, outcome);
    for (size_t i = 0; i < outcome->result_count; i++)
        clua_release_reference(host, outcome->results[i].reference);
    clua_release_reference(host, outcome->error.reference);
    return outcome->status;
}

static const char script[] =
    "local t = test.thing() "
    "assert(t:apply(function(a, b) return a + b end) == 42) "
    "local mine = {} "
    "local ok, e = pcall(t.apply, t, function() error(mine) end) assert(e == mine) "
    "ok, e = pcall(function() return t.fail end) assert(e.code == 'test') "
    "ok, e = pcall(function() return t.nothing end) assert(e.message == 'rejected 3 0') "
    "ok, e = pcall(t.apply, t, 1) assert(e.message == 'rejected 0 0') "
    "ok, e = pcall(test.list, -1) assert(not ok) "
    "assert(#test.list(40) == 40) "
    "assert(test.count{1, 2, a = {b = {}}} == 3) "
    "local long = 'a word of more than forty bytes, which ' .. 'is no short one' "
    "assert(test.add('one') == 1000 and test.add(long) == 2000) "
    "ok, e = pcall(test.add, 'two') assert(e.message == 'rejected 0 0') "
    "assert(test.add('one', {count = 5.0, text = 'seven' .. #long}) == 1012) "
    "assert(test.add('one', {text = {}}) == 101000) "
    "assert(test.add('one', {cuont = 5}) == 101000 and test.add('one', {'x'}) == 101000) "
    "assert(test.add('one', nil, {{t, 1}, {t}, {t, 40}}) == 1041) "
    "assert(test.add('one', {text = 'xyz'}, {}) == 1003) "
    "assert(test.add('one', nil, {{t, 1}, {1}}) == 201000) "
    "assert(test.add('one', nil, {{t, 1}, x = 1}) == 201000) "
    "assert(test.add('one', nil, {[2] = {t, 1}}) == 201000) "
    "assert(test.add('one', nil, {{t, -1}}) == 201000) "
    "local c = {} c.c = c ok = pcall(test.count, c) assert(not ok) "
    "local co = coroutine.wrap(function() coroutine.yield(test.thing()) error(test.thing()) end) "
    "co() ok, e = pcall(co) assert(not ok) "
    "local s = setmetatable({t}, {__gc = function(x) keep = x[1] end}) s = nil "
    "for i = 1, 20 do local x = test.list(i) end "
    "assert(t:part(7).value == 7 and test.part(8).value == 8) "
    "for i, p in ipairs(test.parts(30)) do assert(p.value == i) end "
    "local p = test.thing():part(9) collectgarbage() assert(p.value == 9) "
    "ok, e = pcall(t.apply, p, print) assert(e.message == 'rejected 2 0') "
    "ok, e = pcall(function() return p.nothing end) assert(e.message == 'rejected 3 0') "
    "local owner = test.thing() p = owner:part(1) debug.getmetatable(owner).__gc(owner) "
    "ok, e = pcall(function() return p.value end) assert(e.message == 'rejected 2 0') "
    "ok, e = pcall(function() return owner:part(1) end) assert(not ok) "
    "p = test.part(4) debug.setuservalue(p, nil, 1) collectgarbage() collectgarbage() "
    "local others = test.list(30) ok, e = pcall(function() return p.value end) "
    "assert(e.message == 'rejected 2 0') "
    "local f = io.tmpfile() debug.setmetatable(f, debug.getmetatable(p)) "
    "ok, e = pcall(function() return f.value end) assert(not ok) debug.setmetatable(f, nil) "
    "late = setmetatable({test.part(2)}, {__gc = function(x) pcall(function() return x[1].value end) end}) "
    "return t, 'text', {1}, 2.5";

static void test_script(void) {
    clua_outcome outcome;
    clua_host *host = open_host();
    CHECK(run(host, script, &outcome) == CLUA_RUN_OK);
    CHECK(outcome.result_count == 4);
    clua_collect(host);
    CHECK(clua_statistics(host).objects == (size_t)alive);
    clua_close(host);
    CHECK(alive == 0);
}

/* Refuses memory at every growth of the script in turn. */
static void test_without_memory(uint64_t width) {
    bool complete = false;
    for (uint64_t k = 1; !complete && k < 100000; k++) {
        clua_outcome outcome;
        clua_host *host = open_host();
        clua_fail_growth(host, k, width);
        int32_t status = run(host, script, &outcome);
        CHECK(status == CLUA_RUN_OK || status == CLUA_RUN_MEMORY || status == CLUA_RUN_ERROR);
        complete = clua_statistics(host).refusals == 0;
        clua_close(host);
        CHECK(alive == 0);
    }
    CHECK(complete);
}

static void test_small_limits(void) {
    for (size_t limit = 1; limit < 60000; limit += 331) {
        clua_host *host = clua_open(NULL, release_object, limit, limit % 2 == 0);
        if (host == NULL) continue;
        clua_outcome outcome;
        run(host, "return {}", &outcome);
        clua_close(host);
    }
    CHECK(alive == 0);
}

static void test_exit(void) {
    clua_outcome outcome;
    clua_host *host = open_host();
    CHECK(run(host, "pcall(os.exit, 3) while true do end", &outcome) == CLUA_RUN_EXIT);
    CHECK(outcome.exit_status == 3);
    clua_limit_instructions(host, 100000);
    CHECK(run(host, "while true do pcall(function() while true do end end) end", &outcome) ==
          CLUA_RUN_LIMIT);
    clua_close(host);
}

static int started[2];

static void *interrupt_thread(void *control) {
    while (!__atomic_load_n(&started[0], __ATOMIC_ACQUIRE)) {}
    while (!__atomic_load_n(&started[1], __ATOMIC_ACQUIRE)) clua_request_interrupt(control);
    return NULL;
}

static int32_t start(void *context, clua_frame *frame) {
    (void)context;
    (void)frame;
    __atomic_store_n(&started[0], 1, __ATOMIC_RELEASE);
    return CLUA_OK;
}

static void test_interrupt(void) {
    clua_outcome outcome;
    clua_host *host = open_host();
    clua_function f = function(start, CLUA_NO_TYPE, 0);
    clua_define_function(host, "test", "start", &f, &outcome);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, interrupt_thread, clua_control_of(host)) == 0);
    CHECK(run(host,
              "test.start() while true do pcall(coroutine.wrap(function() "
              "while true do pcall(test.list, 3) end end)) end",
              &outcome) == CLUA_RUN_INTERRUPTED);
    __atomic_store_n(&started[1], 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    CHECK(run(host, "for i = 1, 1000 do end", &outcome) == CLUA_RUN_OK);
    clua_close(host);
    CHECK(alive == 0);
}

static void test_yardstick(void) {
    yardstick *measure = yardstick_open();
    CHECK(measure != NULL);
    if (measure == NULL) return;
    int64_t nanoseconds;
    CHECK(yardstick_run(measure, 0, &nanoseconds));
    CHECK(yardstick_run(measure, 1000, &nanoseconds));
    yardstick_close(measure);
}

int main(void) {
    test_script();
    test_exit();
    test_interrupt();
    test_small_limits();
    test_without_memory(2);
    test_without_memory(UINT64_MAX);
    test_yardstick();
    if (failures != 0) return 1;
    puts("C shims: ok");
    return 0;
}
