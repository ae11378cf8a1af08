#include "ssc/outcome.hpp"

namespace ssc {

char const* reason_name(Reason reason) noexcept {
  switch (reason) {
    case Reason::bad_parameter:
      return "bad_parameter";
    case Reason::empty_injection:
      return "empty_injection";
    case Reason::not_converged:
      return "not_converged";
    case Reason::runaway:
      return "runaway";
    case Reason::energy_budget:
      return "energy_budget";
    case Reason::truncated:
      return "truncated";
  }
  return "unknown";
}

bool is_bad_point(Reason reason) noexcept {
  return reason == Reason::bad_parameter || reason == Reason::empty_injection;
}

}  // namespace ssc
