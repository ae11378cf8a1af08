#include "tranche/models/speed.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>

#include "tranche/surrogate/runtime.hpp"

namespace tranche::models {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double patience_s = 0.25;
constexpr std::uint64_t most_calls = 4000;
constexpr std::uint64_t batch_rows = 4096;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double thread_cpu_s() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string processor() {
  std::ifstream file{"/proc/cpuinfo"};
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name") && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown processor";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
  return text;
}

/// Rows of x again and again.
std::vector<double> repeated(const Eigen::MatrixXd& x, std::uint64_t rows) {
  std::vector<double> values;
  for (std::uint64_t row = 0; row < rows; ++row)
    for (Eigen::Index k = 0; k < x.cols(); ++k)
      values.push_back(x(static_cast<Eigen::Index>(row) % x.rows(), k));
  return values;
}

void measure_single(const surrogate::Evaluator& evaluator, const std::vector<double>& x, Speed& speed) {
  surrogate::Evaluator::Scratch scratch{evaluator};
  std::vector<double> mean(evaluator.points());
  std::vector<double> times;
  const auto start = Clock::now();
  for (std::uint64_t k = 0; k < most_calls && seconds_since(start) < patience_s; ++k) {
    const auto begin = Clock::now();
    evaluator(scratch, x.data() + (k % batch_rows) * evaluator.inputs(), 1, mean.data(), nullptr);
    times.push_back(seconds_since(begin));
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  speed.latency_us = 1e6 * times[times.size() / 2];
  speed.calls = times.size();
}

void measure_batches(const surrogate::Evaluator& evaluator, const std::vector<double>& x, Speed& speed) {
  surrogate::Evaluator::Scratch scratch{evaluator};
  std::vector<double> mean(batch_rows * evaluator.points());
  const auto start = Clock::now();
  const double begin = thread_cpu_s();
  std::uint64_t done = 0;
  do {
    evaluator(scratch, x.data(), batch_rows, mean.data(), nullptr);
    done += batch_rows;
  } while (seconds_since(start) < patience_s);
  speed.per_second = static_cast<double>(done) / (thread_cpu_s() - begin);
  speed.batch = batch_rows;
}

}  // namespace

Speed measure_speed(const surrogate::Surrogate& surrogate, const Eigen::MatrixXd& x) {
  const surrogate::Evaluator evaluator{surrogate};
  Speed speed;
  speed.kernels = evaluator.cpu();
  speed.processor = processor();
  speed.date = today();
  if (double load[1]; ::getloadavg(load, 1) == 1) speed.load = load[0];
  const auto rows = repeated(x, batch_rows);
  measure_single(evaluator, rows, speed);
  measure_batches(evaluator, rows, speed);
  return speed;
}

}  // namespace tranche::models
