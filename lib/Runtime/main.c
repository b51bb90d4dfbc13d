/*===- main.c - A program that runs one model on .npy files --------*- C
-*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

/* hswish-compile compiles this with a model into a program; model_info.h stands
   before it and HSWISH_INFO is the model's info function. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#define HUGE_PAGE ((size_t)2 << 20)

const struct hswish_model_info *HSWISH_INFO(void);

static const char *descr(int32_t dtype) {
  static const char *const names[] = {"",    "<f4", "<f8", "<f2", "<u2",
                                      "<i8", "<i4", "<i2", "|i1", "|u1",
                                      "|b1", "<u2", "<u4", "<u8"};
  return names[dtype];
}

/* What is wrong with $HSWISH_TARGET, which names the code that a model is to
   use; `target` is a triple, a slash, and what the model's code is for. */
static const char *check_wish(const char *wish, const char *target) {
  const char *names = strchr(target, '/');
  if (!wish || !*wish || !names || !strcmp(names + 1, wish))
    return NULL;
  size_t length = strlen(wish);
  for (; names; names = strchr(names + 1, ','))
    if (!strncmp(names + 1, wish, length) &&
        (!names[1 + length] || names[1 + length] == ','))
      return "this CPU cannot run the code that HSWISH_TARGET names";
  return "the model has no code of the name in HSWISH_TARGET";
}

/* The Python text of a shape: "(1,3,)". */
static void print_shape(char *text, const struct hswish_tensor_info *tensor) {
  text += sprintf(text, "(");
  for (int i = 0; i < tensor->rank; ++i)
    text += sprintf(text, "%lld,", (long long)tensor->shape[i]);
  sprintf(text, ")");
}

static int fail(const char *program, const char *path, const char *reason) {
  fprintf(stderr, "%s: error: %s: %s\n", program, path, reason);
  return 1;
}

/* Reads a file that must hold just this tensor. Returns what is wrong. */
static const char *read_npy(const char *path,
                            const struct hswish_tensor_info *tensor,
                            void *data) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return "cannot be read";
  unsigned char start[12];
  const char *error = NULL;
  char *header = NULL;
  size_t length = 0;
  if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY", 6))
    error = "not a .npy file";
  else if (start[6] == 1)
    length = start[8] + 256u * start[9];
  else if (fread(start + 10, 1, 2, file) == 2 && !start[10] && !start[11])
    length = start[8] + 256u * start[9];
  else
    error = "broken header";
  if (!error) {
    header = calloc(length + 1, 1);
    if (!header || fread(header, 1, length, file) != length)
      error = "truncated";
  }
  if (!error) {
    /* Spaces are left out, a last comma is put in: then texts can be
       compared. */
    char shape[512], *to = header;
    for (char *from = header; *from; ++from)
      if (*from != ' ')
        *to++ = *from;
    *to = 0;
    print_shape(shape, tensor);
    char *found = strstr(header, "'shape':");
    size_t size = strlen(shape);
    int same = 0;
    if (found) {
      found += strlen("'shape':");
      /* (1,3,) may also be written (1,3) */
      same = !strncmp(found, shape, size) ||
             (tensor->rank > 1 && !strncmp(found, shape, size - 2) &&
              found[size - 2] == ')');
    }
    if (!strstr(header, descr(tensor->dtype)))
      error = "elements have the wrong type";
    else if (strstr(header, "'fortran_order':True") && tensor->rank > 1)
      error = "the array is in Fortran order";
    else if (!same)
      error = "the array has the wrong shape";
    else if (fread(data, 1, tensor->bytes, file) != tensor->bytes)
      error = "truncated";
  }
  free(header);
  fclose(file);
  return error;
}

static const char *write_npy(const char *path,
                             const struct hswish_tensor_info *tensor,
                             const void *data) {
  char shape[512], header[1024];
  print_shape(shape, tensor);
  int length =
      sprintf(header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
              descr(tensor->dtype), shape);
  while ((length + 11) % 64)
    header[length++] = ' ';
  header[length++] = '\n';
  FILE *file = fopen(path, "wb");
  if (!file)
    return "cannot be written";
  unsigned char size[2] = {(unsigned char)length, (unsigned char)(length >> 8)};
  int ok = fwrite("\x93NUMPY\x01\x00", 1, 8, file) == 8 &&
           fwrite(size, 1, 2, file) == 2 &&
           fwrite(header, 1, length, file) == (size_t)length &&
           fwrite(data, 1, tensor->bytes, file) == tensor->bytes;
  return fclose(file) || !ok ? "cannot be written" : NULL;
}

static void print_usage(const struct hswish_model_info *info,
                        const char *program, FILE *to) {
  fprintf(to,
          "usage: %s INPUT.npy... OUTPUT.npy...\n\n"
          "Runs the model %s (compiled by hswish %s for %s).\n"
          "Its code is %s.\n\n",
          program, info->name, info->version, info->target, info->verification);
  for (int i = 0; i < info->num_inputs + info->num_outputs; ++i) {
    const struct hswish_tensor_info *tensor =
        i < info->num_inputs ? &info->inputs[i]
                             : &info->outputs[i - info->num_inputs];
    char shape[512];
    print_shape(shape, tensor);
    fprintf(to, "  %s %s %s%s\n", i < info->num_inputs ? "input " : "output",
            tensor->name, descr(tensor->dtype), shape);
  }
}

int main(int argc, char **argv) {
  const struct hswish_model_info *info = HSWISH_INFO();
  int inputs = info->num_inputs, tensors = inputs + info->num_outputs;
  if (argc == 2 && !strcmp(argv[1], "--help")) {
    print_usage(info, argv[0], stdout);
    return 0;
  }
  if (argc != tensors + 1) {
    print_usage(info, argv[0], stderr);
    return 1;
  }
  const char *wrong = check_wish(getenv("HSWISH_TARGET"), info->target);
  if (wrong)
    return fail(argv[0], info->target, wrong);
  void **data = calloc(tensors, sizeof(void *));
  size_t size = (info->workspace_size / HUGE_PAGE + 1) * HUGE_PAGE;
  void *workspace = aligned_alloc(HUGE_PAGE, size);
  if (!data || !workspace)
    return fail(argv[0], info->name, "out of memory");
#ifdef MADV_HUGEPAGE
  /* Only a wish: without huge pages all works, a little slower. */
  (void)madvise(workspace, size, MADV_HUGEPAGE);
#endif
  for (int i = 0; i < tensors; ++i) {
    const struct hswish_tensor_info *tensor =
        i < inputs ? &info->inputs[i] : &info->outputs[i - inputs];
    if (!(data[i] = malloc(tensor->bytes ? tensor->bytes : 1)))
      return fail(argv[0], info->name, "out of memory");
    const char *error =
        i < inputs ? read_npy(argv[1 + i], tensor, data[i]) : NULL;
    if (error)
      return fail(argv[0], argv[1 + i], error);
  }
  int status =
      info->invoke((const void *const *)data, data + inputs, workspace);
  if (status == HSWISH_UNSUPPORTED_CPU)
    return fail(argv[0], info->target,
                "this CPU is none of those that the model was compiled for");
  if (status != HSWISH_OK)
    return fail(argv[0], info->name, "the run failed");
  for (int i = inputs; i < tensors; ++i) {
    const char *error =
        write_npy(argv[1 + i], &info->outputs[i - inputs], data[i]);
    if (error)
      return fail(argv[0], argv[1 + i], error);
  }
  for (int i = 0; i < tensors; ++i)
    free(data[i]);
  free(data);
  free(workspace);
  return 0;
}
