/* A damped oscillation: the code of tranche's starter campaign, and a pattern for your own.
 *
 * x arrives in the order of campaign.yaml: parameters, then constants, then derived values.
 * Outputs leave in the order of campaign.yaml, each an array over its axes. */
#include <math.h>
#include <stdio.h>

#include "tranche/plugin.h"

/* Places in task->x. */
enum { FREQUENCY, DAMPING, AMPLITUDE, MASS, QUALITY };
/* Places in out. */
enum { SIGNAL, ENERGY };

static const double pi = 3.14159265358979323846;

/* Kept by the process from one sample to the next. */
static const tranche_axis* time_axis;

uint32_t tranche_abi(void) {
  return TRANCHE_ABI;
}

/* Once per process. Returning something else than 0 ends the run with the message. */
int tranche_open(const tranche_info* info, void* shared, void** state) {
  (void)shared;
  (void)state;
  if (info->n_axes != 1 || info->n_outputs != 2) {
    snprintf(info->message, info->message_size, "the oscillator needs one axis and two outputs");
    return 1;
  }
  time_axis = &info->axes[0];
  return 0;
}

/* Once per sample. A crash or an endless loop in here costs this sample only. */
int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result) {
  (void)state;
  const double rate = task->x[DAMPING];
  const double omega0 = 2 * pi * task->x[FREQUENCY];
  const double omega_squared = omega0 * omega0 - rate * rate;
  if (omega_squared <= 0) {
    snprintf(result->reason, sizeof result->reason, "overdamped");
    snprintf(result->message, sizeof result->message, "no oscillation with quality %g", task->x[QUALITY]);
    return TRANCHE_BAD_POINT;
  }
  const double omega = sqrt(omega_squared);
  for (size_t k = 0; k < time_axis->n; ++k) {
    const double t = time_axis->values[k];
    out[SIGNAL][k] = task->x[AMPLITUDE] * exp(-rate * t) * cos(omega * t);
  }
  out[ENERGY][0] = 0.5 * task->x[MASS] * pow(omega0 * task->x[AMPLITUDE], 2);
  return TRANCHE_OK;
}
