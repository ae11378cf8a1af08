// One master and many agents, without MPI: a simulation in which agents and their slots keep simulated time,
// and the master decodes, applies, decides and encodes for real. Its CPU time and its memory are measured.
//
//   bench_scale [--agents 10000] [--slots 128] [--samples 1e8] [--mean 1] [--heavy 0|1] [--turn 0.001]
//               [--row-bytes 736] [--write 0] [--commit 0] [--expect-idle SHARE]
//
// --mean, --turn, --write (an epoch's write) and --commit (per record) in seconds. The figures go to stdout
// as one JSON object. Exit 1: a sample was not recorded exactly once, or slots were idle for more than
// --expect-idle of all slot time while samples were open.
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "scale_agent.hpp"
#include "tranche/schedule/master_state.hpp"
#include "tranche/wire/codec.hpp"

namespace {

/// What the master holds on the heap: counted while it works, and only then.
struct Heap {
  bool counting = false;
  std::int64_t bytes = 0;
  std::int64_t most = 0;
};
Heap heap;

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  if (heap.counting) {
    heap.bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
    heap.most = std::max(heap.most, heap.bytes);
  }
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  if (heap.counting) heap.bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
  operator delete(memory);
}

namespace {

using namespace tranche;
using namespace tranche::schedule;
using bench::Costs;
using bench::ScaleAgent;

using Options = std::map<std::string, double>;

constexpr double reach_in_epochs = 3;            // as in the master's loop
constexpr std::size_t batch_bytes = 16'000'000;  ///< of encoded messages at a time
constexpr double longest_silence_s = 2;

/// CPU time of this thread and what it allocates, while it lives.
class Measure {
 public:
  explicit Measure(double& sum) : sum_{sum}, begin_{cpu_s()} { heap.counting = true; }
  ~Measure() {
    heap.counting = false;
    sum_ += cpu_s() - begin_;
  }
  Measure(const Measure&) = delete;
  Measure& operator=(const Measure&) = delete;

 private:
  static double cpu_s() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
  double& sum_;
  double begin_;
};

struct Traffic {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  void count(std::uint64_t size) { ++messages, bytes += size; }
};

struct Figures {
  double reports_s = 0;  ///< CPU: decoding and applying
  double records_s = 0;
  double decide_s = 0;
  double grants_s = 0;  ///< encoding and applying
  double epochs_s = 0;  ///< orders to start them, and the end of each
  Traffic reports;
  Traffic records;
  Traffic grants;
  std::uint64_t turns = 0;
  std::uint64_t epochs = 0;
  std::uint64_t rows = 0;
  std::uint64_t most_rows = 0;  ///< in one epoch
  double all_granted_at = -1;
  double idle_before_s = 0;  ///< of all slots, until then
};

class Simulation {
 public:
  explicit Simulation(const Options& options)
      : options_{options},
        costs_{options.at("heavy") != 0 ? Costs::Spread::heavy : Costs::Spread::ssc, options.at("mean")},
        agents_(static_cast<std::size_t>(options.at("agents")),
                ScaleAgent{costs_, slots(), static_cast<std::uint64_t>(options.at("row-bytes"))}),
        wake_tick_(agents_.size()),
        recorded_(samples()),
        due_(static_cast<std::size_t>(longest_silence_s / options.at("turn")) + 2),
        master_{start()} {
    for (AgentId id = 0; id < agents_.size(); ++id) wake(id);
  }

  /// Until the stage is over.
  void run() {
    for (; !over_; ++tick_) {
      let_speak();
      if (now() < away_until_) continue;
      if (writing_) end_write();
      if (committing_ != 0) end_commit();
      take_facts();
      act();
    }
    if (figures_.rows != samples()) throw std::runtime_error{"samples are missing"};
  }

  void print() const;
  double idle_share() const { return figures_.idle_before_s / (all_slots() * last_end()); }

