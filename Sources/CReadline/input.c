/*
 * The bytes that readline reads. Two faults of readline 8.2 are kept from the person here: it reads
 * beyond a buffer when input ends within a paste, and it crashes in an incremental search on a key
 * sequence that means nothing and on bytes that are no character.
 */

#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

/* How many bytes readline has taken since it was called: more than none inside a sequence. */
static size_t bytes_taken;
static size_t end_bytes_given;

/* Bytes that were taken from the terminal ahead of readline, which is to see them later. */
static unsigned char held[4096];
static size_t held_first, held_end;

void creadline_input_begin(void) {
    bytes_taken = 0;
    end_bytes_given = 0;
}

bool creadline_input_held(void) { return held_first < held_end; }

/* What readline gets when there is no more input, or the line is to be dropped. */
static int end_input(void) {
    static const char end_of_paste[] = "\033[201~";
    if (bytes_taken == 0) {
        rl_replace_line("", 1); /* with text in the line, readline would take the end for Enter */
        return EOF;
    }
    if (RL_ISSTATE(RL_STATE_COMPLETING) || end_bytes_given == sizeof end_of_paste - 1) {
        return EOF;
    }
    return end_of_paste[end_bytes_given++];
}

/* Readline asks whether more has been typed, to tell Escape from a sequence. */
static int more_is_held(void) { return 1; }
static int nothing_is_held(void) { return 0; }

/* Takes all that is typed by now, because readline would look ahead in the terminal. */
static void hold_all(void) {
    memmove(held, held + held_first, held_end - held_first);
    held_end -= held_first;
    held_first = 0;
    struct pollfd polled = {.fd = STDIN_FILENO, .events = POLLIN};
    while (held_end < sizeof held && poll(&polled, 1, 0) == 1) {
        ssize_t count = read(STDIN_FILENO, held + held_end, sizeof held - held_end);
        if (count <= 0) {
            return;
        }
        held_end += (size_t)count;
    }
}

/* Whether a whole character is held, as a terminal sends it. */
static bool character_is_held(void) {
    mbstate_t state = {0};
    hold_all();
    return mbrlen((const char *)held, held_end, &state) <= held_end;
}

/*
 * Gives the first byte that is held. In a search, there is an Escape before the first byte of a
 * sequence, and a question mark in place of what is not a character.
 */
static int give_held(void) {
    unsigned char byte = held[held_first];
    bool searches = RL_ISSTATE(RL_STATE_ISEARCH) && bytes_taken == 0;
    if (searches && rl_get_keymap()[byte].type == ISKMAP) {
        hold_all();
        if (byte == ESC) {
            held_first = 1; /* readline itself repeats it when there is more */
        } else {
            rl_input_available_hook = nothing_is_held;
            bytes_taken++;
            return ESC;
        }
    } else {
        if (searches && byte >= 0x80 && !character_is_held()) {
            byte = '?';
        }
        held_first++;
    }
    rl_input_available_hook = creadline_input_held() ? more_is_held : NULL;
    bytes_taken++;
    return byte;
}

int creadline_get_byte(FILE *stream) {
    (void)stream;
    for (;;) {
        if (creadline_pending_interrupt) {
            return end_input();
        }
        if (creadline_input_held()) {
            return give_held();
        }
        creadline_wait_result waited = creadline_wait(false);
        if (waited == WAIT_FAILED) {
            return end_input();
        }
        if (waited != WAIT_INPUT) {
            if (creadline_pending_stop) {
                creadline_terminal_release();
                creadline_stop_process();
                creadline_terminal_take(0);
            }
            continue;
        }
        ssize_t count = read(STDIN_FILENO, held, 1);
        if (count == 1 && held[0] == CREADLINE_CONTROL_C && RL_ISSTATE(RL_STATE_COMPLETING)) {
            /* Readline asks whether to show all candidates, and knows no Ctrl-C there. */
            creadline_pending_interrupt = 1;
            return end_input();
        }
        if (count == 1) {
            held_first = 0;
            held_end = 1;
        } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
            return end_input();
        }
    }
}
