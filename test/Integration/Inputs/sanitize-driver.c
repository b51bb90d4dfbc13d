/* Runs a model on buffers that are exactly as large as it says, between the red
   zones of the address sanitizer. tools/sanitize-model compiles it; an argument
   of "short" gives it outputs that are one byte too short, which must be
   noticed. */

#include "hswish/Runtime/model_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct hswish_model_info *net_info(void);

/* Numbers that are something in every type: floats around 1, integers 0 and 1,
   which are indices of nearly everything. */
static void fill(const struct hswish_tensor_info *tensor, unsigned char *data,
                 unsigned *seed) {
  memset(data, 0, tensor->bytes);
  switch (tensor->dtype) {
  case HSWISH_FLOAT32:
    for (size_t i = 0; i < tensor->bytes / 4; ++i) {
      *seed = *seed * 1664525u + 1013904223u;
      ((float *)data)[i] = (float)(int)(*seed >> 8) / (1 << 21) - 4.0f;
    }
    break;
  case HSWISH_FLOAT64:
    for (size_t i = 0; i < tensor->bytes / 8; ++i)
      ((double *)data)[i] = (double)(i % 17) / 4 - 2;
    break;
  case HSWISH_FLOAT16:
    for (size_t i = 1; i < tensor->bytes; i += 2)
      data[i] = (unsigned char)(0x3c + i % 7);
    break;
  default:
    if (tensor->bytes)
      data[0] = 1;
  }
}

int main(int argc, char **argv) {
  const struct hswish_model_info *info = net_info();
  size_t missing = argc > 1 && !strcmp(argv[1], "short");
  void **inputs = malloc(sizeof(void *) * (size_t)(info->num_inputs + 1));
  void **outputs = malloc(sizeof(void *) * (size_t)(info->num_outputs + 1));
  unsigned seed = 1;
  for (int i = 0; i < info->num_inputs; ++i) {
    inputs[i] = malloc(info->inputs[i].bytes);
    fill(&info->inputs[i], inputs[i], &seed);
  }
  for (int i = 0; i < info->num_outputs; ++i)
    outputs[i] = malloc(info->outputs[i].bytes - missing);
  void *workspace = NULL;
  if (posix_memalign(&workspace, HSWISH_WORKSPACE_ALIGNMENT,
                     info->workspace_size))
    return 2;
  for (int run = 0; run < 3; ++run) {
    int status = info->invoke((const void *const *)inputs, outputs, workspace);
    if (status) {
      fprintf(stderr, "the run gave status %d\n", status);
      return 1;
    }
  }
  for (int i = 0; i < info->num_inputs; ++i)
    free(inputs[i]);
  for (int i = 0; i < info->num_outputs; ++i)
    free(outputs[i]);
  free(inputs);
  free(outputs);
  free(workspace);
  puts("three runs, nothing found");
  return 0;
}
