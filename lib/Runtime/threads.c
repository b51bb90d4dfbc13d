/*===- threads.c - The threads of a model -------------------------*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

/* Linked, as LLVM IR, into models that are compiled for several threads: see
   lib/Target/RuntimeCode.cpp. A run is one parallel region: every thread goes
   through the whole network, does its share of each layer, and meets the others
   where a layer reads what another thread wrote. The first run starts the
   threads; between runs they wait, awake for some microseconds, then asleep,
   and end when nobody has come for some seconds: a program whose own threads
   have all ended would go on with ours, which take no signals. */

#include "hswish/Runtime/model_info.h"

/* Linux: numbers of system calls differ, the rest is the same on x86-64 and
   AArch64. */
enum {
  FUTEX_WAIT_PRIVATE = 128,
  FUTEX_WAKE_PRIVATE = 129,
  SIG_SETMASK = 2,
  PROT_READ = 1,
  PROT_WRITE = 2,
  MAP_PRIVATE = 2,
  MAP_ANONYMOUS = 32,
  MADV_WIPEONFORK = 18
};
#define MAP_FAILED ((void *)-1)
#if defined(__x86_64__)
enum { SYS_FUTEX = 202, SYS_SIGPROCMASK = 14 };
#elif defined(__aarch64__)
enum { SYS_FUTEX = 98, SYS_SIGPROCMASK = 135 };
#endif

long syscall(long number, ...);
int getpid(void);
void *mmap(void *start, size_t size, int protection, int flags, int file,
           long offset);
int munmap(void *start, size_t size);
int madvise(void *start, size_t size, int advice);
int sched_getaffinity(int thread, size_t size, void *cpus);
int sched_setaffinity(int thread, size_t size, const void *cpus);
int sched_getcpu(void);
char *getenv(const char *name);
typedef unsigned long pthread_t;
int pthread_create(pthread_t *thread, const void *attributes,
                   void *(*start)(void *), void *argument);
int pthread_join(pthread_t thread, void **result);

/* What a thread does in a run: its number, and how many there are. */
typedef void (*share)(void *arguments, int64_t thread, int64_t threads);

/* A set of CPUs. */
struct cpus {
  unsigned long words[16];
};
enum { WORD = 8 * sizeof(unsigned long), CPUS = 16 * WORD };

/* Rounds of waiting awake, one or two hundred microseconds: longer than it
   takes to wake a thread, or a caller to come with its next run, shorter than
   would starve others. */
#define ROUNDS 8000
/* And before somebody who waits for another one looks whether both are on the
   same CPU. */
#define PATIENCE 1000
/* Seconds after which threads without work end. To start them again takes a
   tenth of a millisecond. */
#define IDLE 2
#define LINE 128

static struct {
  /* What the run is; written before `generation`. */
  share body;
  void *arguments;
  uint32_t control; /* rounding and denormals as the caller has them */
  int threads;      /* that take part, with the caller */
  int rounds;       /* of waiting awake between runs, and */
  int run_rounds;   /* in this one, as long as that helps */
  int idle;         /* whether they have ended, but nobody has joined them */
  int process;      /* which started the threads: they do not survive a fork, */
  char *page;       /* after which this is 0, where the system can do that: */
                    /* the number may be the same in another namespace */
  pthread_t workers[HSWISH_MAX_THREADS];
  struct cpus cpus;            /* that the process may use */
  int cpu[HSWISH_MAX_THREADS]; /* where each was last seen, or -1 */
  /* What threads wait for, in lines of their own. */
  _Alignas(LINE) uint32_t busy;
  _Alignas(LINE) uint32_t generation;
  _Alignas(LINE) uint32_t phase;
  _Alignas(LINE) uint32_t arrived;
  _Alignas(LINE) uint32_t sleepers;
} pool;

/*===--- The machine ------------------------------------------------------===*/

#if defined(__x86_64__)

static void relax(void) { __builtin_ia32_pause(); }

static uint32_t get_control(void) {
  return __builtin_ia32_stmxcsr() & 0xffc0; /* without what has happened */
}

static void set_control(uint32_t control) { __builtin_ia32_ldmxcsr(control); }

#elif defined(__aarch64__)

static void relax(void) { __asm__ volatile("isb" ::: "memory"); }

static uint32_t get_control(void) {
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return (uint32_t)control;
}

static void set_control(uint32_t control) {
  __asm__ volatile("msr fpcr, %0" ::"r"((uint64_t)control));
}

#endif

