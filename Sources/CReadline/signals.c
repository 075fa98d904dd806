/*
 * Signals. Handlers set a flag, call the registered interrupt function, or restore the terminal and
 * let the signal take its course; nothing here allocates or locks.
 */

#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t creadline_mode = MODE_IDLE;
volatile sig_atomic_t creadline_pending_interrupt;
volatile sig_atomic_t creadline_pending_resize;
volatile sig_atomic_t creadline_pending_stop;
volatile sig_atomic_t creadline_pending_continue;

static const int fatal_signals[] = {
    SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE,
};
static const int waking_signals[] = {SIGINT, SIGWINCH, SIGTSTP, SIGCONT};

enum {
    FATAL_COUNT = sizeof fatal_signals / sizeof fatal_signals[0],
    WAKING_COUNT = sizeof waking_signals / sizeof waking_signals[0],
    WARNING_SECONDS = 2,
};

static struct sigaction previous_fatal[FATAL_COUNT];
static struct sigaction previous_waking[WAKING_COUNT];
static sigset_t mask_while_waiting;
static sigset_t mask_outside;
static pthread_t owner;

/* A fault on an exhausted stack needs another one to be handled on. */
static char alternate_stack[64 * 1024];
static stack_t previous_stack;

static creadline_interrupt_function interrupt_function;
static void *interrupt_context;
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t warned;
static struct timespec last_interrupt;

static void die_of(int number, const struct sigaction *action) {
    creadline_terminal_restore_in_handler();
    sigaction(number, action, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(number);
}

static void on_fatal(int number) {
    int before = errno;
    for (int index = 0; index < FATAL_COUNT; index++) {
        if (fatal_signals[index] == number) {
            die_of(number, &previous_fatal[index]);
        }
    }
    errno = before;
}

static void write_to_standard_error(const char *text) {
    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        return; /* a warning that cannot be shown */
    }
}

/*
 * The first asks the code to stop; the second in quick succession warns; the one after that ends
 * the process.
 */
static void interrupt_running_code(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool soon = interrupts > 0 && now.tv_sec - last_interrupt.tv_sec <= WARNING_SECONDS;
    last_interrupt = now;
    interrupts = interrupts + 1;
    if (warned) {
        static const struct sigaction by_default = {.sa_handler = SIG_DFL};
        die_of(SIGINT, &by_default);
    }
    if (soon) {
        warned = 1;
        write_to_standard_error("\npress once more to abort\n");
    }
    if (interrupt_function != NULL) {
        interrupt_function(interrupt_context);
    }
}

static void on_waking(int number) {
    int before = errno;
    if (!pthread_equal(pthread_self(), owner)) {
        /* The kernel chose another thread, and what is interrupted belongs to the owner. */
        pthread_kill(owner, number);
    } else if (number == SIGWINCH) {
        creadline_pending_resize = 1;
    } else if (number == SIGTSTP) {
        creadline_pending_stop = 1;
        if (creadline_mode == MODE_RUNNING || creadline_mode == MODE_FOREIGN) {
            creadline_stop_process();
        }
    } else if (number == SIGCONT) {
        creadline_pending_continue = 1;
    } else if (creadline_mode == MODE_RUNNING) {
        interrupt_running_code();
    } else if (creadline_mode == MODE_FOREIGN) {
        interrupts = interrupts + 1; /* the business of the other program, but counted */
    } else {
        creadline_pending_interrupt = 1;
    }
    errno = before;
}

static void install_one(int number, void (*handler)(int), int flags, struct sigaction *previous) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigfillset(&action.sa_mask);
    sigaction(number, NULL, previous);
    if (previous->sa_handler != SIG_IGN) {
        sigaction(number, &action, NULL);
    }
}

void creadline_signals_install(void) {
    owner = pthread_self();
    stack_t stack = {.ss_sp = alternate_stack, .ss_size = sizeof alternate_stack};
    sigaltstack(NULL, &previous_stack);
    if (previous_stack.ss_flags & SS_DISABLE) {
        sigaltstack(&stack, NULL);
    }
    for (int index = 0; index < FATAL_COUNT; index++) {
        install_one(fatal_signals[index], on_fatal, SA_ONSTACK, &previous_fatal[index]);
    }
    for (int index = 0; index < WAKING_COUNT; index++) {
        /* Only SIGINT may break off a read of the running code; ppoll ends for each of them. */
        int flags = waking_signals[index] == SIGINT ? SA_ONSTACK : SA_ONSTACK | SA_RESTART;
        install_one(waking_signals[index], on_waking, flags, &previous_waking[index]);
    }
}

void creadline_signals_remove(void) {
    for (int index = 0; index < FATAL_COUNT; index++) {
        sigaction(fatal_signals[index], &previous_fatal[index], NULL);
    }
    for (int index = 0; index < WAKING_COUNT; index++) {
        sigaction(waking_signals[index], &previous_waking[index], NULL);
    }
    if (previous_stack.ss_flags & SS_DISABLE) {
        sigaltstack(&previous_stack, NULL);
    }
}

void creadline_signals_block(void) {
    sigset_t waking;
    sigemptyset(&waking);
    for (int index = 0; index < WAKING_COUNT; index++) {
        sigaddset(&waking, waking_signals[index]);
    }
    pthread_sigmask(SIG_BLOCK, &waking, &mask_outside);
    mask_while_waiting = mask_outside;
    for (int index = 0; index < WAKING_COUNT; index++) {
        sigdelset(&mask_while_waiting, waking_signals[index]);
    }
}

void creadline_signals_unblock(void) { pthread_sigmask(SIG_SETMASK, &mask_outside, NULL); }

/*
 * Stops as if SIGTSTP had never been caught, with the terminal as it was; returns when the process
 * continues.
 */
void creadline_stop_process(void) {
    creadline_pending_stop = 0;
    struct sigaction ours;
    static const struct sigaction by_default = {.sa_handler = SIG_DFL};
    sigset_t only, before;
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigaction(SIGTSTP, &by_default, &ours);
    pthread_sigmask(SIG_UNBLOCK, &only, &before);
    raise(SIGTSTP);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGTSTP, &ours, NULL);
}

creadline_wait_result creadline_wait(bool with_output) {
    struct pollfd polled[2] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = creadline_output_wake_descriptor(), .events = POLLIN},
    };
    int ready = ppoll(polled, with_output ? 2 : 1, NULL, &mask_while_waiting);
    if (ready < 0) {
        return errno == EINTR || errno == EAGAIN ? WAIT_SIGNAL : WAIT_FAILED;
    }
    return with_output && polled[1].revents != 0 ? WAIT_OUTPUT : WAIT_INPUT;
}

void creadline_set_interrupt_handler(creadline_interrupt_function function, void *context) {
    sigset_t only, before;
    sigemptyset(&only);
    sigaddset(&only, SIGINT);
    pthread_sigmask(SIG_BLOCK, &only, &before);
    interrupt_function = function;
    interrupt_context = context;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

bool creadline_interrupted(void) { return creadline_mode == MODE_RUNNING && interrupts > 0; }

creadline_previous creadline_begin_running(bool foreign) {
    creadline_terminal_release();
    creadline_previous previous = {.mode = creadline_mode, .interrupts = interrupts};
    interrupts = 0;
    warned = 0;
    creadline_mode = foreign ? MODE_FOREIGN : MODE_RUNNING;
    return previous;
}

int creadline_end_running(creadline_previous previous) {
    creadline_mode = previous.mode;
    int came = interrupts;
    interrupts = previous.interrupts;
    warned = 0;
    return came;
}
