// What a parameter vector costs: 7 dimensions, half of them logarithmic, one core, processor time.
// One line a figure: name, value, unit. Usage: bench_design
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

#include "tranche/design/design.hpp"
#include "tranche/design/stage_sizes.hpp"

using namespace tranche::design;

namespace {

constexpr std::size_t dimensions = 7;
constexpr std::uint64_t vectors = 2'000'000;
constexpr int repeats = 5;

std::vector<Domain> domains() {
  std::vector<Domain> all;
  for (std::size_t k = 0; k < dimensions; ++k)
    all.push_back(k % 2 == 0 ? Domain::linear(0, 1 + static_cast<double>(k)) : Domain::log(1e-3, 1e5));
  return all;
}

double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// The median of some repeats; `work` makes `vectors` of them and returns a sum, so that none is left out.
void tell(const char* name, const std::function<double()>& work) {
  std::vector<double> each_us;
  double sum = 0;
  for (int k = 0; k < repeats; ++k) {
    const auto begin = cpu_s();
    sum += work();
    each_us.push_back((cpu_s() - begin) / static_cast<double>(vectors) * 1e6);
  }
  std::sort(each_us.begin(), each_us.end());
  std::printf("%-44s %8.3f us  (%.3f .. %.3f; sum %g)\n", name, each_us[repeats / 2], each_us.front(),
              each_us.back(), sum);
}

void tell_both(const char* one, const char* many, const Design& design) {
  const auto start = design.size() / 3;
  tell(one, [&] {
    std::vector<double> x(dimensions);
    double sum = 0;
    for (auto index = start; index < start + vectors; ++index) {
      design.values(index, x);
      sum += x[dimensions - 1];
    }
    return sum;
  });
  tell(many, [&] {
    constexpr std::uint64_t block = 1000;
    std::vector<double> x(dimensions * block);
    double sum = 0;
    for (auto index = start; index < start + vectors; index += block) {
      design.values_range(index, index + block, x);
      sum += x.back();
    }
    return sum;
  });
}

}  // namespace

int main() {
  const std::vector<std::uint64_t> stages{1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
  tell_both("nested-lhs of 10^9, one vector at a time", "nested-lhs of 10^9, a thousand at a time",
            Design::nested_lhs(domains(), {20240221, stages, 0}));
  tell_both("random, one vector at a time", "random, a thousand at a time",
            Design::random(domains(), 20240221, 1'000'000'000));
}
