/* Editing one line with readline's callback interface. */

#include "internal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_open;
static bool has_terminal;

/* How the current read ended; readline's callback and the cancel key set it. */
static bool finished;
static bool cancelled;
static char *finished_line;

static void on_line(char *line) {
    finished_line = line;
    finished = true;
    /* Otherwise readline would draw the prompt again at once. */
    rl_callback_handler_remove();
}

/* Shows ^C after the whole line, wherever the cursor is, and begins a new one. */
static void show_cancellation(void) {
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C", rl_outstream);
    rl_crlf();
    rl_on_new_line();
    fflush(rl_outstream);
}

/* The command that Ctrl-C is bound to. */
static int cancel_key(int count, int key) {
    (void)count;
    (void)key;
    show_cancellation();
    if (rl_undo_list != NULL) {
        rl_revert_line(1, 0); /* a history entry that was changed is itself again */
    }
    rl_replace_line("", 1);
    cancelled = true;
    rl_done = 1;
    return 0;
}

/*
 * The same for a SIGINT from outside, which can come in the middle of a search or a key sequence.
 */
static void cancel_from_outside(void) {
    creadline_pending_interrupt = 0;
    rl_callback_sigcleanup();
    rl_free_line_state();
    show_cancellation();
    rl_replace_line("", 1);
    rl_callback_handler_remove();
    cancelled = true;
    finished = true;
}

static const char *initial_text;

static int insert_initial_text(void) {
    if (initial_text != NULL) {
        rl_insert_text(initial_text);
    }
    return 0;
}

static void keep_terminal(void) {}

static void set_up_locale(void) {
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0) {
        setlocale(LC_CTYPE, "C.UTF-8"); /* no locale is set, yet what is typed is UTF-8 */
    }
}

static void set_up_readline(void) {
    rl_readline_name = "dvmash";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0; /* COLUMNS is the user's */
    if (!isatty(STDOUT_FILENO) && isatty(STDERR_FILENO)) {
        rl_outstream = stderr; /* results are redirected, the prompt is not */
    }
    rl_getc_function = creadline_get_byte;
    rl_prep_term_function = creadline_terminal_take;
    rl_deprep_term_function = keep_terminal;
    rl_startup_hook = insert_initial_text;
    creadline_completion_setup();
    using_history();
    rl_initialize();
    /* In readline 8.2 these two crash on Escape when the callback interface is used. */
    rl_unbind_function_in_map(rl_char_search, emacs_standard_keymap);
    rl_unbind_function_in_map(rl_backward_char_search, emacs_meta_keymap);
    rl_bind_key_in_map(CREADLINE_CONTROL_C, cancel_key, emacs_standard_keymap);
    rl_bind_key_in_map(CREADLINE_CONTROL_C, cancel_key, vi_insertion_keymap);
    rl_bind_key_in_map(CREADLINE_CONTROL_C, cancel_key, vi_movement_keymap);
}

creadline_opened creadline_open(void) {
    if (is_open) {
        return CREADLINE_ALREADY_OPEN;
    }
    is_open = true;
    has_terminal = isatty(STDIN_FILENO) && creadline_terminal_save();
    creadline_signals_install();
    creadline_output_open();
    if (has_terminal) {
        static bool was_set_up;
        if (!was_set_up) {
            set_up_locale();
            set_up_readline();
            atexit(creadline_close);
        }
        was_set_up = true;
    }
    return has_terminal ? CREADLINE_TERMINAL : CREADLINE_PLAIN;
}

void creadline_close(void) {
    if (!is_open) {
        return;
    }
    if (has_terminal) {
        creadline_terminal_release();
    }
    creadline_output_close();
    creadline_signals_remove();
    is_open = false;
}

int creadline_columns(void) {
    int rows = 0, columns = 0;
    if (has_terminal) {
        rl_get_screen_size(&rows, &columns);
    }
    return columns > 0 ? columns : 80;
}

/* Does what the signals that ended a wait asked for. */
static void deal_with_signals(void) {
    if (creadline_pending_stop) {
        creadline_terminal_release();
        creadline_stop_process();
        creadline_pending_continue = 1;
    }
    if (creadline_pending_continue) {
        creadline_pending_continue = 0;
        creadline_terminal_release();
        creadline_terminal_take(0);
        rl_forced_update_display();
    }
    if (creadline_pending_resize) {
        creadline_pending_resize = 0;
        rl_resize_terminal();
    }
    if (creadline_pending_interrupt) {
        cancel_from_outside();
    }
}

static void edit(void) {
    while (!finished) {
        deal_with_signals();
        if (finished) {
            return;
        }
        switch (creadline_input_held() ? WAIT_INPUT : creadline_wait(true)) {
        case WAIT_INPUT:
            creadline_input_begin();
            rl_callback_read_char();
            break;
        case WAIT_OUTPUT:
            creadline_output_drain();
            break;
        case WAIT_SIGNAL:
            break;
        case WAIT_FAILED:
            rl_callback_handler_remove();
            finished = true;
            break;
        }
    }
}

creadline_ended creadline_read(
    const char *prompt, const char *initial, char **line, size_t *length) {
    *line = NULL;
    *length = 0;
    creadline_signals_block();
    creadline_mode = MODE_EDITING;
    creadline_ended ended;
    if (!has_terminal) {
        ended = creadline_read_plain(prompt, line, length);
    } else {
        finished = cancelled = false;
        finished_line = NULL;
        initial_text = initial;
        fflush(stdout); /* not all streams: a thread that reads from one holds its lock */
        if (creadline_pending_continue) {
            /* Stopped since the last line: who had the terminal meanwhile may have changed it. */
            creadline_pending_continue = 0;
            creadline_terminal_release();
        }
        rl_callback_handler_install(prompt, on_line);
        initial_text = NULL;
        creadline_output_begin_editing();
        edit();
        creadline_output_end_editing();
        if (cancelled) {
            free(finished_line);
            ended = CREADLINE_CANCELLED;
        } else if (finished_line == NULL) {
            rl_eof_found = 0; /* else readline ends the line again with the terminal's release */
            rl_crlf();
            fflush(rl_outstream);
            ended = CREADLINE_END_OF_FILE;
        } else {
            *line = finished_line;
            *length = strlen(finished_line);
            ended = CREADLINE_LINE;
        }
        finished_line = NULL;
    }
    creadline_mode = MODE_IDLE;
    creadline_signals_unblock();
    return ended;
}

void creadline_history_add(const char *entry) { add_history(entry); }

void creadline_history_limit(int entries) { stifle_history(entries); }

void creadline_history_clear(void) { clear_history(); }
