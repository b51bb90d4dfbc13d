/* compile MODEL OUTPUT [TARGET [ENTRY [verify]]]: the C API of the compiler. */
#include "hswish-c/Compiler.h"

#include <stdio.h>

static void print(const char *message, void *count) {
  printf("message: %s\n", message);
  ++*(int *)count;
}

int main(int argc, char **argv) {
  hswish_compile_options options = {0};
  if (argc > 3)
    options.target = argv[3];
  if (argc > 4 && *argv[4])
    options.entry = argv[4];
  options.verify = argc > 5;
  int messages = 0;
  int status = hswish_compile(argv[1], argv[2], &options, print, &messages);
  printf("version %s: status %d, %d messages\n", hswish_version(), status,
         messages);
  return status;
}
