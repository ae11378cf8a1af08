// The queue between agent and slots: nothing is lost, nothing is done twice.
#include <fstream>
#include <random>
#include <set>

#include "host_fixture.hpp"
#include "processes.hpp"

using namespace tranche;
using namespace tranche::test;

namespace {

Script all_slow(SampleIndex count, double milliseconds) {
  Script script;
  script.value = milliseconds;
  for (SampleIndex index = 0; index < count; ++index) script.modes[index] = Mode::slow;
  return script;
}

}  // namespace

TEST_CASE("a ring far smaller than the number of samples goes round and round") {
  HostFixture wide{Script{}, 1};
  const auto expected = wide.run_all(500);
  HostFixture narrow{Script{}, 3, hostile_spec(), 4};
  CHECK(narrow->queue_depth() == 4);
  CHECK(narrow->room() == 12);
  const auto runs = narrow.run_all(500);
  for (const auto& [index, run] : runs) CHECK(run.row == expected.at(index).row);
  CHECK(narrow->room() == 12);
  CHECK(narrow->in_flight() == 0);
  CHECK(narrow->idle_slots() == 3);
}

TEST_CASE("the depth of the queue follows the row size and is a power of two") {
  auto spec = hostile_spec();
  spec.outputs[1].size = 3'000'000;  // 12 MB: two rows would fit into 32 MiB, four are kept
  CHECK(HostFixture(Script{}, 1, spec)->queue_depth() == 4);
  CHECK(HostFixture(Script{})->queue_depth() == 4096);
  CHECK(HostFixture(Script{}, 1, hostile_spec(), 100)->queue_depth() == 64);
}

TEST_CASE("a row stays as it is until it is released, and the slot waits for room") {
  HostFixture host{Script{}, 1, hostile_spec(), 4};
  for (SampleIndex index = 0; index < 4; ++index) host->submit({1, 1, 0, index});
  std::vector<simulate::Finished> held;
  host.wait_until([&] {
    host->poll(held);
    return held.size() == 4;
  });
  CHECK(host->room() == 0);
  CHECK(host->in_flight() == 0);
  std::vector<std::vector<std::byte>> rows;
  for (const auto& run : held) rows.emplace_back(run.row.begin(), run.row.end());

  // Out of order: a released row is used again, the others are left alone.
  host->release(held[2].ticket);
  REQUIRE(host->room() == 1);
  host->submit({1, 1, 0, 99});
  std::vector<simulate::Finished> more;
  host.wait_until([&] {
    host->poll(more);
    return more.size() == 1;
  });
  CHECK(more[0].record.id.index() == 99);
  for (const std::size_t k : {0, 1, 3})
    CHECK(std::equal(rows[k].begin(), rows[k].end(), held[k].row.begin(), held[k].row.end()));
}

TEST_CASE("results do not depend on the number of slots") {
  HostFixture one{Script{}, 1};
  HostFixture four{Script{}, 4};
  const auto a = one.run_all(300);
  const auto b = four.run_all(300);
  for (const auto& [index, run] : a) CHECK(run.record.checksum == b.at(index).record.checksum);
}

TEST_CASE("withdrawing under load loses nothing and repeats nothing") {
  constexpr SampleIndex count = 20'000;
  HostFixture host{Script{}, 2, hostile_spec(), 64};
  std::map<SampleIndex, HostFixture::Run> runs;
  std::vector<SampleIndex> waiting;
  for (SampleIndex index = count; index > 0; --index) waiting.push_back(index - 1);
  std::mt19937 random{7};
  host.wait_until([&] {
    while (!waiting.empty() && host->room() > 0) {
      host->submit({1, 1, 0, waiting.back()});
      waiting.pop_back();
    }
    if (random() % 3 == 0) {
      for (const auto& task : host->withdraw()) waiting.push_back(task.index);
    }
    host.collect(runs);
    REQUIRE(runs.size() + waiting.size() + host->in_flight() == count);
    return runs.size() == count;
  });
  CHECK(host->room() == 128);
  for (const auto& [index, run] : runs) REQUIRE(run.record.state == SampleState::ok);
}

