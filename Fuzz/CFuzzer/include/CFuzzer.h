#ifndef CFUZZER_H
#define CFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer on a function with the options of a command line; its result is the exit status.
int LLVMFuzzerRunDriver(int *count, char ***arguments,
                        int (*target)(const uint8_t *bytes, size_t size));

#endif
