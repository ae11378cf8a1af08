#include "tranche/campaign/command.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "tranche/campaign/spec.hpp"

namespace tranche::campaign {
namespace {

deck::Kind kind_of(const Parameter& parameter) {
  if (std::holds_alternative<Levels>(parameter.domain)) return deck::Kind::level;
  return std::holds_alternative<IntegerRange>(parameter.domain) ? deck::Kind::whole : deck::Kind::real;
}

bool is_whole(double value) {
  return std::floor(value) == value && std::abs(value) < 0x1p53;
}

}  // namespace

std::string link_name(const std::string& file) {
  auto path = std::filesystem::path{file}.lexically_normal();
  if (path.filename().empty()) path = path.parent_path();  // a folder written with a slash
  return path.is_absolute() ? path.filename().string() : path.string();
}

bool may_pass(std::string_view reason) noexcept {
  return std::ranges::find(passing_failures, reason) != passing_failures.end();
}

std::vector<deck::Name> placeholder_names(const CampaignSpec& spec) {
  using deck::Kind;
  std::vector<deck::Name> names;
  for (const auto& parameter : spec.parameters) names.push_back({parameter.name, kind_of(parameter)});
  for (const auto& constant : spec.constants)
    names.push_back({constant.name, is_whole(constant.value) ? Kind::whole : Kind::real});
  for (const auto& derived : spec.derived) names.push_back({derived.name, Kind::real});
  for (const char* name : {"index", "stage", "attempt"}) names.push_back({name, Kind::whole});
  for (const char* name : {"seed", "rundir", "campaign"}) names.push_back({name, Kind::text});
  for (const char* name : {"ranks", "threads"}) names.push_back({name, Kind::whole});
  return names;
}

}  // namespace tranche::campaign
