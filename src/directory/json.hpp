/// \file
/// Tolerant reading of JSON: unknown keys are ignored, missing or null ones keep the default.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tranche::directory {

using Json = nlohmann::ordered_json;

/// Sets `into` from object[key] if it is there and has a fitting type.
template <class T>
void take(const Json& object, const char* key, T& into) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return;
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