 private:
  struct Fact {
    AgentId agent = 0;
    bool records = false;
    wire::Report report;
  };

  std::uint32_t slots() const { return static_cast<std::uint32_t>(options_.at("slots")); }
  std::uint64_t samples() const { return static_cast<std::uint64_t>(options_.at("samples")); }
  double all_slots() const { return static_cast<double>(agents_.size()) * slots(); }
  double now() const { return static_cast<double>(tick_) * options_.at("turn"); }
  double last_end() const {
    double last = 0;
    for (const auto& agent : agents_) last = std::max(last, agent.last_end());
    return last;
  }

  MasterState start() {
    const Measure measure{figures_.epochs_s};
    MasterState master{{}, {{1, 1}, IndexSet{{0, samples()}}, {}}, 1, 0.0};
    for (AgentId id = 0; id < agents_.size(); ++id) master.apply(AgentJoined{id, slots()}, 0);
    return master;
  }

  // --- agents -----------------------------------------------------------------------------------------

  void wake(AgentId id) {
    const double at = writing_ ? std::max(away_until_, now()) : agents_[id].next_word();
    const auto tick = static_cast<std::uint64_t>(std::ceil(at / options_.at("turn") - 1e-6));
    wake_tick_[id] = std::clamp(tick, tick_ + 1, tick_ + due_.size() - 1);
    due_[wake_tick_[id] % due_.size()].push_back(id);
  }

  void let_speak() {
    std::vector<AgentId> due;
    due.swap(due_[tick_ % due_.size()]);
    for (const auto id : due) {
      if (wake_tick_[id] != tick_) continue;  // something has come between
      if (!writing_) say(id);
      wake(id);
    }
  }

  void say(AgentId id) {
    auto& agent = agents_[id];
    agent.advance(now());
    const auto totals = agent.totals();
    if (!agent.speaks(totals, now())) return;
    facts_.push_back({id, false, totals});
    agent.said(totals, now());
  }

  /// All ranks were in the store; slots went on.
  void end_write() {
    writing_ = false;
    for (AgentId id = 0; id < agents_.size(); ++id) {
      facts_.push_back({id, true, {}});
      agents_[id].advance(now());
      const auto totals = agents_[id].totals();
      facts_.push_back({id, false, totals});
      agents_[id].said(totals, now());
      wake(id);
    }
  }

  std::vector<std::byte> encoded(const Fact& fact) {
    if (!fact.records) return wire::encode(wire::FromAgent{fact.report});
    wire::EpochRecords records;
    records.number = epoch_;
    for (const auto index : agents_[fact.agent].writing()) {
      if (recorded_[index]) throw std::runtime_error{"a sample is recorded twice"};
      recorded_[index] = true;
      auto& run = records.runs.emplace_back();
      run.id = RunId{1, index, 0};
      run.state = SampleState::ok;
      run.wall_s = costs_(index);
    }
    epoch_rows_ += records.runs.size();
    return wire::encode(wire::FromAgent{std::move(records)});
  }

  // --- the master -------------------------------------------------------------------------------------

  void take_facts() {
    std::vector<std::vector<std::byte>> batch;
    for (std::size_t begin = 0; begin < facts_.size();) {
      const bool records = facts_[begin].records;
      auto end = begin;
      std::size_t bytes = 0;
      batch.clear();
      for (; end < facts_.size() && facts_[end].records == records && bytes < batch_bytes; ++end) {
        bytes += batch.emplace_back(encoded(facts_[end])).size();
        (records ? figures_.records : figures_.reports).count(batch.back().size());
      }
      const Measure measure{records ? figures_.records_s : figures_.reports_s};
      for (auto at = begin; at < end; ++at) take(facts_[at].agent, batch[at - begin]);
      begin = end;
    }
    facts_.clear();
  }

