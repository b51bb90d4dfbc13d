/* Applies a compiled elementwise function to a file of numbers.
 *
 *   driver ELEMENT_SIZE INPUT OUTPUT
 *
 * The function takes two one-dimensional memrefs of the same size. The file is
 * read at an odd multiple of the element size, so that no vector is aligned.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  void *allocated, *aligned;
  int64_t offset, size, stride;
} MemRef1D;

void _mlir_ciface_run(MemRef1D *x, MemRef1D *y);

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  size_t element = strtoul(argv[1], NULL, 10);
  FILE *in = fopen(argv[2], "rb");
  if (!in || fseek(in, 0, SEEK_END))
    return 3;
  size_t bytes = (size_t)ftell(in);
  rewind(in);
  char *x = malloc(bytes + element), *y = malloc(bytes + element);
  if (!x || !y || fread(x + element, 1, bytes, in) != bytes)
    return 4;
  MemRef1D mx = {x, x + element, 0, (int64_t)(bytes / element), 1};
  MemRef1D my = {y, y + element, 0, (int64_t)(bytes / element), 1};
  _mlir_ciface_run(&mx, &my);
  FILE *out = fopen(argv[3], "wb");
  if (!out || fwrite(y + element, 1, bytes, out) != bytes || fclose(out))
    return 5;
  return 0;
}
