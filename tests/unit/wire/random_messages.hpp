/// \file
/// Messages with random contents: every alternative, empty lists and extreme numbers included.
#pragma once

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "tranche/wire/messages.hpp"

namespace tranche::wire::test {

class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : engine_{seed} {}

  ToAgent to_agent(std::size_t kind) { return alternative<ToAgent>(kind); }
  FromAgent from_agent(std::size_t kind) { return alternative<FromAgent>(kind); }

 private:
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

  template <class T>
  T whole() {
    switch (below(4)) {
      case 0:
        return std::numeric_limits<T>::min();
      case 1:
        return std::numeric_limits<T>::max();
      default:
        return static_cast<T>(engine_());
    }
  }
  double real() {
    switch (below(4)) {
      case 0:
        return 0;
      case 1:
        return std::numeric_limits<double>::infinity();
      case 2:
        return -std::numeric_limits<double>::denorm_min();
      default:
        return static_cast<double>(engine_()) * 1e-12;
    }
  }
  std::string text() {
    std::string text(below(3) == 0 ? 0 : below(40), '\0');
    for (auto& letter : text) letter = static_cast<char>(below(256));
    return text;
  }
  IndexRange range() {
    const auto a = below(max_sample_index + 2);
    const auto b = below(max_sample_index + 2);
    return {std::min(a, b), std::max(a, b)};
  }
  template <class Make>
  auto list(Make make) {
    std::vector<decltype(make())> items(below(4) == 0 ? 0 : below(6));
    for (auto& item : items) item = make();
    return items;
  }
  RunRecord run() {
    RunRecord run;
    run.id =
        RunId{static_cast<std::uint16_t>(below(1 << 15)), below(max_sample_index + 1), whole<std::uint8_t>()};
    run.state = static_cast<SampleState>(below(sample_state_count));
    run.final = below(2) == 1;
    run.slot = whole<std::uint16_t>();
    run.exit_code = whole<std::int32_t>();
    run.signal = whole<std::int32_t>();
    run.wall_s = real();
    run.cpu_s = real();
    run.max_rss_kb = whole<std::int64_t>();
    run.started_at = real();
    run.checksum = whole<std::uint64_t>();
    run.reason = text();
    run.message = text();
    return run;
  }

  void fill(OpenStage& m) { m.stage = {whole<std::uint16_t>(), whole<std::uint8_t>()}; }
  void fill(Grant& m) {
    m.ranges = list([&] { return range(); });
    m.attempts = list([&] {
      return AttemptFrom{below(max_sample_index + 1), whole<std::uint8_t>(), whole<std::uint8_t>(),
                         static_cast<double>(below(1000)), text()};
    });
  }
  void fill(Withdraw& m) { m.grace_s = real(), m.longest_s = real(); }
  void fill(Epoch& m) { m.number = whole<std::uint64_t>(); }
  void fill(CloseStage&) {}
  void fill(Leave&) {}
  void fill(Hello& m) { m = {text(), whole<std::uint32_t>(), whole<std::uint32_t>()}; }
  void fill(Report& m) {
    m = {whole<std::uint64_t>(),
         whole<std::uint64_t>(),
         whole<std::uint64_t>(),
         whole<std::uint64_t>(),
         real(),
         whole<std::uint64_t>(),
         whole<std::uint32_t>()};
  }
  void fill(Withdrawn& m) {
    m.ranges = list([&] { return range(); });
    m.cut_s = real();
    m.idle_s = real();
  }
  void fill(EpochRecords& m) {
    m.number = whole<std::uint64_t>();
    m.bytes = whole<std::uint64_t>();
    m.duration_s = real();
    m.skipped = list([&] { return range(); });
    m.runs = list([&] { return run(); });
  }

  template <class Message, std::size_t K = 0>
  Message alternative(std::size_t kind) {
    if constexpr (K + 1 < std::variant_size_v<Message>)
      if (kind != K) return alternative<Message, K + 1>(kind);
    std::variant_alternative_t<K, Message> body;
    fill(body);
    return body;
  }

  std::mt19937_64 engine_;
};

}  // namespace tranche::wire::test
