#include "daemon_main.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "agent_loop.hpp"
#include "clock.hpp"
#include "cores.hpp"
#include "gather.hpp"
#include "job_clock.hpp"
#include "master_loop.hpp"
#include "tranche/base/text.hpp"
#include "tranche/base/version.hpp"
#include "tranche/config/lock_file.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/inspect/hold.hpp"
#include "tranche/simulate/program_version.hpp"
#include "tranche/slurm/jobs.hpp"

namespace tranche::daemon {
namespace {

std::string environment(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

std::string describe(int signal) {
  if (signal == SIGUSR1 || signal == SIGUSR2) return "a signal asked for it";
  return signal == SIGTERM ? "signal TERM" : "signal INT";
}

/// Tells when the parent is gone, however it went: the launcher hands standard input on to rank 0.
class Lifeline {
 public:
  explicit Lifeline(bool watched) : watched_{watched} {}
  /// True once, when it has been cut.
  bool cut() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (!watched_ || poll(&input, 1, 0) <= 0) return false;
    char ignored = 0;
    if (read(STDIN_FILENO, &ignored, 1) != 0) return false;
    watched_ = false;
    return true;
  }

 private:
  bool watched_;
};

/// What rank 0 holds while it runs the campaign.
struct Owned {
  directory::Ownership ownership;
  ledger::Ledger ledger;
  std::string lock_text;
  std::int64_t job = 0;
};

/// Of tranche, and of a command that is asked for its own.
std::map<std::string, std::string> versions_of(const CampaignContext& context) {
  std::map<std::string, std::string> versions{{"tranche", std::string{version()}}};
  const auto own = simulate::simulator_version(context.paths.root().string(), context.spec.simulator);
  if (!own.empty()) versions["simulator"] = own;
  return versions;
}

/// A line for each file that differs; for a lock of an older tranche, a line for each that counts.
std::string changed_files(const CampaignContext& context, const config::LockFacts& lock) {
  std::string lines;
  if (!lock.stamp.files.empty())
    for (const auto& line : simulate::describe_change(lock.stamp.files, context.simulator_files))
      lines += "\n  " + line;
  else
    for (const auto& [name, digest] : context.simulator_files) lines += "\n  " + name + " is now " + digest;
  return lines;
}

/// A program whose files are the same may have become another: by a library, a module, a container.
void require_version(const CampaignContext& context, const config::LockFacts& lock) {
  const auto then = lock.stamp.versions.find("simulator");
  if (then == lock.stamp.versions.end()) return;
  const auto now = simulate::simulator_version(context.paths.root().string(), context.spec.simulator);
  if (now == then->second) return;
  throw Failure{ExitCode::usage,
                "the simulator says that its version is `" + now + "`; the campaign was started with `" +
                    then->second + "`",
                "load the modules and libraries of the first run again, or start a new campaign directory"};
}

/// The first start freezes the description; later ones must agree with it. Returns the lock's text.
std::string check_or_write_lock(const CampaignContext& context) {
  const auto path = context.paths.lock(1);
  auto text = directory::read_file(path);
  const bool fresh = !text;
  if (fresh) {
    if (std::filesystem::exists(context.paths.ledger()))  // the lock is written first
      throw DamageError{path.string() + " is missing, yet the campaign has begun",
                        "put the file back from a copy of the campaign"};
    directory::make_folder(path.parent_path());
    config::write_lock(
        path, context.spec, context.plan,
        {directory::new_nonce(), 1, context.simulator_digest, versions_of(context), context.simulator_files});
    directory::follow_group(path);
    text = directory::read_file(path);
  }
  const auto lock = config::parse_lock(*text);
  const auto changes = config::describe_change(lock, context.spec);
  if (!changes.empty()) {
    std::string what = "campaign.yaml has changed since the first run:";
    for (const auto& change : changes) what += "\n  " + change;
    throw Failure{ExitCode::usage, what, "put the old values back, or start a new campaign directory"};
  }
  if (lock.stamp.simulator_digest != context.simulator_digest)
    throw Failure{ExitCode::usage,
                  "the simulator is not what this campaign was started with (the digest has changed):" +
                      changed_files(context, lock),
                  "put the old simulator back, or start a new campaign directory"};
  if (!fresh) require_version(context, lock);
  return *text;
}

Owned take_campaign(const CampaignContext& context, std::uint32_t ranks, std::uint32_t slots,
                    const DaemonOptions& options) {
  directory::Challenge challenge;
  if (options.takeover) challenge.silent = directory::SilentOwner::replace;
  challenge.ask_job = slurm::ask_job;
  auto ownership = directory::Ownership::acquire(context.paths, "run", challenge);
  auto lock_text = check_or_write_lock(context);
  const auto campaign_id = config::parse_lock(lock_text).stamp.campaign_id;
  directory::make_file(context.paths.ledger());
  // Whoever was replaced, now or by a takeover that died here, may still have the file open and locked.
  if (options.takeover || ownership.replaced_unseen()) {
    ledger::renew_file(context.paths.ledger().string());
    directory::follow_group(context.paths.ledger());
  }
  auto ledger = ledger::Ledger::open(context.paths.ledger().string(), ownership.nonce());
  const auto id = ledger.fact("campaign_id");
  if (!id) {
    if (std::filesystem::exists(context.paths.view()))
      throw DamageError{"ledger.sqlite is missing or empty, yet there are stage files",
                        "put the ledger back from a copy of the campaign"};
    ledger.set_fact("campaign_id", campaign_id);
  } else if (*id != campaign_id) {
    throw DamageError{"ledger.sqlite belongs to another campaign than lock/r1.yaml",
                      "put the files back that belong together"};
  }
  inspect::settle_hold(ledger, context.plan, options.resume ? inspect::Resume::yes : inspect::Resume::no,
                       directory::unix_now());
  ledger::JobStart job;
  job.host = directory::host_name();
  job.pid = getpid();
  job.ranks = ranks;
  job.slots = slots;
  job.slurm_job_id = environment("SLURM_JOB_ID");
  job.version = version();
  job.simulator = context.simulator_digest;
  if (const auto lock = config::parse_lock(lock_text); lock.stamp.versions.contains("simulator"))
    ledger.set_fact("simulator_version", lock.stamp.versions.at("simulator"));
  const auto number = ledger.begin_job(job, directory::unix_now());
  if (const auto& before = ownership.taken_over())
    ledger.add_event("takeover", directory::to_json_text(*before), directory::unix_now());
  return {std::move(ownership), std::move(ledger), std::move(lock_text), number};
}

/// Sleeps between two looks at what may have happened. MPI has to be asked, so with other ranks the pause
/// grows from `shortest` to `longest` while nothing comes; alone there is nobody to ask.
class Rest {
 public:
  Rest(const Signals& signals, int ranks, std::initializer_list<int> wake_fds)
      : longest_{ranks > 1 ? std::chrono::milliseconds{5} : std::chrono::milliseconds{100}},
        pause_{shortest} {
    fds_.push_back({signals.fd(), POLLIN, 0});
    for (const int fd : wake_fds) fds_.push_back({fd, POLLIN, 0});
  }

