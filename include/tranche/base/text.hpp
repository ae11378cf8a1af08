/// \file
/// Numbers, durations and sizes as people write and read them.
/// Layer: base (pure).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tranche {

/// `1e5`, `200_000`, `0.1%` (= 0.001), `-3.5`. Nothing for anything else, nan and inf included.
std::optional<double> parse_number(std::string_view text);
/// As parse_number, but a whole number within 0 .. 2^53 (`1e5` and `200_000` included).
std::optional<std::uint64_t> parse_count(std::string_view text);
/// `30 min`, `1h30m`, `00:30:00`, `1-00:00:00`, `60 s`, `10 ms`, `90` (seconds). In seconds.
std::optional<double> parse_duration(std::string_view text);
/// `2 GB` (10^9), `512 MiB`, `100 kB`, `4096` (bytes). In bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// `1 234 567`: thousands separated by thin spaces are for people only.
std::string format_count(std::uint64_t value);
/// `850 ms`, `12.3 s`, `4 min 10 s`, `2 h 05 min`, `3 d 4 h`.
std::string format_duration(double seconds);
/// `708 B`, `1.4 MB`, `2.0 GB` (powers of ten).
std::string format_size(double bytes);
/// `0.13 %`, `21 %`.
std::string format_share(double share);

/// The candidate closest to `word` (at most a third of its characters wrong, a swap of neighbours being
/// one mistake), else one that continues it or that it continues, if any.
std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace tranche