/* How many CPUs this process may use. */
static int count_cpus(void) {
  int count = 0;
  if (sched_getaffinity(0, sizeof pool.cpus, &pool.cpus) < 0)
    return 1;
  for (int i = 0; i < CPUS; ++i)
    count += pool.cpus.words[i / WORD] >> i % WORD & 1;
  return count;
}

/* Notes for the others where this thread is. */
static int note_place(int64_t thread) {
  int cpu = sched_getcpu();
  if (__atomic_load_n(&pool.cpu[thread], __ATOMIC_RELAXED) != cpu)
    __atomic_store_n(&pool.cpu[thread], cpu, __ATOMIC_RELAXED);
  return cpu;
}

/* The system likes to wake a thread on the CPU of another one. There each
   sleeps while the other works, so that the system sees no reason to part them:
   who finds another one where it is goes elsewhere. Ours stay there until
   somebody comes; the caller's thread may go where it could before. Returns
   whether that happened. */
static int leave_shared_place(int64_t thread) {
  int cpu = note_place(thread), shared = 0;
  struct cpus all = pool.cpus, free;
  for (int i = 0; i < pool.threads; ++i)
    shared |=
        i != thread && __atomic_load_n(&pool.cpu[i], __ATOMIC_RELAXED) == cpu;
  if (!shared || !pool.rounds)
    return 0;
  if (thread == 0 && sched_getaffinity(0, sizeof all, &all) < 0)
    return 0;
  free = all;
  for (int i = 0; i < pool.threads; ++i) {
    int taken = __atomic_load_n(&pool.cpu[i], __ATOMIC_RELAXED);
    if (taken >= 0 && taken < CPUS)
      free.words[taken / WORD] &= ~(1ul << taken % WORD);
  }
  if (sched_setaffinity(0, sizeof free, &free) < 0)
    return 0;
  if (thread == 0)
    sched_setaffinity(0, sizeof all, &all);
  note_place(thread);
  return 1;
}

/* $HSWISH_THREADS, or 0. */
static int get_wish(void) {
  const char *text = getenv("HSWISH_THREADS");
  int wish = 0;
  for (; text && *text >= '0' && *text <= '9'; ++text)
    if (wish <= HSWISH_MAX_THREADS)
      wish = wish * 10 + (*text - '0');
  return wish;
}

/*===--- Waiting ----------------------------------------------------------===*/

/* Whether `word` becomes something else than `value` in so many rounds. */
static int wait_awake(const uint32_t *word, uint32_t value, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
      return 1;
    relax();
  }
  return 0;
}

/* Until `word` is something else than `value`. */
static void wait_asleep(uint32_t *word, uint32_t value) {
  __atomic_fetch_add(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
    syscall(SYS_FUTEX, word, FUTEX_WAIT_PRIVATE, value, NULL);
  __atomic_fetch_sub(&pool.sleepers, 1, __ATOMIC_RELAXED);
}

/* Whether there is a run after the one that was `seen`, or has not been for so
   long that nobody seems to need this thread. */
static int wait_for_run(uint32_t seen) {
  if (wait_awake(&pool.generation, seen, pool.rounds))
    return 1;
  struct {
    long seconds, nanoseconds;
  } idle = {IDLE, 0};
  __atomic_fetch_add(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.generation, __ATOMIC_SEQ_CST) == seen)
    syscall(SYS_FUTEX, &pool.generation, FUTEX_WAIT_PRIVATE, seen, &idle);
  __atomic_fetch_sub(&pool.sleepers, 1, __ATOMIC_RELAXED);
  return __atomic_load_n(&pool.generation, __ATOMIC_ACQUIRE) != seen;
}

/* The next value of `word`, for all who wait for it. Who sees no sleeper here
   is seen by whoever is about to sleep. */
static void advance(uint32_t *word) {
  __atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST))
    syscall(SYS_FUTEX, word, FUTEX_WAKE_PRIVATE, HSWISH_MAX_THREADS);
}

/* Waits for somebody who has not arrived yet. If the CPU of that one is taken,
   it is not waited for awake again and again. */
static void wait_for_others(int64_t thread, uint32_t phase) {
  int rounds = __atomic_load_n(&pool.run_rounds, __ATOMIC_RELAXED);
  int patience = rounds < PATIENCE ? rounds : PATIENCE;
  if (wait_awake(&pool.phase, phase, patience))
    return;
  leave_shared_place(thread);
  if (wait_awake(&pool.phase, phase, rounds - patience))
    return;
  wait_asleep(&pool.phase, phase);
  rounds = leave_shared_place(thread) ? pool.rounds : rounds / 2;
  __atomic_store_n(&pool.run_rounds, rounds, __ATOMIC_RELAXED);
}

