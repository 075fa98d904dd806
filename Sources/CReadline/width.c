/* The width of text on a terminal, whatever locale the process has. */

#define _GNU_SOURCE

#include "CReadline.h"

#include <locale.h>
#include <wchar.h>

int creadline_width(const uint32_t *characters, size_t count) {
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (utf8 == (locale_t)0) {
        return (int)count;
    }
    locale_t previous = uselocale(utf8);
    int columns = 0;
    for (size_t i = 0; i < count; i++) {
        int width = wcwidth((wchar_t)characters[i]);
        columns += width > 0 ? width : 0;
    }
    uselocale(previous);
    freelocale(utf8);
    return columns;
}
