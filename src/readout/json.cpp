#include "tranche/readout/json.hpp"

#include <algorithm>
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

/// NaN, Infinity or -Infinity at the beginning of a text.
std::string_view word_at(std::string_view text) {
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity"})
    if (text.starts_with(word)) return word;
  return {};
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

constexpr std::size_t most_depth = 64;

/// What Python and JavaScript write for numbers that JSON has not, as texts; and how deep brackets go.
struct Tidied {
  std::string text;
  std::size_t depth = 0;
};

Tidied tidied(std::string_view text) {
  Tidied result;
  result.text.reserve(text.size());
  std::size_t depth = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (inside) {
      if (c == '\\' && at + 1 < text.size()) result.text += text[at++];
      inside = c != '"';
    } else if (c == '"') {
      inside = true;
    } else if (c == '[' || c == '{') {
      result.depth = std::max(result.depth, ++depth);
    } else if (c == ']' || c == '}') {
      depth -= depth > 0 ? 1 : 0;
    } else if (const auto word = word_at(text.substr(at)); !word.empty()) {
      result.text += '"' + std::string{word} + '"';
      at += word.size() - 1;
      continue;
    }
    result.text += text[at];
  }
  return result;
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
  const auto clean = tidied(text);
  if (clean.depth > most_depth)
    return Fault{"parse", name + ": brackets in brackets, deeper than " + std::to_string(most_depth)};
  Json document;
  try {
    document = Json::parse(clean.text);
  } catch (const Json::parse_error& error) {
    return Fault{"parse", name + ": not JSON at byte " + std::to_string(error.byte)};
  } catch (const Json::out_of_range&) {
    return Fault{"parse", name + ": a number beyond 1.8e308"};
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
