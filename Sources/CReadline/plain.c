/*
 * Lines without a terminal: byte by byte, so that what follows the line is left for whoever reads
 * next.
 */

#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

creadline_ended creadline_read_plain(const char *prompt, char **line, size_t *length) {
    char *buffer = NULL;
    size_t used = 0, room = 0;
    fflush(stdout);
    fputs(prompt, stderr);
    fflush(stderr);
    for (;;) {
        if (creadline_pending_interrupt) {
            creadline_pending_interrupt = 0;
            free(buffer);
            return CREADLINE_CANCELLED;
        }
        creadline_wait_result waited = creadline_wait(false);
        if (waited == WAIT_SIGNAL) {
            if (creadline_pending_stop) {
                creadline_stop_process();
            }
            continue;
        }
        char byte = 0;
        ssize_t count = waited == WAIT_INPUT ? read(STDIN_FILENO, &byte, 1) : -1;
        if (waited == WAIT_INPUT && count < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (count <= 0 && used == 0) {
            free(buffer);
            return CREADLINE_END_OF_FILE;
        }
        if (count <= 0 || byte == '\n') {
            break;
        }
        if (used == room) {
            room = room == 0 ? 256 : room * 2;
            char *larger = realloc(buffer, room);
            if (larger == NULL) {
                break; /* what was read so far is all that fits */
            }
            buffer = larger;
        }
        buffer[used++] = byte;
    }
    *line = buffer;
    *length = used;
    return CREADLINE_LINE;
}
