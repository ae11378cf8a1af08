#include "tranche/atlas/region.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>

using namespace tranche::atlas;

namespace {

using Axes = std::vector<Axis>;

struct Tables {
  Points failures;
  Points others;

  double fail_share() const {
    return static_cast<double>(failures.size()) / static_cast<double>(failures.size() + others.size());
  }
  Answer answer(const Axes& axes) const { return worst_region({axes, &failures, &others, fail_share()}); }
  std::string text(const Axes& axes, const std::string& reason) const {
    return sentence(axes, answer(axes).region, reason, fail_share());
  }
};

/// `count` even points of the axes; those for which `fails` holds are failures.
template <class Fails>
Tables draw(const Axes& axes, std::size_t count, std::uint64_t seed, Fails fails) {
  std::mt19937_64 engine{seed};
  const auto unit = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  Tables tables{{axes.size(), {}}, {axes.size(), {}}};
  std::vector<double> x(axes.size());
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t a = 0; a < axes.size(); ++a) {
      const auto& axis = axes[a];
      x[a] = axis.lo + unit() * (axis.hi - axis.lo);
      if (axis.kind == Axis::Kind::integer) x[a] = std::floor(axis.lo + unit() * (axis.hi - axis.lo + 1));
      if (axis.kind == Axis::Kind::levels)
        x[a] = std::floor(unit() * static_cast<double>(axis.levels.size()));
    }
    auto& table = fails(x, unit()) ? tables.failures : tables.others;
    table.values.insert(table.values.end(), x.begin(), x.end());
  }
  return tables;
}

const Axes three{{"a", Axis::Kind::real, 0, 1},
                 {"log10(R)", Axis::Kind::real, 15, 18},
                 {"log10(L_e)", Axis::Kind::real, 42, 48}};

}  // namespace

TEST_CASE("a corner of two parameters is found, and said in round numbers") {
  const auto tables = draw(three, 20'000, 1, [](const auto& x, double dice) {
    return (x[2] >= 46.5 && x[1] < 15.9) ? dice < 0.9 : dice < 0.005;
  });
  const auto answer = tables.answer(three);
  REQUIRE(answer.kind == Answer::Kind::found);
  REQUIRE(answer.region.bounds.size() == 2);
  CHECK(answer.region.bounds[0] == Bound{1, {}, 15.9});
  CHECK(answer.region.bounds[1] == Bound{2, 46.5, {}});
  CHECK(bounds_text(three, answer.region) == "log10(R) < 15.9 and log10(L_e) >= 46.5");
  const auto inside = answer.region.share_of_failures();
  CHECK(tables.text(three, "not_converged") ==
        std::to_string(static_cast<int>(inside * 100)) +
            " % of not_converged at log10(R) < 15.9 and log10(L_e) >= 46.5: 8 % of the box");
}

