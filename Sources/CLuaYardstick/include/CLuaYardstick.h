#ifndef DVMASH_LUA_YARDSTICK_H
#define DVMASH_LUA_YARDSTICK_H

#include <stdbool.h>
#include <stdint.h>

/// A program in C with a method for Lua, written the way such programs mostly are.
///
/// It is what the rows of `dvmash bench lua` are compared with, and shares nothing with CLua. It calls no
/// Swift.
typedef struct yardstick yardstick;

/// Makes a state with an object in it; NULL where there is no memory.
yardstick *yardstick_open(void);

void yardstick_close(yardstick *self);

/// Calls the method so many times from a loop in Lua and gives the processor time that they took, without that
/// of the loop; false where Lua reports an error.
bool yardstick_run(yardstick *self, int64_t calls, int64_t *nanoseconds);

#endif