  void busy() { pause_ = shortest; }
  void idle() {
    const timespec limit{0, static_cast<long>(pause_.count())};
    ppoll(fds_.data(), fds_.size(), &limit, nullptr);
    pause_ = std::min<std::chrono::nanoseconds>(2 * pause_, longest_);
  }

 private:
  static constexpr std::chrono::nanoseconds shortest{100'000};
  std::chrono::nanoseconds longest_;
  std::chrono::nanoseconds pause_;
  std::vector<pollfd> fds_;
};

/// What was sent last has to be taken before the channel goes.
void leave(Channel& channel, Rest& rest, SilenceWatch& watch) {
  const SilenceWatch::Meeting meeting{watch, the_end};
  while (!channel.flush()) rest.idle();
}

void run_agent(comm::MpiEnv& mpi, const CampaignContext& context, simulate::SimulatorHost& host,
               const Signals& signals, SilenceWatch& watch) {
  Channel channel{mpi.world()};
  AgentLoop agent{mpi.world(), context, host, channel, watch};
  Rest rest{signals, mpi.size(), {agent.news_fd()}};
  agent.join(usable_cores(), monotonic_s());
  while (!agent.left()) {
    while (signals.take() != 0) {
    }  // rank 0 gets the same signal and decides
    watch.turns();
    agent.step(monotonic_s()) ? rest.busy() : rest.idle();
  }
  leave(channel, rest, watch);
}

/// Of the job this process is part of.
AskTime ask_batch_system() {
  const auto job = environment("SLURM_JOB_ID");
  if (job.empty()) return {};
  return [job] { return slurm::ask_job_time(job); };
}

void run_loops(Rest& rest, const DaemonOptions& options, const Signals& signals,
               const directory::Ownership& ownership, JobClock& clock, AgentLoop& agent, MasterLoop& master,
               SilenceWatch& watch) {
  const SilenceWatch::Speaker speaker{watch, [&](const Failure& failure) { master.tell_failure(failure); }};
  agent.join(usable_cores(), monotonic_s());
  Lifeline lifeline{options.lifeline};
  const auto listen = [&] {
    while (const int signal = signals.take())
      signal == SIGUSR2 ? clock.look() : master.request_drain(describe(signal));
    clock.news().clear();
    if (clock.stop_wanted()) master.request_drain(describe(SIGUSR2));
    if (lifeline.cut()) master.request_drain("`tranche run` is gone");
  };
  master.listen_to(listen);
  while (!agent.left()) {
    listen();
    if (const auto why = ownership.silent_because()) master.owner_is_silent(*why);
    watch.turns();
    const auto now = monotonic_s();
    bool busy = master.step(now);
    busy = agent.step(now) || busy;
    busy ? rest.busy() : rest.idle();
  }
}

void run_master(comm::MpiEnv& mpi, CampaignContext& context, simulate::SimulatorHost& host, Owned& owned,
                const DaemonOptions& options, const Signals& signals, SilenceWatch& watch) {
  Channel channel{mpi.world()};
  AgentLoop agent{mpi.world(), context, host, channel, watch};
  JobClock clock{options.ends_at, ask_batch_system()};
  MasterLoop master{{options.until, mpi.size()}, context, owned.ledger, agent, channel, clock};
  Rest rest{signals, mpi.size(), {agent.news_fd(), master.news_fd(), clock.news().fd()}};
  try {
    run_loops(rest, options, signals, owned.ownership, clock, agent, master, watch);
  } catch (const Failure& failure) {  // on its way to main: people asking `status` shall hear of it too
    // What goes wrong after a takeover is the takeover's doing.
    context.fence();
    master.tell_failure(failure);
    throw;
  }
  owned.ledger.end_job(owned.job, "exit " + std::to_string(static_cast<int>(master.outcome()->code)),
                       directory::unix_now());
  directory::write_outcome(options.outcome, *master.outcome());
  leave(channel, rest, watch);
}

/// Whom a rank would name.
std::vector<std::string> hosts_of_partners(comm::MpiEnv& mpi) {
  auto hosts = gather(mpi.world(), directory::host_name());
  const auto first = comm::broadcast(mpi.world(), directory::host_name());
  if (hosts.empty()) hosts.push_back(first);
  return hosts;
}

}  // namespace

void make_host(std::optional<simulate::SimulatorHost>& host, const CampaignContext& context,
               const DaemonOptions& options) {
  simulate::HostOptions wanted;
  wanted.campaign_dir = context.paths.root().string();
  wanted.simulator = context.simulator;
  const auto& resources = context.spec.resources;
  wanted.slots = slots_of_rank(options.slots, resources.slots, resources.cores(), usable_cores());
  wanted.scratch_dir = options.scratch;
  wanted.log_path = (context.paths.logs() / "simulator.log").string();
  directory::make_folder(context.paths.logs());
  directory::make_file(wanted.log_path);
  directory::make_folder(context.paths.store());
  const auto& space = context.space;
  host.emplace(
      context.spec,
      simulate::SampleInputs{[&space](SampleIndex index, std::span<double> x) { space.evaluate(index, x); },
                             [&space](SampleIndex index) { return space.design().seed_of(index); }},
      wanted);
}

void run_rank(comm::MpiEnv& mpi, CampaignContext& context, simulate::SimulatorHost& host,
              const DaemonOptions& options, const Signals& signals, SilenceWatch& watch) {
  std::optional<SilenceWatch::Meeting> meeting;
  meeting.emplace(watch, "the start");
  watch.introduce(hosts_of_partners(mpi));
  std::optional<Owned> owned;
  if (mpi.rank() == 0) {
    // Whatever stops us here is told to the parent, and the ranks leave in good order.
    try {
      owned = take_campaign(context, static_cast<std::uint32_t>(mpi.size()), host.slots(), options);
    } catch (const Failure& failure) {
      directory::write_outcome(options.outcome, {failure.code(), failure.what(), failure.fix()});
    }
  }
  context.owner_nonce = comm::broadcast(mpi.world(), owned ? owned->ownership.nonce() : "");
  if (context.owner_nonce.empty()) return;
  context.lock = config::parse_lock(comm::broadcast(mpi.world(), owned ? owned->lock_text : ""));
  watch.belongs_to(context.paths, context.owner_nonce);
  meeting.reset();

  if (mpi.rank() == 0) {
    run_master(mpi, context, host, *owned, options, signals, watch);
  } else {
    run_agent(mpi, context, host, signals, watch);
  }
}

}  // namespace tranche::daemon
