// Read before each source file by clang-tidy only: its analyzer sees one file at a time, and would
// take an error for success because it cannot know what these return.
#include "base/error.h"

#define error_set(...) (error_set(__VA_ARGS__), -1)
#define error_set_at(...) (error_set_at(__VA_ARGS__), -1)
