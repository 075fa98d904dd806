/*
 * Completion. Readline cuts the word by a set of characters, while only the completion function
 * knows where the word begins. So the function is asked when readline wants that set, and the set
 * is chosen such that readline cuts there.
 */

#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct creadline_sink {
    size_t start;
    char **candidates;
    size_t count;
    size_t room;
    char *hint;
};

static creadline_completion_function completion_function;
static void *completion_context;
static struct creadline_sink found;

static void forget(void) {
    for (size_t index = 0; index < found.count; index++) {
        free(found.candidates[index]);
    }
    found.count = 0;
    found.start = 0;
    free(found.hint);
    found.hint = NULL;
}

void creadline_set_completion(creadline_completion_function function, void *context) {
    completion_function = function;
    completion_context = context;
}

void creadline_sink_begin(creadline_sink *sink, size_t start) { sink->start = start; }

void creadline_sink_hint(creadline_sink *sink, const char *hint) {
    free(sink->hint);
    sink->hint = strdup(hint);
}

void creadline_sink_emit(creadline_sink *sink, const char *text, const char *suffix) {
    if (sink->count == sink->room) {
        size_t room = sink->room == 0 ? 64 : sink->room * 2;
        char **larger = realloc(sink->candidates, room * sizeof *larger);
        if (larger == NULL) {
            return;
        }
        sink->candidates = larger;
        sink->room = room;
    }
    size_t size = strlen(text) + strlen(suffix) + 1;
    char *candidate = malloc(size);
    if (candidate != NULL) {
        snprintf(candidate, size, "%s%s", text, suffix);
        sink->candidates[sink->count++] = candidate;
    }
}

/* Readline asks for the characters that end a word, before it looks for the word. */
static char *find_candidates(void) {
    static char breaking[2];
    forget();
    found.start = (size_t)rl_point;
    if (completion_function != NULL) {
        completion_function(
            completion_context, rl_line_buffer, (size_t)rl_end, (size_t)rl_point, &found);
    }
    if (found.start > (size_t)rl_point) {
        found.start = (size_t)rl_point;
    }
    breaking[0] = found.start > 0 ? rl_line_buffer[found.start - 1] : '\0';
    return breaking;
}

/*
 * Copies the candidates for the word that readline cut, which begins at `start`, not where it was
 * meant to.
 */
static char *candidate_from(size_t index, size_t start) {
    const char *candidate = found.candidates[index];
    if (start <= found.start) {
        size_t before = found.start - start;
        char *whole = malloc(before + strlen(candidate) + 1);
        if (whole != NULL) {
            memcpy(whole, rl_line_buffer + start, before);
            strcpy(whole + before, candidate);
        }
        return whole;
    }
    size_t typed = start - found.start;
    return typed <= strlen(candidate) ? strdup(candidate + typed) : NULL;
}

static int word_start;

static char *next_candidate(const char *text, int state) {
    static size_t index;
    (void)text;
    if (state == 0) {
        index = 0;
    }
    while (index < found.count) {
        char *candidate = candidate_from(index++, (size_t)word_start);
        if (candidate != NULL) {
            return candidate;
        }
    }
    return NULL;
}

static bool lists_candidates(void) {
    return rl_completion_type == '?' || rl_completion_type == '!' || rl_completion_type == '@';
}

/* Shows the hint under the line. */
static void show_hint(void) {
    int point = rl_point;
    rl_point = rl_end;
    rl_redisplay();
    rl_crlf();
    fputs(found.hint, rl_outstream);
    rl_crlf();
    rl_point = point;
    rl_on_new_line();
    rl_redisplay();
}

static char **attempt(const char *text, int start, int end) {
    (void)end;
    rl_attempted_completion_over = 1; /* never file names in place of nothing */
    rl_completion_append_character = '\0';
    rl_completion_suppress_quote = 1;
    word_start = start;
    if (found.hint != NULL && lists_candidates()) {
        show_hint();
    }
    return found.count == 0 ? NULL : rl_completion_matches(text, next_candidate);
}

void creadline_completion_setup(void) {
    rl_completion_word_break_hook = find_candidates;
    rl_attempted_completion_function = attempt;
    rl_basic_quote_characters = "";
}
