#include "tranche/report/page.hpp"

#include "embedded.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::report {
namespace {

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char character : text) switch (character) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += character;
    }
  return safe;
}

std::string element(const std::string& name, std::string_view text) {
  return "<" + name + ">" + escaped(text) + "</" + name + ">";
}

/// JSON inside a script element: nothing in it may look like the element's end.
std::string inside_script(const std::string& json) {
  std::string safe;
  for (const char character : json)
    if (character == '<')
      safe += "\\u003c";
    else
      safe += character;
  return safe;
}

}  // namespace

void Page::section(const std::string& heading) {
  body_ += element("h2", heading) + "\n";
}

void Page::paragraph(const std::string& text) {
  body_ += element("p", text) + "\n";
}

void Page::preformatted(const std::string& text) {
  body_ += element("pre", text) + "\n";
}

void Page::facts(const std::vector<Fact>& facts) {
  body_ += "<dl>\n";
  for (const Fact& fact : facts) body_ += element("dt", fact.name) + element("dd", fact.value) + "\n";
  body_ += "</dl>\n";
}

void Page::table(const Table& table) {
  body_ += "<div class=\"wide\"><table>\n";
  ++tables_;
  body_ += element("caption", "Table " + std::to_string(tables_) + ". " + table.caption) + "\n<thead><tr>";
  for (const auto& cell : table.head) body_ += "<th scope=\"col\">" + escaped(cell) + "</th>";
  body_ += "</tr></thead>\n<tbody>\n";
  for (std::size_t k = 0; k < table.rows.size(); ++k) {
    ensure(table.rows[k].size() == table.head.size(), "a row of a table is as long as its head");
    body_ += k == table.marked ? "<tr class=\"marked\">" : "<tr>";
    for (const auto& cell : table.rows[k]) body_ += element("td", cell);
    body_ += "</tr>\n";
  }
  body_ += "</tbody>\n</table></div>\n";
}

void Page::figure(const Figure& figure) {
  body_ += "<figure><div class=\"charts\">\n";
  for (const Chart& chart : figure.charts) {
    const std::string id = "chart-" + std::to_string(specs_.size() + 1);
    body_ += "<div class=\"chart\" id=\"" + id + "\" role=\"img\" aria-label=\"" +
             escaped(chart.alternative) + "\"></div>\n";
    specs_.push_back("<script type=\"application/json\" id=\"" + id + "-spec\">" + inside_script(chart.spec) +
                     "</script>\n");
  }
  body_ += "</div>\n";
  ++figures_;
  body_ +=
      element("figcaption", "Figure " + std::to_string(figures_) + ". " + figure.caption) + "\n</figure>\n";
}

std::string Page::html() const {
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  page += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  page += "<link rel=\"icon\" href=\"data:,\">\n";
  page +=
      element("title", title_) + "\n<style>\n" + std::string{embedded::style} + "</style>\n</head>\n<body>\n";
  page += element("h1", title_) + "\n" + body_;
  if (!specs_.empty()) {
    page += "<noscript><p>The plots need JavaScript; each has its text beside it.</p></noscript>\n";
    page += "<details><summary>Licence of the library that draws the plots</summary>\n" +
            element("pre", embedded::vega_licence) + "</details>\n";
    for (const auto& spec : specs_) page += spec;
    page += "<script>\n" + std::string{embedded::vega} + "</script>\n<script>\n" +
            std::string{embedded::draw} + "</script>\n";
  }
  return page + "</body>\n</html>\n";
}

}  // namespace tranche::report
