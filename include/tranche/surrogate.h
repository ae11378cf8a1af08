/** \file
 * Surrogates of tranche: parameters in, spectra out. C ABI 1; link with -ltranche_surrogate.
 *
 *   tranche_surrogate* s;
 *   if (tranche_surrogate_open("models/best/surrogate.h5", 0, NULL, &s) != TRANCHE_SURROGATE_OK)
 *     puts(tranche_surrogate_error());
 *   const tranche_surrogate_info* info = tranche_surrogate_describe(s);
 *   double* y = malloc(info->n_points * sizeof *y);
 *   tranche_surrogate_evaluate(s, 1, x, 0, y, NULL, NULL);
 *   tranche_surrogate_close(s);
 *
 * Threads: any number may call tranche_surrogate_evaluate and _expand on one handle at the same time. Opening takes its
 * turn among threads (HDF5 does not like company: a program that uses HDF5 in other threads keeps them still meanwhile).
 * Nobody may use a handle while or after it is closed. Nothing is allocated by an evaluation but in a thread's first.
 *
 * Every struct begins with its size in bytes. Later libraries append members: read one only if it lies within `size`.
 *
 * The environment variable TRANCHE_SURROGATE_CPU (plain, avx2, avx512) chooses instructions; the fastest otherwise.
 *
 * This header is C99 and valid C++; for Fortran see the example in the documentation.
 */
#ifndef TRANCHE_SURROGATE_H
#define TRANCHE_SURROGATE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANCHE_SURROGATE_ABI 1u

/** What functions return; the same numbers as tranche's exit codes. */
enum {
  TRANCHE_SURROGATE_OK = 0,
  TRANCHE_SURROGATE_UNEXPECTED = 1, /**< no memory, or a bug */
  TRANCHE_SURROGATE_USAGE = 2,      /**< an argument, a binding, or a file of a later format */
  TRANCHE_SURROGATE_IO = 7,         /**< the file cannot be opened or read */
  TRANCHE_SURROGATE_DAMAGED = 8     /**< the file is no surrogate, or not all of it */
};

/** Options of tranche_surrogate_evaluate, added together. */
enum {
  TRANCHE_SURROGATE_LINEAR = 1 /**< values in the output's own unit where log10 is stored */
};

/** Flags of a point. Bit k < 62: input k of the network lies outside its range (62: or one after it). */
#define TRANCHE_SURROGATE_OUTSIDE(k) ((uint64_t)1 << ((k) < 62 ? (k) : 62))
/** A constraint of the campaign excludes the point: nothing like it was simulated. */
#define TRANCHE_SURROGATE_EXCLUDED ((uint64_t)1 << 63)

typedef struct tranche_surrogate tranche_surrogate;

/** One number that goes in. */
typedef struct tranche_surrogate_input {
  size_t size;
  const char* name;
  const char* unit;  /**< UDUNITS-2 string; empty for a name that only formulas use */
  const char* scale; /**< linear, log, integer, levels; empty for a name that only formulas use */
  double lo;         /**< range in the campaign; NaN for a name that only formulas use */
  double hi;
} tranche_surrogate_input;

/** What the values are tabulated on. */
typedef struct tranche_surrogate_axis {
  size_t size;
  const char* name;
  const char* unit;
  size_t n;
  const double* values;
} tranche_surrogate_axis;

/** Absolute errors on the hold-out, in the units of the stored values (dex where log10 is stored). */
typedef struct tranche_surrogate_accuracy {
  size_t size;
  double r2;
  double mean;
  double median;
  double p95;
  double p99;
  double max;
} tranche_surrogate_accuracy;

/** Fixed facts of a handle. Everything stays valid until it is closed. */
typedef struct tranche_surrogate_info {
  size_t size;
  size_t n_inputs; /**< numbers a caller gives for each point */
  const tranche_surrogate_input* inputs;
  size_t n_network_inputs; /**< numbers the network takes: more or fewer if some are fixed or linked */
  const tranche_surrogate_input* network_inputs;
  const char* output;
  const char* unit;  /**< of the output itself */
  int log10;         /**< 1: stored values are log10 of the output */
  size_t n_points;   /**< values of one prediction */
  size_t n_axes;     /**< in C order, slowest first; their lengths' product is n_points */
  const tranche_surrogate_axis* axes;
  size_t members;    /**< of the ensemble */
  double coverage_1; /**< share of hold-out errors within one error bar, and within two; NaN with one member */
  double coverage_2;
  tranche_surrogate_accuracy accuracy;
  size_t n_constraints;
  const char* const* constraints; /**< of the campaign, as written there */
  size_t n_unchecked;             /**< of these: name what the file does not carry, so flag nothing */
  const char* provenance;         /**< lines `name: value` */
  const char* cpu;                /**< plain, avx2, avx512 */
} tranche_surrogate_info;

#if defined(__GNUC__)
#define TRANCHE_SURROGATE_API __attribute__((visibility("default")))
#else
#define TRANCHE_SURROGATE_API
#endif

/** The ABI the library was built for: TRANCHE_SURROGATE_ABI. */
TRANCHE_SURROGATE_API unsigned tranche_surrogate_abi(void);

/**
 * Reads a surrogate.h5. bindings: n_bindings texts NAME=FORMULA that fix inputs or link them to others and to new names
 * ("z=0.031", "R=2.998e10*t_var*delta/(1+z)"); the inputs of the handle are what remains to be given.
 * *surrogate is NULL unless it returns TRANCHE_SURROGATE_OK.
 */
TRANCHE_SURROGATE_API int tranche_surrogate_open(const char* path, size_t n_bindings, const char* const* bindings,
                                                 tranche_surrogate** surrogate);

/** NULL is no error. */
TRANCHE_SURROGATE_API void tranche_surrogate_close(tranche_surrogate* surrogate);

/** What went wrong in this thread's last call that did not return TRANCHE_SURROGATE_OK; valid until its next call. */
TRANCHE_SURROGATE_API const char* tranche_surrogate_error(void);

/** Never NULL for a handle that was opened. */
TRANCHE_SURROGATE_API const tranche_surrogate_info* tranche_surrogate_describe(const tranche_surrogate* surrogate);

/**
 * x: n rows of n_inputs numbers, in the units of the inputs. values: room for n rows of n_points.
 * errors: NULL, or as much room again; one standard error of the stored values (dex where log10 is stored), whatever
 * the options; NaN with one member. flags: NULL, or room for n. Points outside the ranges are evaluated as well.
 */
TRANCHE_SURROGATE_API int tranche_surrogate_evaluate(const tranche_surrogate* surrogate, size_t n, const double* x,
                                                     unsigned options, double* values, double* errors,
                                                     uint64_t* flags);

/** What the network gets for each point: n rows of n_network_inputs numbers. */
TRANCHE_SURROGATE_API int tranche_surrogate_expand(const tranche_surrogate* surrogate, size_t n, const double* x,
                                                   double* network_inputs);

#ifdef __cplusplus
}
#endif

#endif
