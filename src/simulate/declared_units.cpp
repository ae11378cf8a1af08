#include "declared_units.hpp"

#include <algorithm>

namespace tranche::simulate {
namespace {

/// Tables and .npy have no place for a unit.
bool may_name_unit(const campaign::Output& output) {
  using Kind = campaign::ReadSpec::Kind;
  if (!output.read) return false;
  const auto kind = output.read->kind;
  return kind == Kind::key || kind == Kind::json || kind == Kind::hdf5;
}

}  // namespace

DeclaredUnits::DeclaredUnits(const campaign::CampaignSpec& spec) : spec_{spec} {
  if (std::ranges::any_of(spec.outputs, may_name_unit)) system_.emplace();
}

std::optional<std::string> DeclaredUnits::mismatch(std::size_t k, const std::string& found) const {
  const auto& output = spec_.outputs[k];
  if (found.empty() || !system_ || system_->parse_error(found)) return std::nullopt;
  // Behind a key stands what people like to write: a unit only where one is expected.
  if (output.read->kind == campaign::ReadSpec::Kind::key && output.unit == "1") return std::nullopt;
  const auto theirs = system_->parse(found);
  const auto ours = system_->parse(output.unit);
  if (theirs.equals(ours)) return std::nullopt;
  const auto place = output.where.line > 0 ? " (line " + std::to_string(output.where.line) + ")" : "";
  return "its unit is `" + found + "`, and campaign.yaml" + place + " says `" + output.unit + "`, " +
         (theirs.convertible_to(ours) ? "the same quantity in other numbers"
                                      : "which measures something else") +
         "; write unit: " + found + ", or correct the program";
}

}  // namespace tranche::simulate
