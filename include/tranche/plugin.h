/** \file
 * tranche plug-in interface, C ABI 1.
 *
 * A plug-in is a shared library that computes one sample at a time. It exports
 *
 *   tranche_abi    required   which ABI it was built for
 *   tranche_load   optional   once per node, before any slot exists: read tables, build shared data
 *   tranche_open   optional   once per slot (one slot = one process)
 *   tranche_eval   required   once per sample
 *   tranche_close  optional   once per slot, at an orderly end
 *
 * Memory made in tranche_load is shared by all slots copy-on-write (the slots are forked from the
 * process that ran it), so tranche_load must not start threads. A slot calls tranche_eval from one
 * thread. A sample that crashes, hangs or calls exit() costs that sample only.
 *
 * Every struct begins with its size in bytes, set by the host. Later hosts append fields; a plug-in
 * may read a field only if it lies within `size`. Pointers in tranche_info stay valid for the life
 * of the process; those in tranche_task and tranche_result until tranche_eval returns.
 *
 * This header is C99, and valid C++ and ISO_C_BINDING Fortran can mirror it.
 */
#ifndef TRANCHE_PLUGIN_H
#define TRANCHE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANCHE_ABI 1u

/** What tranche_eval returns. Anything else counts as failed, with the reason `error`. */
enum {
  TRANCHE_OK = 0,        /**< every output was filled */
  TRANCHE_FAILED = 1,    /**< the model failed here; see tranche_result.reason. May be retried. */
  TRANCHE_BAD_POINT = 2  /**< the model has no meaning here (state `invalid`). Never retried. */
};

/** One coordinate that outputs are tabulated on, e.g. frequency. */
typedef struct tranche_axis {
  size_t size;
  const char* name;
  const char* unit;     /**< UDUNITS-2 string */
  size_t n;             /**< number of points */
  const double* values; /**< n values, in `unit` */
} tranche_axis;

/** One output array: C order, its axes as declared in campaign.yaml. */
typedef struct tranche_output {
  size_t size;
  const char* name;
  const char* unit;
  size_t n;              /**< number of elements: product of the axis lengths, 1 for a scalar */
  size_t n_axes;
  const uint32_t* axes;  /**< n_axes positions in tranche_info.axes, slowest first */
} tranche_output;

/** Fixed facts of the campaign. */
typedef struct tranche_info {
  size_t size;
  uint32_t abi;                   /**< ABI of the host */
  uint32_t slot;                  /**< slot on this node, from 0; 0 in tranche_load */
  uint32_t threads;               /**< resources.threads of campaign.yaml */
  size_t n_x;                     /**< length of tranche_task.x */
  const char* const* x_names;     /**< parameters, constants, derived, in declared order */
  size_t n_axes;
  const tranche_axis* axes;
  size_t n_outputs;
  const tranche_output* outputs;
  size_t n_meta;                  /**< numbers a run may report beside its outputs */
  const char* const* meta_names;  /**< as listed under `meta` in campaign.yaml */
  const char* campaign_dir;       /**< absolute path; read-only for plug-ins */
  char* message;                  /**< tranche_load and tranche_open explain a failure here */
  size_t message_size;            /**< bytes in message, terminating zero included */
} tranche_info;

/** One sample to compute. */
typedef struct tranche_task {
  size_t size;
  uint64_t index;     /**< design index */
  uint32_t stage;     /**< from 1 */
  uint32_t attempt;   /**< from 0 */
  uint64_t seed;      /**< for random numbers: differs per sample, same for every attempt and host */
  double deadline_s;  /**< wall seconds until the run is killed; infinity without a timeout */
  const char* rundir; /**< private scratch directory of the slot */
  const double* x;    /**< n_x values: parameters, constants, derived */
  size_t nx;
} tranche_task;

/** What a run says beside its outputs. Zeroed (meta: NaN) before tranche_eval. */
typedef struct tranche_result {
  size_t size;
  char reason[64];    /**< one word, [a-z0-9_]: failures are counted by it */
  char message[512];  /**< one line for people */
  size_t n_meta;
  double* meta;       /**< n_meta numbers, in the order of tranche_info.meta_names */
} tranche_result;

/** Must return TRANCHE_ABI. */
uint32_t tranche_abi(void);

/** Once per node. Returns 0, or another number with info->message filled. `*shared` goes to every
 * tranche_open. */
int tranche_load(const tranche_info* info, void** shared);

/** Once per slot. Returns 0, or another number with info->message filled. `*state` goes to every
 * tranche_eval of this slot. */
int tranche_open(const tranche_info* info, void* shared, void** state);

/** Computes one sample. `out[k]` has room for `info->outputs[k].n` doubles, NaN at entry.
 * Returns TRANCHE_OK, TRANCHE_FAILED or TRANCHE_BAD_POINT. */
int tranche_eval(void* state, const tranche_task* task, double* const* out, tranche_result* result);

/** Once per slot, at an orderly end. */
void tranche_close(void* state);

#ifdef __cplusplus
}
#endif
#endif
