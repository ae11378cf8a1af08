/// \file
/// Which agents fail so much more than the others that it must be the node.
/// Layer: schedule (pure).
///
/// Indices are dealt in an order that says nothing about the point (the design's permutation), so that one
/// agent's samples are as hard as another's. Only first attempts are counted: samples that are known to fail
/// (`tranche retry`) may all go to one agent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "tranche/base/run_record.hpp"

namespace tranche::schedule {

/// First attempts of an agent that were recorded lately, and how many of them failed, timed out or crashed.
struct Conduct {
  std::uint64_t runs = 0;
  std::uint64_t faults = 0;

  double rate() const noexcept {
    return runs == 0 ? 0 : static_cast<double>(faults) / static_cast<double>(runs);
  }
  bool operator==(const Conduct&) const = default;
};

/// Whether the run says something about its node: not what is ok or a bad point, nor what the end of an
/// allocation cut off.
bool is_fault(const RunRecord& run) noexcept;

struct BadNodeRule {
  bool watch = true;  ///< false: indices are dealt in an order of the user's
  std::uint64_t fewest_faults = 20;
  std::uint64_t fewest_others = 40;  ///< runs on the other agents
  double times = 3;                  ///< as often as on the others ...
  double above = 0.1;                ///< ... and by this share more
  /// -log of the chance to be so much worse than the others by accident (Hoeffding's bound of the
  /// hypergeometric tail): 1e-12, whatever the number of looks and agents.
  double evidence = 27.6;
  std::uint64_t memory = 4096;  ///< runs of an agent after which older ones count half
};

/// By how much, in units of evidence, the agent is out of line; 0: it is not.
double out_of_line(const Conduct& agent, const Conduct& others, const BadNodeRule& rule) noexcept;

/// The conduct of all agents, over the stages of a job.
class NodeWatch {
 public:
  using Id = std::uint32_t;

  explicit NodeWatch(BadNodeRule rule) : rule_{rule} {}

  /// What it did in the stages before; one that is out stays out.
  void join(Id agent, const Conduct& conduct, bool out);
  void count(Id agent, std::span<const RunRecord> runs);
  /// It gets no more work, and is compared with nobody.
  void put_out(Id agent);
  /// The agent that is worst out of line, if there is one; at most half of the agents are ever named.
  std::optional<Id> suspect() const;
  const Conduct& conduct(Id agent) const { return agents_.at(agent).conduct; }
  /// Of all that are in but this one.
  Conduct others(Id agent) const;
  bool out(Id agent) const { return agents_.at(agent).out; }
  bool any_out() const noexcept { return out_ > 0; }

 private:
  struct Agent {
    Conduct conduct;
    bool out = false;
  };

  BadNodeRule rule_;
  std::map<Id, Agent> agents_;
  Conduct all_;  ///< of those that are in
  std::size_t out_ = 0;
};

}  // namespace tranche::schedule
