#include "tranche/readout/json.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "tranche/readout/numbers.hpp"

namespace tranche::readout {
namespace {

using Json = nlohmann::json;

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  const auto first = text.find_first_not_of("+-");
  const bool word =
      first != std::string::npos && (text[first] < '0' || text[first] > '9') && text[first] != '.';
  return word ? read_number(text) : std::nullopt;
}

/// The place of the first value that is no number; empty if there is none.
std::string collect(const Json& value, const std::string& path, Numbers& numbers) {
  if (value.is_array()) {
    for (std::size_t k = 0; k < value.size(); ++k)
      if (auto bad = collect(value[k], path + "/" + std::to_string(k), numbers); !bad.empty()) return bad;
    return {};
  }
  const auto number = number_of(value);
  if (number) numbers.push_back(*number);
  return number ? std::string{}
                : path + " is " + shown(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Of an object with a value; empty if it names none.
std::string unit_of(const Json& object) {
  for (const char* key : {"unit", "units"})
    if (object.contains(key) && object.at(key).is_string()) return object.at(key).get<std::string>();
  return {};
}

}  // namespace

Result<Numbers> read_json(std::string_view text, std::string_view pointer, std::string_view file,
                          std::string* unit) {
  const std::string name{file};
  Json::json_pointer where;
  try {
    where = Json::json_pointer{std::string{pointer}};
  } catch (const Json::exception& error) {
    return Fault{"parse", name + ": " + std::string{pointer} + " is no JSON pointer"};
  }
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    return Fault{"parse", name + ": not JSON at byte " + std::to_string(error.byte)};
  }
  if (!document.contains(where)) return Fault{"no_output", name + ": there is no " + std::string{pointer}};
  Numbers numbers;
  const auto& found = document.at(where);
  const bool measured = found.is_object() && found.contains("value");
  if (measured && unit != nullptr) *unit = unit_of(found);
  const auto bad = collect(measured ? found.at("value") : found,
                           std::string{pointer} + (measured ? "/value" : ""), numbers);
  if (!bad.empty()) return Fault{"parse", name + ": " + bad + ", not a number"};
  return numbers;
}

}  // namespace tranche::readout
