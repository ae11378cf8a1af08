/// \file
/// What is fed with arbitrary bytes: everything that reads what another process, another version or a
/// person wrote. Each target throws BrokenPromise if a reader does anything but accept or refuse.
///
/// libFuzzer drives them (tools/fuzz, clang); the default test run replays tests/fuzz/corpus with them.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tranche::fuzz {

using Bytes = std::span<const std::uint8_t>;

class BrokenPromise : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void must(bool holds, const char* promise) {
  if (!holds) throw BrokenPromise{promise};
}

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Messages between ranks: decoded or refused, and what was decoded has one form only.
void wire(Bytes bytes);
/// campaign.yaml: a spec that can be planned, sampled and locked, or a list of problems that can be shown.
void campaign(Bytes bytes);
/// The CSV file of a list design.
void list(Bytes bytes);
/// lock/rN.yaml.
void lock(Bytes bytes);
/// The files of a campaign directory that other processes write; the first byte says which.
void directory(Bytes bytes);
/// What a worker writes to its stdout; the first byte says when and in which framing.
void worker(Bytes bytes);

}  // namespace tranche::fuzz
