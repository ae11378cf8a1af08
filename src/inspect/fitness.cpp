#include "tranche/inspect/fitness.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace tranche::inspect {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> names{"ok", "warn", "FAIL"};

Fitness fitness_called(const std::string& name) {
  if (name == names[0]) return Fitness::ok;
  return name == names[1] ? Fitness::warn : Fitness::fail;
}

}  // namespace

std::string_view to_string(Fitness fitness) {
  return names[static_cast<std::size_t>(fitness)];
}

std::string to_json_text(const std::vector<FitnessCheck>& checks) {
  auto array = Json::array();
  for (const auto& check : checks)
    array.push_back({{"name", check.name},
                     {"fitness", to_string(check.fitness)},
                     {"text", check.text},
                     {"advice", check.advice}});
  return array.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<FitnessCheck> fitness_from_json(const std::string& text) {
  std::vector<FitnessCheck> checks;
  const auto array = Json::parse(text, nullptr, false);
  if (!array.is_array()) return checks;
  for (const auto& item : array)
    if (item.is_object())
      checks.push_back({item.value("name", ""), fitness_called(item.value("fitness", "")),
                        item.value("text", ""), item.value("advice", "")});
  return checks;
}

}  // namespace tranche::inspect
