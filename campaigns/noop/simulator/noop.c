/* A simulator that costs next to nothing: for benches and for tests of everything around a simulator.
 * Each output element is a cheap, bitwise pure function of the inputs, the sample's index and the
 * element's position, positive and of order one, so that digests mean something. */
#include <string.h>

#include "tranche/plugin.h"

/* Any good mixing of 64 bits will do; this is the finaliser of splitmix64. */
static uint64_t mix(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

static uint64_t digest_of(const tranche_task* task) {
  uint64_t digest = mix(task->index);
  for (size_t k = 0; k < task->nx; ++k) {
    uint64_t bits;
    memcpy(&bits, &task->x[k], sizeof bits);
    digest = mix(digest ^ bits);
  }
  return digest;
}

uint32_t tranche_abi(void) {
  return TRANCHE_ABI;
}

/* The state is the info itself: it stays valid for the life of the process. */
int tranche_open(const tranche_info* info, void* shared, void** state) {
  (void)shared;
  *state = (void*)info;
  return 0;
}

int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  const tranche_info* info = (const tranche_info*)state;
  uint64_t digest = digest_of(task);
  for (size_t k = 0; k < info->n_outputs; ++k) {
    for (size_t i = 0; i < info->outputs[k].n; ++i) {
      digest = digest * 6364136223846793005u + 1442695040888963407u;
      /* 52 random bits below the exponent of 1.0: a number in [1, 2). */
      const uint64_t bits = 0x3ff0000000000000u | (digest >> 12);
      memcpy(&out[k][i], &bits, sizeof bits);
    }
  }
  for (size_t k = 0; k < result->n_meta; ++k) result->meta[k] = (double)(task->index % 1000u);
  return TRANCHE_OK;
}
