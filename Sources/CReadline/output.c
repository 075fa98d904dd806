/*
 * Output that appears while a line is edited. Readline is not made for threads, so another thread
 * puts its bytes into a queue and wakes the owner, which hides the line, prints and draws the line
 * again.
 */

#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct block {
    struct block *next;
    int descriptor;
    size_t count;
    char bytes[];
} block;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool editing;
static block *first;
static block **last = &first;
static int wake[2] = {-1, -1};

static void write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return; /* a reader that went away; the line that is edited matters more */
        }
    }
}

void creadline_output_open(void) {
    if (pipe(wake) != 0) {
        wake[0] = wake[1] = -1;
        return;
    }
    for (int end = 0; end < 2; end++) {
        fcntl(wake[end], F_SETFD, FD_CLOEXEC);
        fcntl(wake[end], F_SETFL, O_NONBLOCK);
    }
}

void creadline_output_close(void) {
    pthread_mutex_lock(&lock);
    for (int end = 0; end < 2; end++) {
        if (wake[end] >= 0) {
            close(wake[end]);
        }
        wake[end] = -1;
    }
    pthread_mutex_unlock(&lock);
}

int creadline_output_wake_descriptor(void) { return wake[0]; }

void creadline_output_begin_editing(void) {
    pthread_mutex_lock(&lock);
    editing = true;
    pthread_mutex_unlock(&lock);
}

/* Takes everything out of the queue, in order. */
static block *take_all(void) {
    block *taken = first;
    first = NULL;
    last = &first;
    return taken;
}

static void write_and_free(block *taken) {
    while (taken != NULL) {
        block *next = taken->next;
        write_all(taken->descriptor, taken->bytes, taken->count);
        free(taken);
        taken = next;
    }
}

void creadline_output_end_editing(void) {
    pthread_mutex_lock(&lock);
    editing = false;
    write_and_free(take_all());
    pthread_mutex_unlock(&lock);
}

void creadline_output_drain(void) {
    char ignored[64];
    while (wake[0] >= 0 && read(wake[0], ignored, sizeof ignored) > 0) {
    }
    pthread_mutex_lock(&lock);
    block *taken = take_all();
    pthread_mutex_unlock(&lock);
    if (taken == NULL) {
        return;
    }
    rl_clear_visible_line();
    fflush(rl_outstream);
    write_and_free(taken);
    rl_on_new_line();
    rl_redisplay();
}

void creadline_print(int descriptor, const char *bytes, size_t count) {
    if (count == 0) {
        return;
    }
    pthread_mutex_lock(&lock);
    bool ends_line = bytes[count - 1] == '\n';
    block *added = editing && wake[1] >= 0 ? malloc(sizeof *added + count + 1) : NULL;
    if (added == NULL) {
        write_all(descriptor, bytes, count);
    } else {
        memcpy(added->bytes, bytes, count);
        added->bytes[count] = '\n'; /* the prompt begins on a line of its own */
        added->count = ends_line ? count : count + 1;
        added->descriptor = descriptor;
        added->next = NULL;
        *last = added;
        last = &added->next;
        write_all(wake[1], "", 1);
    }
    pthread_mutex_unlock(&lock);
}
