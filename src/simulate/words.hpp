/// \file
/// Texts about runs: reasons as single words, messages as one clean line.
/// Layer: adapter (simulate), without side effects except last_words.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tranche::simulate {

/// `sigsegv`, `sigkill`, ...; `sig35` for one without a name.
std::string signal_word(int signal);

/// [a-z0-9_] only, or `fallback` if nothing is left. At most 63 bytes.
std::string clean_reason(std::string_view text, std::string_view fallback);

/// One line of valid UTF-8, white space collapsed, at most 511 bytes, never cut inside a character.
/// Keeps the beginning.
std::string clean_message(std::string_view text);

/// Text of a C string in a fixed buffer that may lack its terminator.
std::string_view bounded(std::span<const char> buffer) noexcept;

/// What was written to a file at or behind offset `mark`: its last 512 bytes as one line; empty if none.
std::string last_words(int fd, std::uint64_t mark);

/// Copies into a fixed buffer, shortened if need be, zero-terminated.
void copy_text(std::string_view text, std::span<char> buffer) noexcept;

}  // namespace tranche::simulate
