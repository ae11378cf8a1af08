#include <algorithm>

#include "targets.hpp"
#include "tranche/wire/codec.hpp"

namespace tranche::fuzz {
namespace {

/// `Message` has no comparison that survives NaN, so its bytes are compared.
template <class Decode>
void decode_with(Decode decode, std::span<const std::byte> bytes) {
  try {
    const auto again = wire::encode(decode(bytes));
    must(std::ranges::equal(again, bytes), "what was decoded is encoded as it came");
  } catch (const wire::CodecError&) {
  }
}

}  // namespace

void wire(Bytes bytes) {
  decode_with(wire::decode_to_agent, std::as_bytes(bytes));
  decode_with(wire::decode_from_agent, std::as_bytes(bytes));
}

}  // namespace tranche::fuzz
