#include "tranche/base/errors.hpp"

namespace tranche {
namespace {

std::string summary(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.what;
  }
  return text;
}

}  // namespace

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error{summary(problems)}, problems_{std::move(problems)} {}

void ensure(bool holds, const char* promise) {
  if (!holds) throw ContractError{promise};
}

}  // namespace tranche
