/// \file
/// The problems found so far in one file, and how a place in it is named.
/// Layer: config (private).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "source_lines.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::config {

struct YamlNode;

/// Line and character column, both from 1; line 0 = the file as a whole.
struct Mark {
  int line = 0;
  int column = 0;
};

/// Text of a problem without its place.
struct Finding {
  std::string what;
  std::string why = {};
  std::string fix = {};
};

/// Collects problems of one file. Only the first few hundred are kept, for no file may fill the memory
/// or a screen without end; all are counted.
class Findings {
 public:
  /// `text` must outlive this.
  Findings(std::string file, std::string_view text) : file_{std::move(file)}, lines_{text} {}

  void add(Mark mark, Finding finding);
  void add(const YamlNode& at, Finding finding);
  /// At byte `offset` of a scalar's text; at its beginning if the text does not stand there literally
  /// (folded over lines, with escapes).
  void add_inside(const YamlNode& scalar, std::size_t offset, Finding finding);
  void add_to_file(Finding finding) { add(Mark{}, std::move(finding)); }
  void add(Problem problem);

  SourcePlace place(Mark mark) const { return {file_, mark.line, mark.column}; }
  const SourceLines& lines() const noexcept { return lines_; }
  std::size_t count() const noexcept { return count_; }
  bool empty() const noexcept { return count_ == 0; }
  /// All problems, in the order of the file; those of other files (a list's points) last.
  std::vector<Problem> sorted() const;

 private:
  std::string file_;
  SourceLines lines_;
  std::vector<Problem> problems_;
  std::size_t count_ = 0;
};

/// `word` between back ticks.
std::string ticked(std::string_view word);

/// `a, b and c`, each between back ticks; `last` is the joining word.
std::string listed(const std::vector<std::string>& words, std::string_view last = "and");

/// `; did you mean `x`?`, or nothing.
std::string hint(std::string_view word, const std::vector<std::string>& candidates);

/// A number as people write it: the shortest text that reads back the same.
std::string number_text(double value);

}  // namespace tranche::config
