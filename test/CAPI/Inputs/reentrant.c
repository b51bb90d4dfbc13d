/* reentrant MODEL BAD FOLDER: compiles from several threads, good and bad
 * input, while children are forked that compile, too. */
#include "hswish-c/Compiler.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *good, *bad, *folder;
static const char *const targets[] = {"x86-64-v2", "x86-64-v3", "aarch64"};

static void count(const char *message, void *number) {
  *(int *)number += strlen(message) > 0;
}

/* Whether good input becomes a file, and bad input messages and none. */
static int compile_both(int who, int round) {
  char output[4096], bad_output[4096];
  snprintf(output, sizeof output, "%s/%d/net.so", folder, who);
  snprintf(bad_output, sizeof bad_output, "%s/%d/bad.so", folder, who);
  hswish_compile_options options = {0};
  options.target = targets[round % 3];
  options.name = "net";
  int messages = 0;
  if (hswish_compile(good, output, &options, count, &messages) || messages)
    return printf("%s: not compiled\n", output), 0;
  if (!hswish_compile(bad, bad_output, &options, count, &messages) || !messages)
    return printf("%s: no error\n", bad_output), 0;
  /* This one fails when it is linked. */
  options.target = "x86_64-pc-windows-msvc,cpu=x86-64-v3";
  messages = 0;
  if (!hswish_compile(good, bad_output, &options, count, &messages) ||
      !messages)
    return printf("%s: no error of the linker\n", bad_output), 0;
  return access(bad_output, F_OK) != 0;
}

static void *work(void *who) {
  for (int round = 0; round < 3; ++round)
    if (!compile_both((int)(size_t)who, round))
      return (void *)"failed";
  return NULL;
}

/* A child that compiles; 1 if it did so within a minute. */
static int compile_in_child(int who) {
  pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(!compile_both(who, who));
  }
  int status = -1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  good = argv[1], bad = argv[2], folder = argv[3];
  setvbuf(stdout, NULL, _IONBF, 0);
  int failed = !compile_both(0, 0);
  failed |= !compile_in_child(1);
  printf("a child: %s\n", failed ? "failed" : "good");

  pthread_t threads[4];
  for (size_t i = 0; i < 4; ++i)
    if (pthread_create(&threads[i], NULL, work, (void *)(2 + i)))
      return 1;
  for (int i = 0; i < 4; ++i)
    failed |= !compile_in_child(6 + i);
  printf("children meanwhile: %s\n", failed ? "failed" : "good");
  for (int i = 0; i < 4; ++i) {
    void *result = NULL;
    pthread_join(threads[i], &result);
    failed |= result != NULL;
  }
  printf("threads: %s\n", failed ? "failed" : "good");
  return failed;
}