TEST_CASE("a withdrawn task does not run") {
  HostFixture host{all_slow(50, 20), 1};
  for (SampleIndex index = 0; index < 50; ++index) host->submit({1, 1, 0, index});
  std::set<SampleIndex> taken;
  for (const auto& task : host->withdraw()) taken.insert(task.index);
  CHECK(taken.size() >= 40);
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return host->in_flight() == 0;
  });
  CHECK(runs.size() + taken.size() == 50);
  for (const auto& [index, run] : runs) CHECK(!taken.contains(index));
}

TEST_CASE("tasks waiting behind a hanging run are done by another slot") {
  Script script;
  script.modes[0] = Mode::hang;
  HostFixture host{script, 2};
  for (SampleIndex index = 0; index < 200; ++index) host->submit({1, 1, 0, index});
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return runs.size() == 199;
  });
  CHECK(!runs.contains(0));
  CHECK(host->in_flight() == 1);
}

TEST_CASE("slots killed from outside under load: each task is finished exactly once") {
  constexpr SampleIndex count = 6'000;
  HostFixture calm{all_slow(count, 0.05), 1};
  const auto expected = calm.run_all(count);

  HostFixture host{all_slow(count, 0.05), 3, hostile_spec(), 32};
  std::map<SampleIndex, HostFixture::Run> runs;
  std::mt19937 random{11};
  SampleIndex next = 0;
  std::size_t kills = 0, polls = 0;
  host.wait_until([&] {
    while (next < count && host->room() > 0) host->submit({1, 1, 0, next++});
    if (++polls % 25 == 0) {
      const auto slots = grandchildren_of(::getpid());
      if (!slots.empty()) kills += ::kill(slots[random() % slots.size()], SIGKILL) == 0 ? 1 : 0;
    }
    host.collect(runs);
    return runs.size() == count;
  });
  std::size_t crashed = 0;
  for (const auto& [index, run] : runs) {
    if (run.record.state == SampleState::ok) {
      REQUIRE(run.row == expected.at(index).row);
      continue;
    }
    ++crashed;
    REQUIRE(run.record.state == SampleState::crashed);
    REQUIRE(run.record.reason == "sigkill");
  }
  CHECK(kills > 5);
  CHECK(crashed <= kills);
  CHECK(host->in_flight() == 0);
}

TEST_CASE("an orderly stop closes the plug-in in every slot and keeps what was finished") {
  HostFixture host{Script{}, 2};
  for (SampleIndex index = 0; index < 10; ++index) host->submit({1, 1, 0, index});
  host->stop(patience_s);
  std::map<SampleIndex, HostFixture::Run> runs;
  host.collect(runs);
  CHECK(runs.size() <= 10);
  CHECK(runs.size() + host->in_flight() == 10);
  for (const char* name : {"slot-0.err", "slot-1.err"}) {
    std::ifstream file{host.folder().str() + "/scratch/" + name};
    std::string line;
    REQUIRE(std::getline(file, line));
    CHECK(line == "closed");
  }
  CHECK(descendants_of(::getpid()).empty());
}

TEST_CASE("a host that was never started stops at once") {
  TemporaryFolder folder;
  simulate::HostOptions options;
  options.campaign_dir = folder.str();
  options.simulator.program = test_plugin("hostile");
  options.scratch_dir = folder.str() + "/scratch";
  simulate::SimulatorHost host{hostile_spec(), Script{}.inputs(), options};
  host.stop(patience_s);
  CHECK(descendants_of(::getpid()).empty());
}

TEST_CASE("a stop does not wait for a run that hangs") {
  Script script;
  script.modes[0] = Mode::hang;
  HostFixture host{script};
  host->submit({1, 1, 0, 0});
  host->stop(0.05);
  CHECK(descendants_of(::getpid()).empty());
}