  void take(AgentId id, const std::vector<std::byte>& bytes) {
    const auto fact = wire::decode_from_agent(bytes);
    if (const auto* report = std::get_if<wire::Report>(&fact)) {
      master_.apply(AgentReported{id, *report}, now());
    } else {
      master_.apply(EpochRecorded{id, &std::get<wire::EpochRecords>(fact)}, now());
    }
  }

  void act() {
    ++figures_.turns;
    std::vector<Action> actions;
    {
      const Measure measure{figures_.decide_s};
      actions = master_.decide(now());
    }
    if (actions.empty()) return;
    send_grants(actions);
    for (const auto& action : actions) {
      if (const auto* start = std::get_if<StartEpoch>(&action)) perform(*start);
      if (std::holds_alternative<CommitEpoch>(action)) {
        committing_ = epoch_rows_;
        away_until_ = now() + options_.at("commit") * static_cast<double>(epoch_rows_);
        if (away_until_ <= now()) end_commit();
      }
      if (std::holds_alternative<StageOver>(action)) over_ = true;
    }
    const Measure measure{figures_.decide_s};
    std::vector<Action>{}.swap(actions);  // counted where it was made
  }

  void send_grants(const std::vector<Action>& actions) {
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;
    {
      const Measure measure{figures_.grants_s};
      for (const auto& action : actions)
        if (const auto* send = std::get_if<SendGrant>(&action)) {
          bytes += wire::encode(wire::ToAgent{send->grant}).size();
          ++count;
          master_.apply(GrantSent{send->agent, send->grant}, now());
        }
    }
    figures_.grants.messages += count;
    figures_.grants.bytes += bytes;
    for (const auto& action : actions)
      if (const auto* send = std::get_if<SendGrant>(&action)) {
        agents_[send->agent].add(send->grant, now());
        wake(send->agent);
      }
    if (master_.open() == 0 && figures_.all_granted_at < 0) note_all_granted();
  }

  void note_all_granted() {
    figures_.all_granted_at = now();
    for (auto& agent : agents_) {
      agent.advance(now());
      figures_.idle_before_s += agent.idle_s();
    }
  }

  void perform(const StartEpoch& action) {
    epoch_ = action.number;
    began_at_ = now();
    epoch_rows_ = 0;
    {
      const Measure measure{figures_.epochs_s};
      for (AgentId id = 0; id < agents_.size(); ++id) (void)wire::encode(wire::ToAgent{wire::Epoch{epoch_}});
      master_.apply(EpochStarted{epoch_}, now());
    }
    writing_ = true;
    away_until_ = now() + options_.at("write");
    for (auto& agent : agents_) {
      agent.advance(now());
      agent.begin_epoch();
    }
  }

  void end_commit() {
    committing_ = 0;
    ++figures_.epochs;
    figures_.rows += epoch_rows_;
    figures_.most_rows = std::max(figures_.most_rows, epoch_rows_);
    const Measure measure{figures_.epochs_s};
    master_.apply(EpochCommitted{epoch_}, now());
    master_.apply(ReachMeasured{reach_in_epochs * (now() - began_at_)}, now());
  }

  Options options_;
  Figures figures_;
  Costs costs_;
  std::vector<ScaleAgent> agents_;
  std::vector<std::uint64_t> wake_tick_;
  std::vector<bool> recorded_;
  std::vector<std::vector<AgentId>> due_;  ///< a ring of ticks
  MasterState master_;
  std::vector<Fact> facts_;
  std::uint64_t tick_ = 0;
  double away_until_ = 0;
  bool writing_ = false;
  std::uint64_t committing_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t epoch_rows_ = 0;
  double began_at_ = 0;
  bool over_ = false;
};

double process_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e3;
}

