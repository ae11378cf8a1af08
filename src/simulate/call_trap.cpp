#include "call_trap.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <ucontext.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

namespace tranche::simulate {
namespace {

constexpr char allow = 0;
constexpr char block = 1;
constexpr int dispatched = 2;  // SYS_USER_DISPATCH, which older headers lack
/// A simulator that makes calls in every sample need not pay for the signal in every one.
constexpr std::uint32_t long_streak = 4;
constexpr std::uint32_t spare = 16;

// Process-wide by nature: the kernel and the signal handler read it.
volatile char selector = allow;
/// While it is, every call takes the kernel's slow path, some 85 ns longer, whatever the selector says.
volatile bool dispatching = false;

bool dispatch(bool on) {
  const bool done = ::prctl(PR_SET_SYSCALL_USER_DISPATCH, on ? PR_SYS_DISPATCH_ON : PR_SYS_DISPATCH_OFF, 0L,
                            0L, on ? &selector : nullptr) == 0;
  if (done) dispatching = on;
  return done;
}

#if defined(__x86_64__)
constexpr greg_t call_instruction_bytes = 2;

extern "C" void let_through(int signal, siginfo_t* info, void* context) {
  if (info->si_code != dispatched) {  // a SIGSYS of somebody else's
    selector = allow;
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    return;
  }
  selector = allow;
  dispatch(false);  // the calls after this one are made at full speed
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] -= call_instruction_bytes;
}
#endif

}  // namespace

CallTrap::CallTrap() noexcept {
#if defined(__x86_64__)
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = let_through;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  struct sigaction present {};
  ::sigaction(SIGSYS, nullptr, &present);
  const bool ours = present.sa_handler == SIG_DFL;  // else tranche_open has use for it
  available_ = ours && dispatch(true) && ::sigaction(SIGSYS, &action, nullptr) == 0;
#endif
}

void CallTrap::arm() noexcept {
  armed_ = available_ && (streak_ < long_streak || ++spared_ % spare == 0) && (dispatching || dispatch(true));
  if (armed_) selector = block;
}

bool CallTrap::disarm() noexcept {
  if (!armed_) return true;
  const bool called = selector == allow;
  selector = allow;
  streak_ = called ? streak_ + 1 : 0;
  return called;
}

void CallTrap::lift() noexcept {
  selector = allow;
}

}  // namespace tranche::simulate
