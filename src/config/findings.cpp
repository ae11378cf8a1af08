#include "findings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "tranche/base/text.hpp"
#include "yaml_tree.hpp"

namespace tranche::config {

void Findings::add(Mark mark, Finding finding) {
  problems_.push_back({std::move(finding.what), place(mark), std::move(finding.why), std::move(finding.fix)});
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
  return all;
}

std::string ticked(std::string_view word) {
  std::string text{"`"};
  text += word;
  text += '`';
  return text;
}

std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t k = 0; k < words.size(); ++k) {
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
