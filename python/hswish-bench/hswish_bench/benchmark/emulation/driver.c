/* Runs a compiled model between marks (counter.c): driver LABEL IN... OUT...
   The model's header comes by -include. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* As often as in guest.py. */
enum { WARM_UP = 1, COUNTED = 3 };

static void *transfer(const char *path, const char *mode, void *data,
                      size_t bytes) {
  FILE *file = fopen(path, mode);
  if (!file || !data)
    exit(3);
  size_t done =
      *mode == 'r' ? fread(data, 1, bytes, file) : fwrite(data, 1, bytes, file);
  if (fclose(file) || done != bytes)
    exit(3);
  return data;
}

int main(int argc, char **argv) {
  const struct hswish_model_info *info = net_info();
  int inputs = info->num_inputs, tensors = inputs + info->num_outputs;
  if (argc != 2 + tensors)
    return 2;
  char **paths = argv + 2;
  void *data[64];
  for (int i = 0; i < tensors; ++i) {
    size_t bytes =
        (i < inputs ? info->inputs[i] : info->outputs[i - inputs]).bytes;
    data[i] = malloc(bytes);
    if (i < inputs)
      transfer(paths[i], "rb", data[i], bytes);
  }
  size_t alignment = HSWISH_WORKSPACE_ALIGNMENT;
  void *workspace = aligned_alloc(
      alignment, (info->workspace_size / alignment + 1) * alignment);

  pid_t label = -1 - atoi(argv[1]);
  int status = 0;
  for (int i = 0; i < WARM_UP + COUNTED; ++i) {
    if (i >= WARM_UP)
      getpgid(label);
    status |= info->invoke((const void *const *)data, data + inputs, workspace);
  }
  getpgid(label);
  getpgid(label); /* What a mark costs. */

  for (int i = inputs; i < tensors; ++i)
    transfer(paths[i], "wb", data[i], info->outputs[i - inputs].bytes);
  return status;
}