TEST_CASE("the counts are those of the printed numbers, over all that was given") {
  const auto tables =
      draw(three, 90'000, 2, [](const auto& x, double dice) { return x[0] > 0.3137 && dice < 0.6; });
  const auto answer = tables.answer(three);        // more rows than the search looks at
  REQUIRE(answer.kind == Answer::Kind::all_over);  // 69 % of the box is not where they are
  const auto narrow =
      draw(three, 90'000, 3, [](const auto& x, double dice) { return x[0] > 0.7137 && dice < 0.9; });
  const auto region = narrow.answer(three).region;
  REQUIRE(region.bounds.size() == 1);
  REQUIRE(region.bounds[0].at_least);
  CHECK_FALSE(region.bounds[0].below);
  CHECK(std::abs(*region.bounds[0].at_least - 0.7137) < 0.02);
  std::uint64_t inside = 0;
  for (std::size_t k = 0; k < narrow.failures.size(); ++k)
    inside += narrow.failures.row(k)[0] >= *region.bounds[0].at_least ? 1 : 0;
  CHECK(region.failures == narrow.failures.size());
  CHECK(region.failures_inside == inside);
}

TEST_CASE("an interval has both bounds") {
  const auto tables = draw(three, 10'000, 4, [](const auto& x, double) { return x[0] >= 0.4 && x[0] < 0.5; });
  CHECK(tables.answer(three).region.share_of_box(tables.fail_share()) > 0.1);  // hence, rounded up:
  CHECK(tables.text(three, "no_root") == "100 % of no_root at 0.4 <= a < 0.5: 11 % of the box");
}

TEST_CASE("levels are named") {
  Axes axes = three;
  axes.push_back({"field", Axis::Kind::levels, 0, 1, {"blr", "torus", "disk", "cmb", "none"}});
  const auto one = draw(axes, 10'000, 5, [](const auto& x, double dice) { return x[3] == 1 && dice < 0.5; });
  CHECK(bounds_text(axes, one.answer(axes).region) == "field is torus");
  const auto two = draw(axes, 10'000, 6, [](const auto& x, double dice) {
    return (x[3] == 1 || x[3] == 4) && x[0] < 0.25 && dice < 0.7;
  });
  CHECK(bounds_text(axes, two.answer(axes).region) == "a < 0.25 and field is torus or none");
}

TEST_CASE("whole numbers are bounded by whole numbers") {
  const Axes axes{{"n", Axis::Kind::integer, 1, 9}, {"b", Axis::Kind::real, 0, 1}};
  const auto top = draw(axes, 5000, 7, [](const auto& x, double) { return x[0] == 9; });
  CHECK(bounds_text(axes, top.answer(axes).region) == "n >= 9");
  const auto low = draw(axes, 5000, 8, [](const auto& x, double) { return x[0] <= 2; });
  CHECK(bounds_text(axes, low.answer(axes).region) == "n < 3");
}

TEST_CASE("three parameters are named when it takes three") {
  const Axes axes{{"a"}, {"b"}, {"c"}, {"d"}};
  const auto tables = draw(axes, 40'000, 9, [](const auto& x, double dice) {
    return x[0] >= 0.5 && x[1] < 0.5 && x[3] >= 0.5 && dice < 0.9;
  });
  CHECK(bounds_text(axes, tables.answer(axes).region) == "a >= 0.5 and b < 0.5 and d >= 0.5");
}

TEST_CASE("few failures say nothing, and neither do failures all over the box") {
  const auto few = draw(three, 29, 10, [](const auto&, double) { return true; });
  CHECK(few.answer(three).kind == Answer::Kind::too_few);
  const auto everything = draw(three, 1000, 11, [](const auto&, double) { return true; });
  CHECK(everything.answer(three).kind == Answer::Kind::too_few);  // nothing to compare with
  const auto even = draw(three, 20'000, 12, [](const auto&, double dice) { return dice < 0.3; });
  CHECK(even.answer(three).kind == Answer::Kind::all_over);
}

TEST_CASE("axes that cannot be bounded do no harm") {
  const Axes axes{{"same", Axis::Kind::real, 2, 2},
                  {"one", Axis::Kind::levels, 0, 1, {"only"}},
                  {"whole", Axis::Kind::integer, 4, 4},
                  {"a", Axis::Kind::real, 0, 1}};
  const auto tables = draw(axes, 5000, 13, [](const auto& x, double) { return x[3] < 0.2; });
  CHECK(bounds_text(axes, tables.answer(axes).region) == "a < 0.2");
  const Axes none(axes.begin(), axes.begin() + 3);
  CHECK(draw(none, 5000, 14, [](const auto&, double dice) { return dice < 0.5; }).answer(none).kind ==
        Answer::Kind::all_over);
}

TEST_CASE("percentages: of the failures never too many, of the box never too little") {
  const Axes axes{{"a", Axis::Kind::real, 0, 1}};
  Region region{{Bound{0, 0.5, {}}}, 1000, 869, 99'999, 1};
  CHECK(sentence(axes, region, "x", 0.00001) == "86 % of x at a >= 0.5: 0.002 % of the box");
  region.failures_inside = 1000;
  region.others_inside = 4000;
  CHECK(sentence(axes, region, "x", 0) == "100 % of x at a >= 0.5: 5 % of the box");
  region.failures_inside = 999;
  CHECK(sentence(axes, region, "x", 0) == "99 % of x at a >= 0.5: 5 % of the box");
}
