/*===- hswish-c/Compiler.h - The compiler, from C -----------------*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Compiles a model to a file, as hswish-compile does. The header of what     *|
|* comes out is written beside it; to run it needs nothing from here.         *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef HSWISH_C_COMPILER_H
#define HSWISH_C_COMPILER_H

#include <stddef.h>

#if defined(__GNUC__)
#define HSWISH_C_EXPORT __attribute__((visibility("default")))
#else
#define HSWISH_C_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a user says about a compilation. All zero is a valid value. */
typedef struct hswish_compile_options {
  /* host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64, or
   * TRIPLE[,cpu=…,features=…]; NULL: the host. Of several with commas between,
   * the best one that the CPU has is chosen when the model is loaded. */
  const char *target;
  /* fast, default, torch, onnx or exact, for every activation; NULL: what the
   * model has. */
  const char *accuracy;
  /* The prefix of the exported symbols; NULL: the name of the output, without
   * folder and suffix. */
  const char *name;
  /* NAME=1x3x224x224 for each input with dynamic dimensions. */
  const char *const *shapes;
  size_t num_shapes;
  /* Not 0: constants stay in the file's pages when the model is loaded. */
  int no_huge_pages;
  /* That a run uses at most; 0 and 1: only the caller's. */
  int num_threads;
  /* The function to compile, of a .mlir file that has several public ones;
   * NULL: the only one. */
  const char *entry;
  /* Bytes that the model may take with its constants, its workspace, its inputs
   * and its outputs; 0: 2 GiB. */
  size_t max_memory;
  /* Not 0: each layer of what was compiled is run, here or under qemu, and
   * compared with a reference; nothing is written if one is wrong. */
  int verify;
} hswish_compile_options;

/* Gets each error or warning of a compilation: one line or several, of
 * "FILE: message". `message` lives until the call returns. */
typedef void (*hswish_message_callback)(const char *message, void *user_data);

/* Compiles the model in the file `input` (.onnx, .mlir) to the file `output`,
 * whose suffix says what it becomes (.so, .a, .o, .s, .ll, .mlir, .mlirbc, .h,
 * none for a program). Returns 0, or 1 after `callback` got at least one
 * message; nothing is written then. `options` and `callback` may be NULL.
 * Re-entrant: several threads may compile at once, also to one output, which is
 * replaced as a whole, and so may children that are forked meanwhile. */
HSWISH_C_EXPORT int hswish_compile(const char *input, const char *output,
                                   const hswish_compile_options *options,
                                   hswish_message_callback callback,
                                   void *user_data);

/* The version of the compiler, as in "0.1.0". */
HSWISH_C_EXPORT const char *hswish_version(void);

#ifdef __cplusplus
}
#endif

#endif /* HSWISH_C_COMPILER_H */
