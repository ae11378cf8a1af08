/* surrogate_calls FILE CALLS BATCH: microseconds of one spectrum (median and 10th percentile of so many calls by the
 * clock), microseconds of one by CPU time, and spectra a second of CPU time in batches. One line. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tranche/surrogate.h>

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a;
  const double y = *(const double*)b;
  return (x > y) - (x < y);
}

/* Points across the ranges, each input at its own pace. */
static void fill(const tranche_surrogate_info* info, size_t n, double* x) {
  for (size_t row = 0; row < n; ++row)
    for (size_t k = 0; k < info->n_inputs; ++k) {
      const tranche_surrogate_input* input = &info->inputs[k];
      const double share = fmod((double)(row + 1) * (0.618 + 0.1 * (double)k), 1);
      x[row * info->n_inputs + k] = input->scale[1] == 'o' ? input->lo * pow(input->hi / input->lo, share)
                                                           : input->lo + share * (input->hi - input->lo);
    }
}

int main(int argc, char** argv) {
  tranche_surrogate* surrogate;
  if (argc < 4 || tranche_surrogate_open(argv[1], 0, NULL, &surrogate) != TRANCHE_SURROGATE_OK) {
    fprintf(stderr, "surrogate_calls FILE CALLS BATCH: %s\n", tranche_surrogate_error());
    return 1;
  }
  const size_t calls = (size_t)atol(argv[2]);
  const size_t batch = (size_t)atol(argv[3]);
  const tranche_surrogate_info* info = tranche_surrogate_describe(surrogate);
  const size_t rows = calls > batch ? calls : batch;
  double* x = malloc(rows * info->n_inputs * sizeof *x);
  double* y = malloc(batch * info->n_points * sizeof *y);
  double* times = malloc(calls * sizeof *times);
  if (x == NULL || y == NULL || times == NULL) return 1;
  fill(info, rows, x);
  for (size_t k = 0; k < 100; ++k) tranche_surrogate_evaluate(surrogate, 1, x, 0, y, NULL, NULL);
  const double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
  for (size_t k = 0; k < calls; ++k) {
    const double start = now(CLOCK_MONOTONIC);
    tranche_surrogate_evaluate(surrogate, 1, x + k * info->n_inputs, 0, y, NULL, NULL);
    times[k] = now(CLOCK_MONOTONIC) - start;
  }
  const double single = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)calls;
  qsort(times, calls, sizeof *times, compare);
  const double begin = now(CLOCK_PROCESS_CPUTIME_ID);
  size_t done = 0;
  while (done < 20000 || now(CLOCK_PROCESS_CPUTIME_ID) - begin < 0.5) {
    tranche_surrogate_evaluate(surrogate, batch, x, 0, y, NULL, NULL);
    done += batch;
  }
  const double rate = (double)done / (now(CLOCK_PROCESS_CPUTIME_ID) - begin);
  printf("%s %.2f %.2f %.2f %.0f\n", info->cpu, 1e6 * times[calls / 2], 1e6 * times[calls / 10], 1e6 * single, rate);
  tranche_surrogate_close(surrogate);
  return 0;
}
