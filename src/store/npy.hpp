/// \file
/// NumPy's array format, version 1.0.
/// Layer: store (private, pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "columns.hpp"

namespace tranche::store::npy {

/// `<f4`: NumPy's name of a little-endian element.
std::string type_name(Element element);
/// Magic, version and header of a C-ordered array; a multiple of 64 bytes long.
std::string header(const std::string& type, std::span<const std::uint64_t> shape);
/// A whole array of texts (`<U12`) as bytes. Texts are UTF-8.
std::string text_array(std::span<const std::string> texts);

}  // namespace tranche::store::npy
