#include "tranche/deck/words.hpp"

#include <algorithm>
#include <optional>

namespace tranche::deck {
namespace {

constexpr std::string_view shell_only = "|&;<>()$`*?[~";

bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Inside a placeholder everything is meant as it is.
std::size_t skip_placeholder(std::string_view line, std::size_t at) {
  const auto end = line.find('}', at);
  return end == std::string_view::npos || line.substr(at, end - at).find(' ') != std::string_view::npos
             ? at + 1
             : end + 1;
}

class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_{line} {}

  std::variant<std::vector<Word>, Mistake> split() {
    while (at_ < line_.size() && !mistake_) step();
    end_word();
    if (mistake_) return *mistake_;
    return std::move(words_);
  }

 private:
  void step() {
    const char c = line_[at_];
    if (blank(c)) {
      end_word();
      ++at_;
      return;
    }
    begin_word();
    if (c == '\'' || c == '"') return quoted(c);
    if (c == '\\' && at_ + 1 < line_.size()) {
      words_.back().text += line_[at_ + 1];
      at_ += 2;
      return;
    }
    if (shell_only.find(c) != std::string_view::npos) {
      mistake_ = Mistake{at_, std::string{"`"} + c + "` would need a shell",
                         "the program is started directly, and would get it as it stands",
                         std::string{"quote it ('"} + c + "') if it is meant so; else [sh, -c, \"...\"]"};
      return;
    }
    const std::size_t next = c == '{' ? skip_placeholder(line_, at_) : at_ + 1;
    words_.back().text += line_.substr(at_, next - at_);
    at_ = next;
  }

  void quoted(char quote) {
    const std::size_t begin = at_++;
    while (at_ < line_.size() && line_[at_] != quote) {
      const bool escape = quote == '"' && line_[at_] == '\\' && at_ + 1 < line_.size() &&
                          (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\');
      if (escape) ++at_;
      words_.back().text += line_[at_++];
    }
    if (at_ >= line_.size())
      mistake_ = Mistake{begin, std::string{"a "} + quote + " without its end", "", ""};
    ++at_;
  }

  void begin_word() {
    if (!inside_) words_.push_back({{}, at_});
    inside_ = true;
  }
  void end_word() { inside_ = false; }

  std::string_view line_;
  std::size_t at_ = 0;
  bool inside_ = false;
  std::vector<Word> words_;
  std::optional<Mistake> mistake_;
};

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_-+=./,:%@"}.find(c) != std::string_view::npos;
}

}  // namespace

std::variant<std::vector<Word>, Mistake> split_words(std::string_view line) {
  return Splitter{line}.split();
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && std::ranges::all_of(word, plain)) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string{"'\\''"} : std::string{c};
    line += '\'';
  }
  return line;
}

}  // namespace tranche::deck
