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
  report_surroundings,  ///< first output: 0 if everything is as a sample may expect it
  sigkill,
  sigterm,
  fork_returns,  ///< both sides of a fork return from tranche_eval
  leave_child,   ///< leaves a child behind and aborts
  slow,          ///< sleeps `value` milliseconds
  report_environment,
  big_then_free,  ///< touches 64 MiB for a moment
  infinite,
  subnormal,        ///< outputs that a flushing floating-point mode would make zero
  fork_bomb,        ///< processes that fork, up to 1500 in all
  escaping_bomb,    ///< the same, each in a session of its own
  thread_bomb,      ///< 2000 sleeping threads
  underrun,         ///< writes before its first output
  overrun_between,  ///< writes behind the first output, which is not the last
  scribble,         ///< fills all memory shared with tranche
  scribble_crash,   ///< the same, then crashes
  scribble_hang,    ///< the same, then hangs
  forge_count,      ///< counts itself as finished before it is, and lingers
  become_program,   ///< exec of one that ends at once
  thread_exit,      ///< pthread_exit
  leave_thread,     ///< a thread that never ends
  stop_itself,      ///< SIGSTOP
  terminate,
  throws_through_c,
  leave_alarm,     ///< a timer that ends the process 50 ms later
  leave_helper,    ///< a child that never ends
  leave_daemon,    ///< a grandchild in a session of its own that never ends
  leak,            ///< 30 MiB, every time
  deaf_hang,       ///< all signals blocked and ignored
  close_standard,  ///< stdin, stdout and stderr redirected to other files
  scribble_later,  ///< leaves a thread that fills the shared memory 20 ms after the sample has ended
  own_handlers,    ///< survives SIGSEGV and SIGSYS by handlers of its own, on a stack it then takes away
  held,            ///< waits until the campaign's directory has a file `go`
};

}  // namespace tranche::test
