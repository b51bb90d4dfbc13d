/*===- huge_pages.c - A model's constants in huge pages ----------*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

/* Linked, as LLVM IR, into models with large constants: see
   lib/Target/RuntimeCode.cpp. A constructor that hswish-use-huge-pages adds
   calls it. */

#include <stddef.h>
#include <stdint.h>

/* Linux, the same on x86-64 and AArch64. */
enum {
  PROT_READ = 1,
  PROT_WRITE = 2,
  MAP_PRIVATE = 2,
  MAP_ANONYMOUS = 32,
  MADV_HUGEPAGE = 14,
  MREMAP_MAYMOVE = 1,
  MREMAP_FIXED = 2
};
#define MAP_FAILED ((void *)-1)
#define HUGE_PAGE ((uintptr_t)2 << 20)

void *mmap(void *start, size_t size, int protection, int flags, int file,
           long offset);
int munmap(void *start, size_t size);
int madvise(void *start, size_t size, int advice);
int mprotect(void *start, size_t size, int protection);
int mincore(void *start, size_t size, unsigned char *resident);
void *mremap(void *start, size_t size, size_t new_size, int flags, ...);
void *memcpy(void *to, const void *from, size_t size);

/* Whether the system gave a huge page for the first byte at `start`: then all
   the rest of it is there, too. */
static int is_huge(char *start) {
  unsigned char resident = 0;
  *(volatile char *)start = 0;
  return mincore(start + HUGE_PAGE / 2, 1, &resident) == 0 && (resident & 1);
}

/* Fills huge pages at `copy` and moves them to where the original is. */
static int replace(const void *original, void *copy, size_t size) {
  if (madvise(copy, size, MADV_HUGEPAGE) != 0 || !is_huge(copy))
    return 0;
  memcpy(copy, original, size);
  return mprotect(copy, size, PROT_READ) == 0 &&
         mremap(copy, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, original) !=
             MAP_FAILED;
}

/* Replaces the pages of a read-only array, which are small because they are a
   file's, by a private copy in huge pages at the same address: as far as whole
   huge pages lie inside the array. Who unmaps the file's pages unmaps these.
   Where anything fails, all stays as it was. */
void hswish_use_huge_pages(const char *array, size_t size) {
  uintptr_t start = ((uintptr_t)array + HUGE_PAGE - 1) & -HUGE_PAGE;
  uintptr_t end = ((uintptr_t)array + size) & -HUGE_PAGE;
  if (end <= start)
    return;
  size_t inside = end - start;
  char *reserved = mmap(NULL, inside + HUGE_PAGE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED)
    return;
  size_t before = -(uintptr_t)reserved & (HUGE_PAGE - 1);
  char *copy = reserved + before;
  /* What has moved is no longer ours: somebody else may be there by now. */
  if (!replace((const void *)start, copy, inside))
    munmap(copy, inside);
  if (before)
    munmap(reserved, before);
  if (before < HUGE_PAGE)
    munmap(copy + inside, HUGE_PAGE - before);
}