TEST_CASE("a retried sample carries its attempt and gives the same row") {
  HostFixture host{Script{}};
  const auto first = simulate::run_one(*host, host.spec(), {2, 3, 0, 5});
  const auto again = simulate::run_one(*host, host.spec(), {2, 3, 1, 5});
  CHECK(first.record.id == RunId{2, 5, 0});
  CHECK(again.record.id == RunId{2, 5, 1});
  CHECK(first.record.checksum == again.record.checksum);
  CHECK(first.values == again.values);
  CHECK(first.values.size() == 8);
}

TEST_CASE("a campaign without outputs has runs only") {
  auto spec = hostile_spec();
  spec.outputs.clear();
  spec.meta.clear();
  HostFixture host{Script{}, 1, spec};
  const auto runs = host.run_all(10);
  for (const auto& [index, run] : runs) {
    CHECK(run.record.state == SampleState::ok);
    CHECK(run.row.empty());
  }
}

TEST_CASE("the wake-up may be waited for without limit: none is lost") {
  Script script;
  script.value = 1;
  for (SampleIndex index = 7; index < 4000; index += 97) script.modes[index] = Mode::slow;
  HostFixture host{script, 2};
  std::map<SampleIndex, HostFixture::Run> runs;
  std::mt19937 random{5};
  SampleIndex next = 0;
  while (runs.size() < 4000) {
    const std::size_t before = runs.size();
    host.collect(runs);
    if (runs.size() > before) continue;
    // After a poll that found nothing: a few tasks, or many, or one behind a long one.
    for (auto count = host->in_flight() == 0 ? 1 + random() % 40 : random() % 3; count > 0 && next < 4000;
         --count)
      host->submit({1, 1, 0, next++});
    pollfd wanted{host->wake_fd(), POLLIN, 0};
    if (host->in_flight() == 0) continue;
    REQUIRE(::poll(&wanted, 1, static_cast<int>(patience_s * 1e3)) == 1);
  }
}

TEST_CASE("slots without work, and their zygote, do not wake up") {
  HostFixture host{Script{}, 3};
  host.run_all(30);
  const auto family = descendants_of(::getpid());
  const auto turns = [&] {
    long sum = 0;
    for (const pid_t pid : family) {
      std::ifstream file{"/proc/" + std::to_string(pid) + "/status"};
      for (std::string line; std::getline(file, line);) {
        if (line.starts_with("voluntary_ctxt")) sum += std::atol(line.c_str() + line.find(':') + 1);
      }
    }
    return sum;
  };
  long before = turns();
  // Whoever is still busy with settling down gets a few chances.
  host.wait_until([&] {
    ::usleep(300'000);
    return std::exchange(before, turns()) == before;
  });
  host.run_all(30);  // and they do wake up for work
}

TEST_CASE("a run may have a time limit of its own, shorter or longer than the campaign's") {
  auto spec = hostile_spec();
  spec.simulator.timeout_s = 1;
  HostFixture host{all_slow(3, 3000), 3, spec};
  host->submit({1, 1, 0, 0, 60});
  host->submit({1, 1, 0, 1, 0.2});
  host->submit({1, 1, 0, 2});
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return runs.size() == 3;
  });
  CHECK(runs.at(0).record.state == SampleState::ok);
  CHECK(runs.at(1).record.state == SampleState::timeout);
  CHECK(runs.at(1).record.message == "killed after 200 ms");
  CHECK(runs.at(2).record.state == SampleState::timeout);
  CHECK(runs.at(2).record.message == "killed after 1.0 s");
}

TEST_CASE("a campaign without a time limit can have runs with one") {
  auto spec = hostile_spec();
  spec.simulator.timeout_s.reset();
  Script script;
  script.modes[0] = Mode::hang;
  HostFixture host{script, 1, spec};
  host->submit({1, 1, 0, 0, 0.3});
  std::map<SampleIndex, HostFixture::Run> runs;
  host.wait_until([&] {
    host.collect(runs);
    return runs.size() == 1;
  });
  CHECK(runs.at(0).record.state == SampleState::timeout);
}
