/// \file
/// Tolerant reading of JSON: unknown keys are ignored, missing or null ones keep the default.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>

namespace tranche::directory {

using Json = nlohmann::ordered_json;

/// Deepest nesting that is read: copying and writing a document take stack for each level of it.
inline constexpr int deepest_json = 64;

/// The document; discarded if the text is none, or nested deeper than any of ours.
inline Json parse_json(const std::string& text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') in_text = !in_text;
    if (c == '\\' && in_text) ++at;
    if (in_text) continue;
    if ((c == '[' || c == '{') && ++depth > deepest_json) return Json(Json::value_t::discarded);
    if (c == ']' || c == '}') --depth;
  }
  return Json::parse(text, nullptr, false);
}

/// True unless T is a whole number and the value is none, or does not fit.
template <class T>
bool fits(const Json& value) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    if (value.is_number_unsigned()) return std::in_range<T>(value.get<std::uint64_t>());
    return value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
  }
  return true;
}

/// Sets `into` from object[key] if it is there and has a fitting type.
template <class T>
void take(const Json& object, const char* key, T& into) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null() || !fits<T>(*found)) return;
  try {
    into = found->get<T>();
  } catch (const nlohmann::json::exception&) {
    // Another type than ours: a later version may know better. The default stays.
  }
}

/// Text of a document. Bytes that are not UTF-8 (a simulator's message) are replaced, never thrown at.
inline std::string dump(const Json& document, int indent = -1) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tranche::directory
