/*===- select_variant.c - Which variant of a model this CPU runs --*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

/* Linked, as LLVM IR, into models that are compiled for several targets: see
   lib/Target/RuntimeCode.cpp. hswish-emit-interface writes the table of
   variants, lib/Target/Requirements.cpp the bits that each of them needs. */

#include <stdint.h>

#define WORDS 10

/* What the CPU, and the system that saves its registers, can do. */
static void get_capabilities(uint32_t have[WORDS]);

#if defined(__x86_64__)

#include <cpuid.h>

static void get_capabilities(uint32_t have[WORDS]) {
  uint32_t a, b, c, d;
  for (int i = 0; i < WORDS; ++i)
    have[i] = 0;
  if (__get_cpuid_count(1, 0, &a, &b, &c, &d)) {
    have[0] = c;
    have[1] = d;
    /* Registers that the system does not save are no use. */
    if (c & bit_OSXSAVE)
      __asm__("xgetbv" : "=a"(have[9]), "=d"(d) : "c"(0));
  }
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    have[2] = b;
    have[3] = c;
    have[4] = d;
    if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
      have[5] = a;
      have[6] = d;
    }
  }
  if (__get_cpuid_count(0x80000001, 0, &a, &b, &c, &d)) {
    have[7] = c;
    have[8] = d;
  }
}

#elif defined(__aarch64__)

unsigned long getauxval(unsigned long type);

static void get_capabilities(uint32_t have[WORDS]) {
  uint64_t hwcap = getauxval(16), hwcap2 = getauxval(26);
  for (int i = 0; i < WORDS; ++i)
    have[i] = 0;
  have[0] = (uint32_t)hwcap;
  have[1] = (uint32_t)(hwcap >> 32);
  have[2] = (uint32_t)hwcap2;
  have[3] = (uint32_t)(hwcap2 >> 32);
}

#endif

/* Code for one target; the best one comes first. */
struct variant {
  const char *name;
  const void *run;  /* the model's function */
  const void *info; /* its hswish_model_info */
  uint32_t needs[WORDS];
};

char *getenv(const char *name);

static int equals(const char *a, const char *b) {
  while (*a && *a == *b)
    ++a, ++b;
  return *a == *b;
}

static int is_runnable(const struct variant *variant,
                       const uint32_t have[WORDS]) {
  for (int i = 0; i < WORDS; ++i)
    if (variant->needs[i] & ~have[i])
      return 0;
  return 1;
}

/* The first of `variants` that runs here, or only the one that $HSWISH_TARGET
   names; if there is none, the entry behind the last one, which cannot run. The
   choice is kept in `chosen`. Whoever comes at the same time finds the same. */
const struct variant *hswish_select_variant(const struct variant *variants,
                                            int64_t count,
                                            const struct variant **chosen) {
  const struct variant *found = __atomic_load_n(chosen, __ATOMIC_ACQUIRE);
  if (found)
    return found;
  uint32_t have[WORDS];
  get_capabilities(have);
  const char *name = getenv("HSWISH_TARGET");
  for (found = variants; found != variants + count; ++found)
    if (is_runnable(found, have) &&
        (!name || !*name || equals(name, found->name)))
      break;
  __atomic_store_n(chosen, found, __ATOMIC_RELEASE);
  return found;
}
