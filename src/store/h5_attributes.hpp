/// \file
/// Attributes and text, each checked once. Text is UTF-8 of variable length, as netCDF-4 writes it.
/// Layer: store (private adapter). Throws IoError.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "h5.hpp"

namespace tranche::store::h5 {

void write_attribute(hid_t object, const std::string& name, const std::string& text);
void write_attribute(hid_t object, const std::string& name, std::span<const std::string> texts);
void write_attribute(hid_t object, const std::string& name, std::int64_t number);
void write_attribute(hid_t object, const std::string& name, std::uint64_t number);
void write_attribute(hid_t object, const std::string& name, double number);
void write_attribute(hid_t object, const std::string& name, std::span<const std::uint64_t> numbers);
void write_attribute(hid_t object, const std::string& name, std::span<const std::uint8_t> numbers);
void write_attribute(hid_t object, const std::string& name, std::span<const double> numbers);

/// Nothing if there is no such attribute or it is of another kind.
std::optional<std::int64_t> read_integer_attribute(hid_t object, const std::string& name);
std::optional<std::string> read_text_attribute(hid_t object, const std::string& name);

/// All `count` texts of an attribute; nothing if it holds something else.
std::optional<std::vector<std::string>> read_texts(hid_t attribute, std::size_t count);

/// One-dimensional dataset of texts.
Dataset create_strings(hid_t where, const std::string& name, std::span<const std::string> values);
/// Precondition: one dimension.
std::vector<std::string> read_strings(const Dataset& dataset);

}  // namespace tranche::store::h5
