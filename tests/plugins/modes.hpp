/// \file
/// What the hostile plug-in can be asked to do: the first element of x. The second is `value`.
#pragma once

namespace tranche::test {

enum class Mode {
  ok,
  failed,  ///< with reason and message that need cleaning
  failed_silently,
  failed_on_stderr,  ///< says why on stderr only
  bad_point,
  odd_return,
  nan,
  negative,
  segfault,
  stack_overflow,
  abort,
  divide,
  exit_zero,
  exit_three,
  hang,  ///< without using the CPU
  spin,
  touch,         ///< mallocs and touches until malloc fails, then uses the null pointer
  touch_shared,  ///< the same with shared mappings, which RLIMIT_DATA does not count
  huge_malloc,
  huge_new,
  throws,
  throws_int,
  overrun,       ///< writes behind the last output
  flood_stdout,  ///< 10 MiB
  flood_stderr,  ///< 10 MiB, then fails
  change_surroundings,
  close_descriptors,
  report_surroundings,  ///< first output: 0 if cwd, umask, signal mask, rounding, stderr are as they should
                        ///< be
  sigkill,
  sigterm,
  fork_returns,  ///< both sides of a fork return from tranche_eval
  leave_child,   ///< leaves a child behind and aborts
  slow,          ///< sleeps `value` milliseconds
  report_environment,
  big_then_free  ///< touches 64 MiB for a moment
};

}  // namespace tranche::test
