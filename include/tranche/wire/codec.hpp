/// \file
/// Messages to bytes and back: magic, version, kind, length, then the fields, little-endian.
/// Layer: wire (pure). Decoding checks every bound; it never trusts a length.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include "tranche/wire/messages.hpp"

namespace tranche::wire {

/// The bytes are not a message of this version.
class CodecError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

std::vector<std::byte> encode(const ToAgent& message);
std::vector<std::byte> encode(const FromAgent& message);
/// \throws CodecError: foreign magic, other version, unknown kind, truncated, trailing bytes, bad value.
ToAgent decode_to_agent(std::span<const std::byte> bytes);
FromAgent decode_from_agent(std::span<const std::byte> bytes);

}  // namespace tranche::wire
