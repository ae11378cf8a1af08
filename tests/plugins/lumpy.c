/* A well-behaved model for the kill tests: 0.1 to some 10 ms of arithmetic a sample, a share of failures,
 * all of it a pure function of the parameters. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tranche/plugin.h"

uint32_t tranche_abi(void) { return TRANCHE_ABI; }

static const tranche_info* facts;

int tranche_open(const tranche_info* info, void* shared, void** state) {
  (void)shared;
  facts = info;
  *state = NULL;
  return 0;
}

int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  (void)state;
  const double work = task->x[0];
  const double phase = task->x[1];
  double sum = 0;
  const long steps = (long)(2000.0 * pow(50.0, work));
  for (long k = 1; k <= steps; ++k) sum += sin(phase * (double)k) / (double)k;
  if (phase > 2.8) {
    strcpy(result->reason, "out_of_phase");
    snprintf(result->message, sizeof result->message, "phase %.6f > 2.8 after %ld steps", phase, steps);
    return TRANCHE_FAILED;
  }
  if (work < 0.01) return TRANCHE_BAD_POINT;
  for (size_t o = 0; o < facts->n_outputs; ++o)
    for (size_t k = 0; k < facts->outputs[o].n; ++k) out[o][k] = exp(sum * cos((double)k * phase) - work);
  if (result->n_meta > 0) result->meta[0] = (double)steps;
  return TRANCHE_OK;
}
