/* One spectrum from a surrogate, in C99.
 *
 *   cc -std=c99 -O2 predict.c -o predict -ltranche_surrogate
 *   ./predict surrogate.h5 10 1e16 0.1 2.5 100 1e6 1e44
 *
 * Numbers in the order in which the surrogate names them; without any it says what it wants. Prints axis and value.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <tranche/surrogate.h>

static int fail(int code) {
  fprintf(stderr, "predict: %s\n", tranche_surrogate_error());
  return code;
}

static void say_inputs(const tranche_surrogate_info* info) {
  fprintf(stderr, "needs %zu numbers:\n", info->n_inputs);
  for (size_t k = 0; k < info->n_inputs; ++k)
    fprintf(stderr, "  %s  [%g, %g] %s\n", info->inputs[k].name, info->inputs[k].lo, info->inputs[k].hi,
            info->inputs[k].unit);
}

static void warn(const tranche_surrogate_info* info, uint64_t flags) {
  for (size_t k = 0; k < info->n_network_inputs; ++k)
    if (flags & TRANCHE_SURROGATE_OUTSIDE(k))
      fprintf(stderr, "%s lies outside what was simulated\n", info->network_inputs[k].name);
  if (flags & TRANCHE_SURROGATE_EXCLUDED) fprintf(stderr, "a constraint of the campaign excludes this point\n");
}

int main(int argc, char** argv) {
  if (argc < 2) {
    fprintf(stderr, "predict SURROGATE NUMBER...\n");
    return 2;
  }
  tranche_surrogate* surrogate;
  int code = tranche_surrogate_open(argv[1], 0, NULL, &surrogate);
  if (code != TRANCHE_SURROGATE_OK) return fail(code);
  const tranche_surrogate_info* info = tranche_surrogate_describe(surrogate);
  if ((size_t)argc - 2 != info->n_inputs) {
    say_inputs(info);
    tranche_surrogate_close(surrogate);
    return 2;
  }
  double* x = malloc(info->n_inputs * sizeof *x);
  double* y = malloc(info->n_points * sizeof *y);
  uint64_t flags = 0;
  if (x == NULL || y == NULL) return 1;
  for (size_t k = 0; k < info->n_inputs; ++k) x[k] = strtod(argv[k + 2], NULL);
  code = tranche_surrogate_evaluate(surrogate, 1, x, 0, y, NULL, &flags);
  if (code == TRANCHE_SURROGATE_OK) {
    warn(info, flags);
    for (size_t k = 0; k < info->n_points; ++k)
      printf("%.17g %.17g\n", info->n_axes == 1 ? info->axes[0].values[k] : (double)k, y[k]);
  } else {
    code = fail(code);
  }
  free(x);
  free(y);
  tranche_surrogate_close(surrogate);
  return code;
}
