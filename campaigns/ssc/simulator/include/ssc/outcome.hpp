/// \file
/// The ways a computation can end without a spectrum.
#pragma once

#include <string>

namespace ssc {

enum class Reason {
  bad_parameter,    ///< not finite or outside the hard limits
  empty_injection,  ///< no electrons to inject: gamma_max far below gamma_min
  not_converged,    ///< iteration cap reached
  runaway,          ///< overflow, Compton catastrophe or pair cascade
  energy_budget,    ///< radiated, escaping and leaving power do not add up to the injected power
  truncated         ///< the spectrum does not fit on the frequency grid
};

/// The word a campaign counts failures by, [a-z_].
char const* reason_name(Reason reason) noexcept;

/// True if the input itself has no spectrum: trying again or iterating longer cannot help.
bool is_bad_point(Reason reason) noexcept;

struct Failure {
  Reason reason;
  std::string message;  ///< one line with the numbers that decided
};

}  // namespace ssc
