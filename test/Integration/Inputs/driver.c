/* Runs structured-ops.mlir as a program that knows it would, checks what a run
   refuses, and writes the outputs to a file. */

#include "ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static float x[336], conv[336], pooled[72], padded[576];

static int expect(int got, int want, const char *what) {
  if (got != want)
    fprintf(stderr, "%s: %d instead of %d\n", what, got, want);
  return got != want;
}

int main(int argc, char **argv) {
  if (argc != 2)
    return 2;
  for (int i = 0; i < 336; ++i)
    x[i] = (float)(i * 37 % 101 - 50) / 8;
  size_t size = ops_workspace_size() + HSWISH_WORKSPACE_ALIGNMENT;
  char *workspace =
      aligned_alloc(HSWISH_WORKSPACE_ALIGNMENT, (size + 63) / 64 * 64);
  memset(workspace, 0xff, size);
  int bad = 0;
  bad |= expect(ops_run(NULL, conv, pooled, padded, workspace),
                HSWISH_NULL_POINTER, "no input");
  bad |= expect(ops_run(x, conv, NULL, padded, workspace), HSWISH_NULL_POINTER,
                "no output");
  bad |= expect(ops_run(x, conv, pooled, padded, NULL), HSWISH_NULL_POINTER,
                "no workspace");
  bad |= expect(ops_run(x, conv, pooled, padded, workspace + 4),
                HSWISH_MISALIGNED_WORKSPACE, "misaligned workspace");
  bad |= expect(ops_run(x, conv, pooled, padded, workspace), HSWISH_OK, "run");

  const struct hswish_model_info *info = ops_info();
  bad |= expect(info->abi, HSWISH_MODEL_ABI, "abi");
  bad |= expect(info->num_inputs, 1, "inputs");
  bad |= expect(info->num_outputs, 3, "outputs");
  bad |= expect(strcmp(info->outputs[1].name, "pooled"), 0, "name");
  bad |= expect(info->outputs[1].rank, 4, "rank");
  bad |= expect((int)info->outputs[1].shape[3], 8, "shape");
  bad |= expect((int)info->outputs[1].bytes, 288, "bytes");
  bad |= expect(info->workspace_size == ops_workspace_size(), 1, "workspace");

  /* The generic way gives the same. */
  float again[336];
  const void *inputs[] = {x};
  void *outputs[] = {again, pooled, padded};
  bad |= expect(info->invoke(inputs, outputs, workspace), HSWISH_OK, "invoke");
  bad |= expect(memcmp(conv, again, sizeof(conv)), 0, "results");

  FILE *file = fopen(argv[1], "wb");
  if (!file || fwrite(conv, sizeof(conv), 1, file) != 1 ||
      fwrite(pooled, sizeof(pooled), 1, file) != 1 ||
      fwrite(padded, sizeof(padded), 1, file) != 1 || fclose(file))
    return 3;
  free(workspace);
  return bad;
}
