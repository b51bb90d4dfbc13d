/* Applies compiled elementwise functions to two files of numbers.
 *
 *   driver ELEMENT_SIZE RESULTS X U OUTPUT
 *
 * The function takes one-dimensional memrefs: two of one size, and one for
 * RESULTS results. The files are read at an odd multiple of the element size,
 * so that no vector is aligned.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  void *allocated, *aligned;
  int64_t offset, size, stride;
} MemRef1D;

void _mlir_ciface_run(MemRef1D *x, MemRef1D *u, MemRef1D *y);

static MemRef1D allocate(size_t element, size_t bytes) {
  char *data = malloc(bytes + element);
  if (!data)
    exit(4);
  MemRef1D result = {data, data + element, 0, (int64_t)(bytes / element), 1};
  return result;
}

static MemRef1D read_file(const char *path, size_t element) {
  FILE *in = fopen(path, "rb");
  if (!in || fseek(in, 0, SEEK_END))
    exit(3);
  size_t bytes = (size_t)ftell(in);
  rewind(in);
  MemRef1D result = allocate(element, bytes);
  if (fread(result.aligned, 1, bytes, in) != bytes || fclose(in))
    exit(4);
  return result;
}

int main(int argc, char **argv) {
  if (argc != 6)
    return 2;
  size_t element = strtoul(argv[1], NULL, 10);
  MemRef1D x = read_file(argv[3], element), u = read_file(argv[4], element);
  size_t bytes = strtoul(argv[2], NULL, 10) * (size_t)x.size * element;
  MemRef1D y = allocate(element, bytes);
  _mlir_ciface_run(&x, &u, &y);
  FILE *out = fopen(argv[5], "wb");
  if (!out || fwrite(y.aligned, 1, bytes, out) != bytes || fclose(out))
    return 5;
  return 0;
}
