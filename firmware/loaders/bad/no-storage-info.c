/* Its description fell to --gc-sections. */
#include "bad.h"
