/* Plug-ins that must be refused; BROKEN says how. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tranche/plugin.h"

#define NO_EVAL 1
#define WRONG_ABI 2
#define LOAD_FAILS 3
#define LOAD_CRASHES 4
#define LOAD_HANGS 5
#define OPEN_FAILS 6
#define OPEN_CRASHES 7
#define LOAD_EXITS 8
#define OPEN_HANGS 9
#define LOAD_ABORTS 10
#define LOAD_SEGFAULTS 11
#define OPEN_SEGFAULTS 12
#define OPEN_EXITS 13
#define OPEN_OVERFLOWS 14

static int deeper(volatile char* above) {
  volatile char here[4096];
  here[0] = above[0];
  return above[0] == 77 ? 0 : deeper(here) + here[0];
}

static void write_to_nowhere(void) { *(volatile int*)(BROKEN == LOAD_HANGS) = 1; }

uint32_t tranche_abi(void) {
  return BROKEN == WRONG_ABI ? 99u : TRANCHE_ABI;
}

int tranche_load(const tranche_info* info, void** shared) {
  (void)shared;
  if (BROKEN == LOAD_FAILS) {
    snprintf(info->message, info->message_size, "table.dat is missing");
    return 1;
  }
  if (BROKEN == LOAD_CRASHES) {
    fprintf(stderr, "reading a table that is not there\n");
    raise(SIGSEGV);
  }
  if (BROKEN == LOAD_ABORTS) {
    fprintf(stderr, "no tables, no work\n");
    abort();
  }
  if (BROKEN == LOAD_SEGFAULTS) write_to_nowhere();
  if (BROKEN == LOAD_EXITS) exit(4);
  if (BROKEN == LOAD_HANGS) {
    for (;;) pause();
  }
  return 0;
}

int tranche_open(const tranche_info* info, void* shared, void** state) {
  (void)shared;
  (void)state;
  if (BROKEN == OPEN_FAILS) {
    snprintf(info->message, info->message_size, "no licence");
    return 5;
  }
  if (BROKEN == OPEN_CRASHES) {
    fprintf(stderr, "about to fall over\n");
    abort();
  }
  if (BROKEN == OPEN_SEGFAULTS) write_to_nowhere();
  if (BROKEN == OPEN_EXITS) exit(9);
  if (BROKEN == OPEN_OVERFLOWS) {
    volatile char top[1] = {0};
    return deeper(top);
  }
  if (BROKEN == OPEN_HANGS) {
    for (;;) pause();
  }
  return 0;
}

#if BROKEN != NO_EVAL
int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  (void)state;
  (void)task;
  (void)out;
  (void)result;
  return TRANCHE_OK;
}
#endif
