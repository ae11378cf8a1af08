#include "tranche/campaign/row_codec.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "builders.hpp"
#include "tranche/base/checksum.hpp"

using namespace tranche;
using namespace tranche::campaign;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

struct Encoded {
  RowCodec::Verdict verdict;
  std::vector<std::byte> row;
};

Encoded encode(const CampaignSpec& spec, std::vector<double> values) {
  const RowCodec codec{spec};
  std::vector<std::byte> row(codec.output_bytes());
  auto verdict = codec.encode(values, row);
  return {verdict, row};
}

template <class Real>
std::vector<Real> stored(const std::vector<std::byte>& row) {
  std::vector<Real> values(row.size() / sizeof(Real));
  std::memcpy(values.data(), row.data(), row.size());
  return values;
}

Output log_output() {
  Output output;
  output.transform = Transform::log10;
  output.floor = 1e-60;
  return output;
}

}  // namespace

TEST_CASE("A row packs the outputs in declared order") {
  auto spec = test::spec_with_output({});
  Output total;
  total.name = "total";
  total.type = StoredType::float64;
  spec.outputs.push_back(total);
  spec.meta = {"iterations"};
  const RowCodec codec{spec};
  CHECK(codec.output_bytes() == 3 * 4 + 8);
  CHECK(codec.row_bytes() == 3 * 4 + 8 + 8);
  CHECK(codec.total_elements() == 4);
  REQUIRE(codec.fields().size() == 2);
  CHECK(codec.fields()[1].offset == 12);
  const auto [verdict, row] = encode(spec, {1, 2, 3, 0.1});
  REQUIRE(verdict.ok);
  double last = 0;
  std::memcpy(&last, row.data() + 12, 8);
  CHECK(last == 0.1);
}

TEST_CASE("Without outputs a row is empty") {
  const RowCodec codec{test::small_spec()};
  CHECK(codec.row_bytes() == 0);
  CHECK(codec.encode({}, {}).ok);
  CHECK(codec.checksum({}) == checksum64({}));
}

TEST_CASE("log10 is taken in double, below the floor the floor is kept") {
  const auto [verdict, row] = encode(test::spec_with_output(log_output()), {0.0, 1e-70, 12345.678});
  REQUIRE(verdict.ok);
  const auto values = stored<float>(row);
  CHECK(values[0] == -60.0f);
  CHECK(values[1] == -60.0f);
  CHECK(values[2] == static_cast<float>(std::log10(12345.678)));
}

TEST_CASE("The finite check names the element that broke it") {
  const auto spec = test::spec_with_output({});
  for (double bad : {not_a_number, infinity, -infinity}) {
    const auto verdict = encode(spec, {1, bad, 3}).verdict;
    CHECK_FALSE(verdict.ok);
    CHECK(verdict.reason == "finite");
    CHECK(verdict.message.rfind("sed[1] = ", 0) == 0);
  }
  const auto overflow = encode(spec, {1, 2, 1e300}).verdict;
  CHECK(overflow.reason == "finite");
  CHECK(overflow.message == "sed[2] = 1e+300 does not fit float32");
}

TEST_CASE("The nonnegative check looks before the transform") {
  auto output = log_output();
  output.check_nonnegative = true;
  const auto verdict = encode(test::spec_with_output(output), {1, -1, 1}).verdict;
  CHECK(verdict.reason == "nonnegative");
  CHECK(encode(test::spec_with_output(output), {0.0, -0.0, 1}).verdict.ok);
}

TEST_CASE("Without checks everything is stored, with one NaN for all") {
  Output output;
  output.check_finite = false;
  output.type = StoredType::float64;
  const double odd_nan = std::bit_cast<double>(std::uint64_t{0xfff8000000001234});
  const auto [verdict, row] = encode(test::spec_with_output(output), {odd_nan, infinity, -1});
  REQUIRE(verdict.ok);
  const auto values = stored<double>(row);
  CHECK(std::bit_cast<std::uint64_t>(values[0]) == 0x7ff8000000000000);
  CHECK(values[1] == infinity);
  CHECK(values[2] == -1);
}

TEST_CASE("A multi-dimensional element is named by all its positions") {
  auto spec = test::spec_with_output({});
  spec.axes.push_back({"t", "s", {0, 1}, {}});
  spec.outputs[0].axes = {1, 0};
  spec.outputs[0].size = 6;
  CHECK(encode(spec, {0, 1, 2, 3, not_a_number, 5}).verdict.message.rfind("sed[1,1] = ", 0) == 0);
}

TEST_CASE("The checksum sees values, not the payload of a NaN, and keeps signed zeros apart") {
  Output output;
  output.check_finite = false;
  const RowCodec codec{test::spec_with_output(output)};
  const auto sum = [&](float first) {
    std::array<float, 3> row{first, 1, 2};
    return codec.checksum(std::as_bytes(std::span{row}));
  };
  CHECK(sum(std::bit_cast<float>(0x7fc00000)) == sum(std::bit_cast<float>(0xffc00123)));
  CHECK(sum(0.0f) != sum(-0.0f));
  CHECK(sum(1.0f) != sum(2.0f));
}

TEST_CASE("A row of the wrong length is our mistake, not the user's") {
  const RowCodec codec{test::spec_with_output({})};
  std::vector<std::byte> row(codec.output_bytes());
  std::vector<double> short_values{1, 2};
  CHECK_THROWS_AS(codec.encode(short_values, row), ContractError);
}