/* Returns when all threads of the run are here. */
void hswish_meet_threads(int64_t thread, int64_t threads) {
  if (threads == 1)
    return;
  note_place(thread);
  uint32_t phase = __atomic_load_n(&pool.phase, __ATOMIC_RELAXED);
  if (__atomic_add_fetch(&pool.arrived, 1, __ATOMIC_ACQ_REL) !=
      (uint32_t)threads) {
    wait_for_others(thread, phase);
    return;
  }
  __atomic_store_n(&pool.arrived, 0, __ATOMIC_RELAXED);
  advance(&pool.phase);
}

/*===--- Threads ----------------------------------------------------------===*/

static int acquire(void) {
  return __atomic_exchange_n(&pool.busy, 1, __ATOMIC_ACQUIRE) == 0;
}

static void release(void) { __atomic_store_n(&pool.busy, 0, __ATOMIC_RELEASE); }

/* Tells all threads to end. */
static void dismiss(void) {
  pool.body = NULL;
  if (pool.threads > 1)
    advance(&pool.generation);
}

static void join(void) {
  for (int i = 1; i < pool.threads; ++i)
    pthread_join(pool.workers[i], NULL);
}

static void *work(void *number) {
  int64_t thread = (int64_t)number;
  for (uint32_t seen = 0;;) {
    if (!wait_for_run(seen)) {
      /* Unless somebody comes just now. */
      if (acquire()) {
        dismiss();
        pool.idle = 1;
        release();
      }
      continue;
    }
    ++seen;
    if (!pool.body)
      return NULL;
    int64_t threads = pool.threads;
    leave_shared_place(thread);
    set_control(pool.control);
    pool.body(pool.arguments, thread, threads);
    hswish_meet_threads(thread, threads);
  }
}

/* Whether it was this process that started the threads. */
static int is_started(void) {
  return pool.process == getpid() && (!pool.page || *pool.page);
}

/* Has it known after a fork that this is another process. */
static void mark_process(void) {
  pool.process = getpid();
  if (!pool.page) {
    void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
      return;
    if (madvise(page, 1, MADV_WIPEONFORK) != 0) {
      munmap(page, 1);
      return;
    }
    pool.page = page;
  }
  *pool.page = 1;
}

/* As many threads as were compiled for, as $HSWISH_THREADS says, or as there
   are CPUs: whatever is less. Signals are for the threads of the program. */
static void start(int most) {
  int cpus = count_cpus(), wish = get_wish();
  int count = wish ? wish : cpus;
  if (count > most)
    count = most;
  uint64_t all = ~(uint64_t)0, before = 0;
  mark_process();
  pool.generation = pool.phase = pool.arrived = pool.sleepers = 0;
  pool.idle = 0;
  /* With more threads than CPUs, who waits is in the way of who works. */
  pool.rounds = count > cpus ? 0 : ROUNDS;
  pool.threads = 1;
  for (int i = 0; i < HSWISH_MAX_THREADS; ++i)
    pool.cpu[i] = -1;
  syscall(SYS_SIGPROCMASK, SIG_SETMASK, &all, &before, sizeof all);
  while (pool.threads < count &&
         pthread_create(&pool.workers[pool.threads], NULL, work,
                        (void *)(int64_t)pool.threads) == 0)
    ++pool.threads;
  syscall(SYS_SIGPROCMASK, SIG_SETMASK, &before, NULL, sizeof all);
}

/* A run with up to `most` threads. One that comes while another is under way
   has the caller's thread only. */
void hswish_run_threads(share body, void *arguments, int64_t most) {
  if (!acquire()) {
    body(arguments, 0, 1);
    return;
  }
  int started = is_started();
  if (started && pool.idle)
    join();
  if (!started || pool.idle)
    start((int)most);
  pool.body = body;
  pool.arguments = arguments;
  pool.control = get_control();
  pool.run_rounds = pool.rounds;
  int64_t threads = pool.threads;
  if (threads > 1) {
    note_place(0);
    advance(&pool.generation);
  }
  body(arguments, 0, threads);
  hswish_meet_threads(0, threads);
  release();
}

/* Ends the threads, unless there is a run: then the program is ending. */
void hswish_join_threads(void) {
  if (!acquire())
    return;
  if (is_started()) {
    dismiss();
    join();
  }
  pool.process = 0;
  if (pool.page)
    munmap(pool.page, 1);
  pool.page = NULL;
  release();
}
