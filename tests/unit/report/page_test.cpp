#include "tranche/report/page.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "unit/store/foreign.hpp"

using namespace tranche::report;

namespace {

/// One of each kind, with names that would end a script or a tag if they could.
Page every_chart() {
  Page page{"Charts <of> & every \"kind\""};
  page.section("Lines & points");
  page.facts({{"model", "</dl>m1"}});
  page.table({{"a", "b"}, {{"1", "<b>2"}, {"3", "4"}}, "Numbers", 1});
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> z;
  for (int k = 0; k < 50; ++k) {
    x.push_back(std::pow(10, 8 + 0.4 * k));
    y.push_back(40 - 0.01 * std::pow(k - 20, 2));
    z.push_back(k == 7 ? std::numeric_limits<double>::quiet_NaN() : y.back() + 0.5 * std::sin(k));
  }
  const Scale nu{"nu (Hz)", Scale::Kind::log};
  const Scale value{"value"};
  const Scale count{"points", Scale::Kind::log};
  page.figure(
      {{draw(LineChart{nu, value, {{"</script>", x, y}, {"b", x, z, Dash::dashed, y, y}}, {}, "t"}, "lines"),
        draw(PointChart{value, value, {{"a", y, z}, {"b", z, y}}, {}, "", true}, "points")},
       "Two."});
  page.figure(
      {{draw(Histogram{{"error", Scale::Kind::log}, count, {1e-4, 1e-3, 1e-2, 1}, {3, 200, 5}}, "bars"),
        draw(HeatMap{nu, value, "v", {1e8, 1e9, 1e10}, {0, 1, 2}, {1, 2, 3, 4}}, "map \"quoted\"")},
       "Two more."});
  return page;
}

}  // namespace

TEST_CASE("a page draws every chart in a browser that has no network") {
  const tranche::test::TemporaryFolder folder;
  const std::string path = folder / "page.html";
  std::ofstream{path} << every_chart().html();
  CHECK(tranche::test::run_python("check_page.py", path + " 4 20") == "fine\n");
  CHECK(std::filesystem::file_size(path) < 1'000'000);
}

TEST_CASE("texts are escaped, in elements, attributes and data") {
  const auto html = every_chart().html();
  CHECK(html.find("Charts &lt;of&gt; &amp; every &quot;kind&quot;") != std::string::npos);
  CHECK(html.find("</dl>m1") == std::string::npos);
  CHECK(html.find("<b>2") == std::string::npos);
  CHECK(html.find("\"name\":\"</script>") == std::string::npos);
  CHECK(html.find("map &quot;quoted&quot;") != std::string::npos);
}

TEST_CASE("a page without a plot carries no library") {
  Page page{"Text"};
  page.paragraph("nothing to draw");
  CHECK(page.html().size() < 5'000);
  CHECK(page.html().find("vega") == std::string::npos);
}

TEST_CASE("a row of a table that is too short is a mistake of the caller") {
  Page page{"Text"};
  CHECK_THROWS_AS(page.table({{"a", "b"}, {{"1"}}, "short"}), tranche::ContractError);
}
