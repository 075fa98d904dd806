#ifndef CREADLINE_INTERNAL_H
#define CREADLINE_INTERNAL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll, pthread_kill, strdup */
#endif

#include "CReadline.h"

#include <signal.h>
#include <stdio.h>

#include <readline/history.h>
#include <readline/readline.h>

enum { MODE_IDLE, MODE_EDITING, MODE_RUNNING, MODE_FOREIGN };

/* Signal handlers read and write these. */
extern volatile sig_atomic_t creadline_mode;
extern volatile sig_atomic_t creadline_pending_interrupt; /* SIGINT outside of running code */
extern volatile sig_atomic_t creadline_pending_resize;
extern volatile sig_atomic_t creadline_pending_stop;
extern volatile sig_atomic_t creadline_pending_continue;

/* terminal.c: whose settings the terminal has. */
bool creadline_terminal_save(void);
void creadline_terminal_take(int meta); /* as readline wants it, with Ctrl-C as a key */
void creadline_terminal_release(void);  /* as it was */
void creadline_terminal_restore_in_handler(void);
bool creadline_terminal_taken(void);

/* signals.c */
void creadline_signals_install(void);
void creadline_signals_remove(void);
void creadline_signals_block(void);   /* on entering a read */
void creadline_signals_unblock(void); /* on leaving it */
void creadline_stop_process(void);    /* what SIGTSTP asked for */

typedef enum { WAIT_INPUT, WAIT_SIGNAL, WAIT_OUTPUT, WAIT_FAILED } creadline_wait_result;

/* Waits for a byte on standard input, a signal, or output of another thread. */
creadline_wait_result creadline_wait(bool with_output);

/* output.c: what other threads print while a line is edited. */
void creadline_output_open(void);
void creadline_output_close(void);
int creadline_output_wake_descriptor(void);
void creadline_output_begin_editing(void);
void creadline_output_end_editing(void);
void creadline_output_drain(void);

/* input.c: where readline gets its bytes. */
enum { CREADLINE_CONTROL_C = 3 };
void creadline_input_begin(void); /* before readline is called */
bool creadline_input_held(void);  /* bytes are there that the terminal no longer has */
int creadline_get_byte(FILE *stream);

/* plain.c */
creadline_ended creadline_read_plain(const char *prompt, char **line, size_t *length);

/* completion.c */
void creadline_completion_setup(void);

#endif
