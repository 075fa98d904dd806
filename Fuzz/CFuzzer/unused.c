#include "CFuzzer.h"

// libFuzzer's own main, which comes with it and is never run, wants this symbol.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  (void)bytes;
  (void)size;
  return 0;
}
