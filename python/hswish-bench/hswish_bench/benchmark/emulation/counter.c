/* A plug-in of qemu's user mode: counts executed instructions, and writes what
   the counter shows where the program asks for it: on getpgid(-1 - LABEL),
   which does nothing, "LABEL COUNT" becomes a line of the file.

     qemu-aarch64 -plugin counter.so,marks=FILE program

   Debian has no qemu-plugin.h: what is used of interface 1 is declared here. */

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*translated)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*called)(qemu_plugin_id_t, unsigned cpu, int64_t number,
                       uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                       uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translated);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, called);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *,
                                              enum qemu_plugin_op, void *,
                                              uint64_t);

EXPORT int qemu_plugin_version = 1;

/* getpgid of AArch64. */
static const int64_t markSyscall = 155;

static uint64_t executed;
static FILE *marks;

/* A block is executed as a whole: one addition counts all of it. */
static void countBlock(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64,
                                           &executed,
                                           qemu_plugin_tb_n_insns(block));
}

static void mark(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1,
                 uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
                 uint64_t a6, uint64_t a7, uint64_t a8) {
  int32_t process = (int32_t)a1;
  if (number != markSyscall || process >= 0)
    return;
  fprintf(marks, "%d %" PRIu64 "\n", -1 - process, executed);
  fflush(marks);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                               char **argv) {
  const char *option = "marks=";
  size_t length = strlen(option);
  if (argc != 1 || strncmp(argv[0], option, length) != 0)
    return 1;
  marks = fopen(argv[0] + length, "w");
  if (!marks)
    return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, countBlock);
  qemu_plugin_register_vcpu_syscall_cb(id, mark);
  return 0;
}
