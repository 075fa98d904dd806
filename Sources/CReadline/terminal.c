/*
 * The terminal's settings: saved once, changed while a line is edited, given back whatever happens.
 */

#include "internal.h"

#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t have_saved;
static volatile sig_atomic_t taken;
static volatile sig_atomic_t pastes_in_brackets;

bool creadline_terminal_save(void) {
    have_saved = tcgetattr(STDIN_FILENO, &saved) == 0;
    return have_saved;
}

bool creadline_terminal_taken(void) { return taken; }

void creadline_terminal_take(int meta) {
    if (taken) {
        return;
    }
    const char *value = rl_variable_value("enable-bracketed-paste");
    pastes_in_brackets = value != NULL && value[0] == 'o' && value[1] == 'n';
    taken = 1;
    rl_prep_terminal(meta);
    struct termios settings;
    if (tcgetattr(STDIN_FILENO, &settings) == 0) {
        /* As a signal, Ctrl-C would make the kernel flush what was typed, and a read could hang. */
        settings.c_cc[VINTR] = _POSIX_VDISABLE;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings);
    }
}

void creadline_terminal_release(void) {
    if (!taken) {
        return;
    }
    rl_deprep_terminal();
    taken = 0;
}

void creadline_restore_terminal(void) { creadline_terminal_restore_in_handler(); }

/*
 * Async-signal-safe. Leaves the terminal alone when this process is in the background: it belongs
 * to another then.
 */
void creadline_terminal_restore_in_handler(void) {
    if (!have_saved || tcgetpgrp(STDIN_FILENO) != getpgrp()) {
        return;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    if (taken) {
        static const char sequences[] = "\033[?2004l\033[0m";
        int descriptor = isatty(STDOUT_FILENO) ? STDOUT_FILENO : STDERR_FILENO;
        /* Nothing can be done about a failing write on the way out. */
        if (pastes_in_brackets && write(descriptor, sequences, sizeof sequences - 1) < 0) {
            return;
        }
        if (creadline_mode == MODE_EDITING && write(descriptor, "\r\n", 2) < 0) {
            return;
        }
    }
    taken = 0;
}
