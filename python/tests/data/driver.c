/* Runs the model it is linked with on raw files: driver IN... OUT... */

#include "hswish/Runtime/model_info.h"

#include <stdio.h>
#include <stdlib.h>

const struct hswish_model_info *hswish_get_model_info(void);

static int transfer(const char *path, const char *mode, void *data,
                    size_t bytes) {
  FILE *file = fopen(path, mode);
  if (!file)
    return 0;
  size_t done =
      *mode == 'r' ? fread(data, 1, bytes, file) : fwrite(data, 1, bytes, file);
  return !fclose(file) && done == bytes;
}

int main(int argc, char **argv) {
  const struct hswish_model_info *info = hswish_get_model_info();
  int inputs = info->num_inputs, tensors = inputs + info->num_outputs;
  if (argc != 1 + tensors)
    return 2;
  void *data[64];
  for (int i = 0; i < tensors; ++i) {
    size_t bytes =
        (i < inputs ? info->inputs[i] : info->outputs[i - inputs]).bytes;
    data[i] = malloc(bytes);
    if (i < inputs && !transfer(argv[1 + i], "rb", data[i], bytes))
      return 3;
  }
  void *workspace = aligned_alloc(HSWISH_WORKSPACE_ALIGNMENT,
                                  info->workspace_size / 64 * 64 + 64);
  int status =
      info->invoke((const void *const *)data, data + inputs, workspace);
  for (int i = inputs; i < tensors; ++i)
    if (!transfer(argv[1 + i], "wb", data[i], info->outputs[i - inputs].bytes))
      return 4;
  return status;
}
