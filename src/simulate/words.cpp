#include "words.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

namespace tranche::simulate {
namespace {

struct SignalName {
  int number;
  std::string_view word;
};

constexpr std::array signal_names{
    SignalName{SIGSEGV, "sigsegv"}, SignalName{SIGBUS, "sigbus"},   SignalName{SIGFPE, "sigfpe"},
    SignalName{SIGILL, "sigill"},   SignalName{SIGABRT, "sigabrt"}, SignalName{SIGKILL, "sigkill"},
    SignalName{SIGTERM, "sigterm"}, SignalName{SIGINT, "sigint"},   SignalName{SIGPIPE, "sigpipe"},
    SignalName{SIGALRM, "sigalrm"}, SignalName{SIGXCPU, "sigxcpu"}, SignalName{SIGXFSZ, "sigxfsz"},
    SignalName{SIGSYS, "sigsys"},   SignalName{SIGTRAP, "sigtrap"}, SignalName{SIGHUP, "sighup"},
    SignalName{SIGQUIT, "sigquit"}};

constexpr bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/// Bytes of the UTF-8 character at the start of `text`; 0 if there is no valid one.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and numbers beyond the last code point.
  if ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f)) return 0;
  if ((lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)) return 0;
  return length;
}

}  // namespace

std::string signal_word(int signal) {
  const auto* found = std::find_if(signal_names.begin(), signal_names.end(),
                                   [&](const SignalName& name) { return name.number == signal; });
  if (found != signal_names.end()) return std::string{found->word};
  return "sig" + std::to_string(signal);
}

std::string clean_reason(std::string_view text, std::string_view fallback) {
  std::string word;
  for (char c : text.substr(0, 63)) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    word.push_back(word_character(c) ? c : '_');
  }
  const auto first = word.find_first_not_of('_');
  if (first == std::string::npos) return std::string{fallback};
  return word.substr(first, word.find_last_not_of('_') - first + 1);
}

std::string clean_message(std::string_view text) {
  constexpr std::size_t limit = 511;
  std::string line;
  bool gap = false;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    const bool blank = length == 1 && (byte <= 0x20 || byte == 0x7f);
    const std::string_view piece = length == 0 ? std::string_view{"?"} : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
    if (blank) {
      gap = !line.empty();
      continue;
    }
    if (line.size() + piece.size() + (gap ? 1 : 0) > limit) break;
    if (gap) line.push_back(' ');
    gap = false;
    line += piece;
  }
  return line;
}

std::string_view bounded(std::span<const char> buffer) noexcept {
  return {buffer.data(), ::strnlen(buffer.data(), buffer.size())};
}

std::string last_words(int fd, std::uint64_t mark) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {};
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < mark) mark = 0;  // it has been truncated since
  std::array<char, 512> text{};
  const std::uint64_t wanted = std::min<std::uint64_t>(size - mark, text.size());
  const ssize_t length = ::pread(fd, text.data(), wanted, static_cast<off_t>(size - wanted));
  if (length <= 0) return {};
  std::string_view tail{text.data(), static_cast<std::size_t>(length)};
  // The cut may have gone through a character.
  while (!tail.empty() && (static_cast<unsigned char>(tail.front()) & 0xc0) == 0x80) tail.remove_prefix(1);
  return clean_message(tail);
}

void copy_text(std::string_view text, std::span<char> buffer) noexcept {
  const std::size_t length = std::min(text.size(), buffer.size() - 1);
  std::memcpy(buffer.data(), text.data(), length);
  buffer[length] = 0;
}

}  // namespace tranche::simulate