void Simulation::print() const {
  const auto& f = figures_;
  const double end = last_end();
  double busy = 0;
  for (const auto& agent : agents_) busy += agent.wall_s();
  const double tail = all_slots() * end - busy - f.idle_before_s;
  const double scheduling = f.reports_s + f.decide_s + f.grants_s;
  const double cpu = scheduling + f.records_s + f.epochs_s;
  const auto grants = static_cast<double>(f.grants.messages);
  const auto per = [](double sum, std::uint64_t count) {
    return count == 0 ? 0 : sum / static_cast<double>(count);
  };
  std::vector<std::pair<std::string, double>> lines{options_.begin(), options_.end()};
  lines.insert(lines.end(),
               {{"makespan_s", end},
                {"least_makespan_s", std::max(busy / all_slots(), costs_.longest_s())},
                {"all_granted_s", f.all_granted_at},
                {"idle_share_while_open", idle_share()},
                {"idle_share_tail", tail / (all_slots() * end)},
                {"grants", grants},
                {"grants_a_s", grants / end},
                {"grant_bytes", per(static_cast<double>(f.grants.bytes), f.grants.messages)},
                {"reports_a_s", static_cast<double>(f.reports.messages) / end},
                {"report_bytes", per(static_cast<double>(f.reports.bytes), f.reports.messages)},
                {"turns", static_cast<double>(f.turns)},
                {"epochs", static_cast<double>(f.epochs)},
                {"record_messages_mb", static_cast<double>(f.records.bytes) / 1e6},
                {"cpu_report_us", per(f.reports_s, f.reports.messages) * 1e6},
                {"cpu_decide_us", per(f.decide_s, f.turns) * 1e6},
                {"cpu_send_grant_us", per(f.grants_s, f.grants.messages) * 1e6},
                {"cpu_grant_all_us", scheduling / grants * 1e6},
                {"cpu_record_ns", per(f.records_s, f.rows) * 1e9},
                {"cpu_epoch_ms", per(f.epochs_s, f.epochs) * 1e3},
                {"grants_a_s_possible", grants / scheduling},
                {"core_share_scheduling", scheduling / end},
                {"core_share_records", f.records_s / end},
                {"core_share", cpu / end},
                {"heap_mb", static_cast<double>(heap.bytes) / 1e6},
                {"heap_most_mb", static_cast<double>(heap.most) / 1e6},
                {"records_of_an_epoch_mb", static_cast<double>(f.most_rows * sizeof(RunRecord)) / 1e6},
                {"simulation_rss_mb", process_rss_mb()}});
  std::printf("{");
  const char* separator = "\n";
  for (const auto& [name, value] : lines) {
    std::printf("%s  \"%s\": %.6g", separator, name.c_str(), value);
    separator = ",\n";
  }
  std::printf("\n}\n");
}

/// False: an unknown option, or one without a number.
bool read(Options& options, int argc, char** argv) {
  for (int k = 1; k < argc; k += 2) {
    const std::string name = argv[k];
    char* end = nullptr;
    if (name.rfind("--", 0) != 0 || !options.contains(name.substr(2)) || k + 1 == argc) return false;
    options[name.substr(2)] = std::strtod(argv[k + 1], &end);
    if (end == argv[k + 1] || *end != '\0') return false;
  }
  return options["agents"] >= 1 && options["slots"] >= 1 && options["samples"] >= 1 && options["mean"] > 0 &&
         options["turn"] > 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options{{"agents", 10'000}, {"slots", 128},    {"samples", 1e8}, {"mean", 1},
                  {"heavy", 0},       {"turn", 0.001},   {"write", 0},     {"commit", 0},
                  {"row-bytes", 736}, {"expect-idle", 1}};
  if (!read(options, argc, argv)) {
    std::fprintf(stderr, "bench_scale: options are pairs of --name and number; names:");
    for (const auto& [name, value] : options) std::fprintf(stderr, " --%s (%g)", name.c_str(), value);
    std::fprintf(stderr, "\n");
    return 2;
  }
  Simulation simulation{options};
  simulation.run();
  simulation.print();
  if (simulation.idle_share() <= options["expect-idle"]) return 0;
  std::fprintf(stderr, "bench_scale: slots were idle while samples were open\n");
  return 1;
}
