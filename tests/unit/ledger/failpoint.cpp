// This program's own failpoint(), in place of the empty one.
#include "tranche/base/failpoint.hpp"

#include "support.hpp"

namespace tranche {

void failpoint(std::string_view name) {
  const auto& act = ledger::test::at_mid_commit();
  if (name == "mid-commit" && act) act();
}

}  // namespace tranche

std::function<void()>& tranche::ledger::test::at_mid_commit() {
  static std::function<void()> act;
  return act;
}
