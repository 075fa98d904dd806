#ifndef CREADLINE_H
#define CREADLINE_H

/*
 * The terminal side of dvmash, in C: GNU readline, the terminal's settings, and the signals that
 * concern both. It is C because readline's state is global variables, which Swift 6 refuses, and
 * because signal handlers may run nothing else.
 *
 * One thread, the one that calls creadline_open, owns the editor and calls everything here. Only
 * creadline_print may be called from any thread.
 *
 * The process is in one of these modes:
 *   editing   inside creadline_read. The signals of interest are blocked but inside ppoll, so none
 *             can come between a test and a wait. Ctrl-C is a key, because as a signal it would
 *             make the terminal discard what was typed.
 *   running   between creadline_begin_running and its end. The terminal is in its ordinary mode,
 *             Ctrl-C is a signal, and its handler calls the interrupt function.
 *   foreign   another program has the terminal, and Ctrl-C is its business.
 *   idle      anything else. Between two reads the terminal stays as readline wants it, so that no
 *             key falls into a gap between two modes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREADLINE_CLOSED_ENUM __attribute__((enum_extensibility(closed)))
#define CREADLINE_SWIFT_NAME(name) __attribute__((swift_name(#name)))

/* What creadline_open found. */
typedef enum CREADLINE_CLOSED_ENUM {
    /* A terminal: readline edits. */
    CREADLINE_TERMINAL CREADLINE_SWIFT_NAME(terminal),
    /* No terminal: lines are read as they come. */
    CREADLINE_PLAIN CREADLINE_SWIFT_NAME(plain),
    /* Refused: readline's state is global, so a process has one editor. */
    CREADLINE_ALREADY_OPEN CREADLINE_SWIFT_NAME(alreadyOpen),
} creadline_opened;

/* How a read ended. */
typedef enum CREADLINE_CLOSED_ENUM {
    CREADLINE_LINE CREADLINE_SWIFT_NAME(line),
    CREADLINE_CANCELLED CREADLINE_SWIFT_NAME(cancelled),
    CREADLINE_END_OF_FILE CREADLINE_SWIFT_NAME(endOfFile),
} creadline_ended;

/* Saves the terminal's settings, sets readline up and installs the signal handlers. */
creadline_opened creadline_open(void);

/* Gives the terminal and the signals back. Harmless when nothing is open. */
void creadline_close(void);

/*
 * Reads one line with the prompt, in which \001 and \002 enclose what takes no room on the screen;
 * `initial` is the text to begin with. On CREADLINE_LINE, `*line` is `*length` bytes that the
 * caller frees; it may be null when there are none.
 */
creadline_ended creadline_read(
    const char *prompt, const char *initial, char **line, size_t *length);

/*
 * Prints bytes to the descriptor; a line that is being edited is hidden before and drawn again
 * after. Any thread.
 */
void creadline_print(int descriptor, const char *bytes, size_t count);

/* The width of the terminal in columns; 80 where it is unknown. */
int creadline_columns(void);

/* The columns that characters of Unicode take; control characters take none. Any thread. */
int creadline_width(const uint32_t *characters, size_t count);

/* Running code --------------------------------------------------------------------------------- */

/*
 * Called in the signal handler, on the owner's thread, for SIGINT while code runs: it may only do
 * what is safe there.
 */
typedef void (*creadline_interrupt_function)(void *context);

/* Sets what SIGINT calls while code runs; NULL for nothing. */
void creadline_set_interrupt_handler(creadline_interrupt_function function, void *context);

/* Gives the terminal back as on a fatal signal, for a process that is about to end; from any thread. */
void creadline_restore_terminal(void);

/* What creadline_begin_running interrupted, to be handed to creadline_end_running. */
typedef struct creadline_previous {
    int mode;
    int interrupts;
} creadline_previous;

/*
 * Enters the mode in which SIGINT interrupts (or, for a foreign program, does nothing here). Nests.
 */
creadline_previous creadline_begin_running(bool foreign);

/* Whether SIGINT came since the mode was entered: for work that no interrupt function stops. */
bool creadline_interrupted(void);

/* Leaves the mode; returns how many SIGINT came. */
int creadline_end_running(creadline_previous previous);

/* Completion ----------------------------------------------------------------------------------- */

/* Collects what a completion function finds; valid during the call only. */
typedef struct creadline_sink creadline_sink;

/*
 * Finds completions of the line, `length` bytes, at byte `point`. It says where the word begins
 * with creadline_sink_begin, emits candidates for the whole word, and may give a hint.
 */
typedef void (*creadline_completion_function)(
    void *context, const char *line, size_t length, size_t point, creadline_sink *sink);

/* Sets the completion function; NULL for none. */
void creadline_set_completion(creadline_completion_function function, void *context);

/* The byte at which the word begins that the candidates replace. */
void creadline_sink_begin(creadline_sink *sink, size_t start);

/* One candidate, with what follows it when it is chosen. */
void creadline_sink_emit(creadline_sink *sink, const char *text, const char *suffix);

/* A line that is shown under the line on the second Tab. */
void creadline_sink_hint(creadline_sink *sink, const char *hint);

/* History in memory ---------------------------------------------------------------------------- */

/* Adds an entry to the list that the keys go through. */
void creadline_history_add(const char *entry);

/* Keeps only the last entries, now and from now on. */
void creadline_history_limit(int entries);

/* Forgets all entries. */
void creadline_history_clear(void);

#endif
