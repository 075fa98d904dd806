// The package manager wants a source file; all there is to this module is in its header.
#include "prefetch.h"
