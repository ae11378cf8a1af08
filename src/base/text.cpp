#include "tranche/base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

namespace tranche {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

/// Removes the underscores between digits; nothing if one stands elsewhere.
std::optional<std::string> without_separators(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      plain += text[i];
      continue;
    }
    const auto digit = [&](std::size_t k) {
      return k < text.size() && std::isdigit(static_cast<unsigned char>(text[k]));
    };
    if (i == 0 || !digit(i - 1) || !digit(i + 1)) return std::nullopt;
  }
  return plain;
}

std::optional<double> parse_plain(std::string_view text) {
  const auto plain = without_separators(text);
  if (!plain || plain->empty()) return std::nullopt;
  const char* first = plain->data();
  const char* last = first + plain->size();
  if (*first == '+') ++first;
  if (first != plain->data() && first != last && *first == '-') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc{} || end != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// The longest prefix of `text` that looks like an unsigned decimal number, removed from it.
std::string_view take_number(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() &&
         (std::isdigit(static_cast<unsigned char>(text[n])) || text[n] == '.' || text[n] == '_'))
    ++n;
  const auto number = text.substr(0, n);
  text.remove_prefix(n);
  return number;
}

std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  std::size_t n = 0;
  while (n < text.size() && std::isalpha(static_cast<unsigned char>(text[n]))) ++n;
  const auto word = text.substr(0, n);
  text = trimmed(text.substr(n));
  return word;
}

std::optional<double> seconds_in(std::string_view unit) {
  struct Entry {
    std::string_view name;
    double seconds;
  };
  static constexpr std::array<Entry, 20> units{
      {{"ms", 1e-3},   {"s", 1},        {"sec", 1},     {"second", 1},    {"seconds", 1},
       {"m", 60},      {"min", 60},     {"mins", 60},   {"minute", 60},   {"minutes", 60},
       {"h", 3600},    {"hr", 3600},    {"hour", 3600}, {"hours", 3600},  {"d", 86400},
       {"day", 86400}, {"days", 86400}, {"w", 604800},  {"week", 604800}, {"weeks", 604800}}};
  for (const auto& entry : units)
    if (entry.name == unit) return entry.seconds;
  return std::nullopt;
}

/// `HH:MM:SS`, `MM:SS`, `D-HH:MM:SS` or `D-HH:MM`, as Slurm writes them.
std::optional<double> parse_clock(std::string_view text) {
  double days = 0;
  bool has_days = false;
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto value = parse_plain(text.substr(0, dash));
    if (!value || *value < 0) return std::nullopt;
    days = *value;
    has_days = true;
    text.remove_prefix(dash + 1);
  }
  std::vector<double> fields;
  while (true) {
    const auto colon = text.find(':');
    const auto field = parse_plain(text.substr(0, colon));
    if (!field || *field < 0) return std::nullopt;
    fields.push_back(*field);
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  if (fields.size() < 2 || fields.size() > 3) return std::nullopt;
  if (has_days && fields.size() == 2) fields.push_back(0);
  double seconds = 0;
  for (double field : fields) seconds = seconds * 60 + field;
  return days * 86400 + seconds;
}

char lower(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

constexpr std::size_t longest_guessed = 100;  ///< the time to compare two words is their lengths' product

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`, case aside.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_back(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_back = std::exchange(previous, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + changed});
      const bool swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], two_back[j - 2] + 1);
    }
  }
  return row.back();
}

/// `log` and `logarithmic`: one continues the other, which has at least three characters.
bool extends(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  return b.size() >= 3 && a.starts_with(b);
}

std::string printed(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string printed(const char* format, long long a, long long b) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, a, b);
  return text.data();
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  text = trimmed(text);
  const bool percent = !text.empty() && text.back() == '%';
  if (percent) text = trimmed(text.substr(0, text.size() - 1));
  const auto value = parse_plain(text);
  if (!value) return std::nullopt;
  return percent ? *value / 100 : *value;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const auto value = parse_plain(trimmed(text));
  if (!value || *value < 0 || *value > 9007199254740992.0 || *value != std::floor(*value))
    return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::optional<double> parse_duration(std::string_view text) {
  text = trimmed(text);
  if (text.find(':') != std::string_view::npos) return parse_clock(text);
  double total = 0;
  bool any = false;
  while (!text.empty()) {
    const auto value = parse_plain(take_number(text));
    if (!value) return std::nullopt;
    const auto word = take_word(text);
    if (word.empty()) {
      if (any || !text.empty()) return std::nullopt;
      return *value;
    }
    const auto unit = seconds_in(word);
    if (!unit) return std::nullopt;
    total += *value * *unit;
    any = true;
  }
  return any ? std::optional{total} : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  struct Entry {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Entry, 18> units{{{"", 1},
                                                {"B", 1},
                                                {"kB", 1e3},
                                                {"KB", 1e3},
                                                {"K", 1e3},
                                                {"k", 1e3},
                                                {"MB", 1e6},
                                                {"M", 1e6},
                                                {"GB", 1e9},
                                                {"G", 1e9},
                                                {"TB", 1e12},
                                                {"T", 1e12},
                                                {"KiB", 1024},
                                                {"MiB", 1048576.0},
                                                {"GiB", 1073741824.0},
                                                {"TiB", 1099511627776.0},
                                                {"PB", 1e15},
                                                {"b", 1}}};
  text = trimmed(text);
  const auto value = parse_plain(take_number(text));
  if (!value) return std::nullopt;
  const auto word = take_word(text);
  if (!text.empty()) return std::nullopt;
  for (const auto& unit : units)
    if (unit.name == word && *value * unit.bytes < 1.8e19)
      return static_cast<std::uint64_t>(*value * unit.bytes);
  return std::nullopt;
}

std::string format_count(std::uint64_t value) {
  const auto digits = std::to_string(value);
  std::string text;
  for (std::size_t k = 0; k < digits.size(); ++k) {
    if (k > 0 && (digits.size() - k) % 3 == 0) text += ' ';
    text += digits[k];
  }
  return text;
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "unknown";
  if (seconds < 1e-3) return printed("%.0f us", seconds * 1e6);
  if (seconds < 0.9995) return printed(seconds < 0.0995 ? "%.1f ms" : "%.0f ms", seconds * 1e3);
  if (seconds < 59.95) return printed("%.1f s", seconds);
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 3600) return printed("%lld min %02lld s", whole / 60, whole % 60);
  if (whole < 86400) return printed("%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  return printed("%lld d %lld h", whole / 86400, whole % 86400 / 3600);
}

std::string format_size(double bytes) {
  static constexpr std::array<const char*, 6> formats{"%.0f B",  "%.1f kB", "%.1f MB",
                                                      "%.1f GB", "%.1f TB", "%.1f PB"};
  std::size_t k = 0;
  while (bytes >= 999.5 && k + 1 < formats.size()) {
    bytes /= 1e3;
    ++k;
  }
  return printed(formats[k], bytes);
}

std::string format_share(double share) {
  const double percent = share * 100;
  if (percent == 0) return "0 %";
  if (percent < 0.095) return printed("%.2g %%", percent);
  return printed(percent < 9.95 ? "%.1f %%" : "%.0f %%", percent);
}

std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  if (word.size() > longest_guessed) return std::nullopt;
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > 2 * longest_guessed) continue;
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (best) return best;
  for (const auto& candidate : candidates)
    if (extends(word, candidate)) return candidate;
  return std::nullopt;
}

}  // namespace tranche
