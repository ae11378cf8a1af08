#include "findings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "tranche/base/text.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {
namespace {

constexpr std::size_t most_problems = 500;
constexpr std::size_t most_listed = 40;
constexpr std::size_t longest_shown = 200;  ///< bytes of a word in a message

/// Bytes of `word` that are shown: whole characters.
std::size_t cut_length(std::string_view word) {
  if (word.size() <= longest_shown) return word.size();
  auto length = longest_shown;
  while (length > 0 && (static_cast<unsigned char>(word[length]) & 0xC0) == 0x80) --length;
  return length;
}

}  // namespace

void Findings::add(Problem problem) {
  if (++count_ <= most_problems) problems_.push_back(std::move(problem));
}

void Findings::add(Mark mark, Finding finding) {
  add(Problem{std::move(finding.what), place(mark), std::move(finding.why), std::move(finding.fix)});
}

void Findings::add(const YamlNode& at, Finding finding) {
  add(at.mark, std::move(finding));
}

void Findings::add_inside(const YamlNode& scalar, std::size_t offset, Finding finding) {
  const auto line = lines_.line(scalar.mark.line);
  const auto start = lines_.byte_of(scalar.mark.line, scalar.mark.column) + (scalar.quoted ? 1 : 0);
  auto mark = scalar.mark;
  if (line.size() >= start && line.substr(start).starts_with(scalar.text))
    mark.column = lines_.column_of(scalar.mark.line, start + offset);
  add(mark, std::move(finding));
}

std::vector<Problem> Findings::sorted() const {
  auto all = problems_;
  std::ranges::stable_sort(all, {}, [this](const Problem& p) {
    return std::tuple{p.where.file != file_, p.where.line, p.where.column};
  });
  if (count_ > all.size())
    all.push_back({"and " + std::to_string(count_ - all.size()) + " more problems", {file_, 0, 0}, "", ""});
  return all;
}

std::string ticked(std::string_view word) {
  std::string text{"`"};
  text += word.substr(0, cut_length(word));
  text += text.size() <= word.size() ? "...`" : "`";
  return text;
}

std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k) {
    if (k == most_listed && k + 2 < words.size())
      return text + " and " + std::to_string(words.size() - k) + " more";
    if (k > 0 && k + 1 == words.size())
      text.append(" ").append(last).append(" ");
    else if (k > 0)
      text += ", ";
    text += ticked(words[k]);
  }
  return text;
}

std::string hint(std::string_view word, const std::vector<std::string>& candidates) {
  const auto near = did_you_mean(word, candidates);
  if (!near) return {};
  std::string text{"; did you mean "};
  return text.append(ticked(*near)).append("?");
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string{text.data(), end} : std::string{};
}

}  // namespace tranche::config
