/// \file
/// One HTML file with everything in it: text, tables, plots, the library that draws them. Needs no network.
/// Layer: adapter (HTML, Vega). Pure. All text is escaped.
#pragma once

#include <string>
#include <vector>

#include "tranche/report/charts.hpp"

namespace tranche::report {

struct Figure {
  std::vector<Chart> charts;  ///< side by side as far as there is room
  std::string caption;
};

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< as long as the head
  std::string caption;
  std::size_t marked = static_cast<std::size_t>(-1);  ///< row to stand out; none
};

struct Fact {
  std::string name;
  std::string value;
};

class Page {
 public:
  explicit Page(std::string title) : title_{std::move(title)} {}

  void section(const std::string& heading);
  void paragraph(const std::string& text);
  void preformatted(const std::string& text);
  void facts(const std::vector<Fact>& facts);
  void table(const Table& table);
  void figure(const Figure& figure);

  /// The file. The library that draws is in it only if there is a figure.
  std::string html() const;

 private:
  std::string title_;
  std::string body_;
  std::vector<std::string> specs_;
  std::size_t figures_ = 0;
  std::size_t tables_ = 0;
};

}  // namespace tranche::report
