#include "tranche/directory/owner.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

#include "owner_file.hpp"
#include "posix.hpp"
#include "tranche/base/text.hpp"

// How one owner follows another.
//
// A free campaign is taken by link(2) of a finished file to `owner`: exactly one process succeeds.
// An owner file is removed or replaced only by the holder of its *claim*, a file `.owner.<nonce>.claim`,
// made by link(2) as well and named after the nonce that is to go. So nobody can replace an owner that he
// has not looked at, however late he comes. A claim carries the facts of its maker; if that process is
// dead, the claim is inherited by claiming the claim's own nonce in turn.
//
// The counter is written through the descriptor the file was made with. Once the file has been replaced,
// that writes into a nameless inode: a lost ownership cannot come back.

namespace tranche::directory {
namespace fs = std::filesystem;
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto beat = std::chrono::seconds{2};
constexpr auto glance = std::chrono::milliseconds{100};
constexpr double claim_patience_s = 10;
/// Two beats of a counter, and some time for a file server.
constexpr double first_look_s = 5;
/// A job without a record is asked about at the beginning, middle and end of the silence.
constexpr int unknown_job_answers = 3;

std::string when(double unix_time) {
  const auto seconds = static_cast<std::time_t>(unix_time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

std::string describe(const OwnerFacts& facts) {
  auto text = "tranche " + facts.purpose + " on " + facts.host + ", pid " + std::to_string(facts.pid) +
              ", since " + when(facts.since);
  if (!facts.slurm_job_id.empty()) text += ", Slurm job " + facts.slurm_job_id;
  return text;
}

[[noreturn]] void refuse_alive(const OwnerFacts& facts) {
  throw Failure{ExitCode::owned, "another process owns this campaign: " + describe(facts),
                "tranche status shows it, tranche stop ends it"};
}

[[noreturn]] void refuse_silent(const OwnerFacts& facts, double watched_s) {
  if (facts.nonce.empty())
    throw Failure{ExitCode::owned, "the owner file cannot be read",
                  "if you know that nothing runs, remove `owner`"};
  throw Failure{ExitCode::owned,
                "another process owns this campaign and did not move for " + format_duration(watched_s) +
                    ": " + describe(facts) + "; whether it lives cannot be told from " + host_name(),
                "if you know that it is gone: tranche run --takeover"};
}

/// link(2) as the one atomic "create if absent" that holds on network file systems, where its answer
/// may be lost: then the number of links tells.
bool link_if_absent(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  const int error = errno;
  struct stat facts {};
  if (::stat(from.c_str(), &facts) == 0 && facts.st_nlink == 2) return true;
  if (error == EEXIST) return false;
  fail("link", to, error);
}

/// A finished owner file under a temporary name, removed when it goes out of scope.
class DraftFile {
 public:
  DraftFile(const fs::path& beside, const OwnerFacts& facts) : path_{temporary_beside(beside)} {
    const auto owner = to_text(facts);
    counter_at_ = owner.counter_at;
    file_ = create_new(path_);
    write_all(file_, owner.text, path_);
    sync(file_, path_);
  }
  DraftFile(const DraftFile&) = delete;
  DraftFile& operator=(const DraftFile&) = delete;
  ~DraftFile() { ::unlink(path_.c_str()); }

  const fs::path& path() const noexcept { return path_; }
  std::size_t counter_at() const noexcept { return counter_at_; }
  Descriptor take() { return std::move(file_); }

 private:
  fs::path path_;
  std::size_t counter_at_ = 0;
  Descriptor file_;
};

fs::path claim_path(const CampaignPaths& paths, const std::string& nonce) {
  return paths.root() / (".owner." + nonce + ".claim");
}

/// The right to remove or replace the owner file with a given nonce. Gone with the object.
class Claim {
 public:
  /// Nothing if another living process has it.
  static std::optional<Claim> make(const CampaignPaths& paths, const std::string& nonce) {
    Claim claim;
    const DraftFile draft{paths.owner(), own_facts("takeover")};
    auto wanted = nonce;
    while (true) {
      const auto path = claim_path(paths, wanted);
      if (link_if_absent(draft.path(), path)) {
        claim.own_ = path;
        return claim.inheritance_stands() ? std::optional{std::move(claim)} : std::nullopt;
      }
      const auto maker = read_owner(path);
      if (!maker) continue;  // it was just given back
      if (judge(*maker) != OwnerState::dead) return std::nullopt;
      claim.inherited_.push_back({path, maker->nonce});
      wanted = maker->nonce;
    }
  }
  Claim(Claim&& other) noexcept
      : inherited_{std::exchange(other.inherited_, {})}, own_{std::exchange(other.own_, {})} {}
  Claim& operator=(Claim&&) = delete;
  /// The inherited ones go first: as long as they stand, ours keeps others away from them.
  ~Claim() {
    if (own_.empty()) return;
    try {
      if (inheritance_stands())
        for (const auto& link : inherited_) ::unlink(link.file.c_str());
    } catch (const std::exception&) {
      // Left to the next one who claims.
    }
    ::unlink(own_.c_str());
  }

 private:
  struct Link {
    fs::path file;
    std::string maker;
  };
  Claim() = default;

  /// Whether every inherited claim is still the dead one we looked at.
  bool inheritance_stands() const {
    return std::all_of(inherited_.begin(), inherited_.end(), [](const Link& link) {
      const auto maker = read_owner(link.file);
      return maker && maker->nonce == link.maker;
    });
  }

  std::vector<Link> inherited_;  ///< from the owner's own claim on
  fs::path own_;
};

void pause() {
  std::this_thread::sleep_for(glance);
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Watches a silent owner on our own clock. True if it has kept still for all of `patience_s`, false if it
/// is gone or replaced; refuses as soon as it moves.
bool keeps_still(const CampaignPaths& paths, const OwnerFacts& seen, double patience_s) {
  const auto start = Clock::now();
  do {
    const auto now = read_owner(paths.owner());
    if (!now || now->nonce != seen.nonce) return false;
    if (now->counter != seen.counter) refuse_alive(*now);
    pause();
  } while (seconds_since(start) < patience_s);
  return true;
}

/// Slurm starts a job again, after a node failed say, when it has ended the start before. It sets no count
/// at the first start.
bool started_again(const OwnerFacts& before, const OwnerFacts& us) {
  const auto count = [](const std::string& text) {
    return text.empty() ? std::optional<std::uint64_t>{0} : parse_count(text);
  };
  const auto theirs = count(before.slurm_restart_count);
  const auto ours = count(us.slurm_restart_count);
  return theirs && ours && *theirs < *ours;
}

enum class Doubt : std::uint8_t { gone, remains, moot };

/// What watching and asking together say of an owner that this host cannot judge. `moot`: it has left.
Doubt doubt_after(const CampaignPaths& paths, const OwnerFacts& seen, const Challenge& challenge) {
  double watched_s = 0;
  int unknown = 0;
  auto job = ask_job_of(seen, challenge.ask_job);
  while (job == JobState::unknown && ++unknown < unknown_job_answers) {
    const double step_s = challenge.patience_s / (unknown_job_answers - 1);
    if (!keeps_still(paths, seen, step_s)) return Doubt::moot;
    watched_s += step_s;
    job = ask_job_of(seen, challenge.ask_job);
  }
  if (job == JobState::gone || job == JobState::unknown) return Doubt::gone;
  return keeps_still(paths, seen, challenge.patience_s - watched_s) ? Doubt::remains : Doubt::moot;
}

/// True if `draft` has become the owner file; false if someone else was quicker.
bool replace(const CampaignPaths& paths, const std::string& dead_nonce, const DraftFile& draft) {
  const auto claim = Claim::make(paths, dead_nonce);
  if (!claim) return false;
  const auto current = read_owner(paths.owner());
  if (!current || current->nonce != dead_nonce) return false;
  if (::rename(draft.path().c_str(), paths.owner().c_str()) != 0) fail("replace", paths.owner());
  return true;
}

/// Who was replaced without this host having seen its end.
struct Replaced {
  std::optional<OwnerFacts> taken_over;  ///< on a person's word
  bool unseen = false;                   ///< on a person's or the batch system's
};

/// One try. True if `draft` is the owner file now.
bool try_to_take(const CampaignPaths& paths, const DraftFile& draft, const Challenge& challenge,
                 Replaced& replaced) {
  const auto seen = look_at_owner(paths);
  switch (seen.state) {
    case OwnerState::none:
      return link_if_absent(draft.path(), paths.owner());
    case OwnerState::alive:
      refuse_alive(seen.facts);
    case OwnerState::dead:
      return replace(paths, seen.facts.nonce, draft);
    case OwnerState::silent:
      break;
  }
  const auto doubt = doubt_after(paths, seen.facts, challenge);
  if (doubt == Doubt::moot) return false;
  if (doubt == Doubt::gone) return replaced.unseen = replace(paths, seen.facts.nonce, draft);
  if (challenge.silent == SilentOwner::refuse || seen.facts.nonce.empty())
    refuse_silent(seen.facts, challenge.patience_s);
  if (!replace(paths, seen.facts.nonce, draft)) return false;
  replaced = {seen.facts, true};
  return true;
}

}  // namespace

/// Descriptor of our owner file and the thread that moves its counter.
struct Ownership::Impl {
  CampaignPaths paths;
  OwnerFacts facts;
  Replaced replaced;
  Descriptor file;
  std::size_t counter_at = 0;
  pid_t process = ::getpid();
  std::mutex mutex;
  std::condition_variable stop_asked;
  bool stopping = false;
  bool released = false;
  std::atomic<int> trouble{0};  ///< errno of the last beat
  std::thread heart;

  explicit Impl(CampaignPaths where) : paths{std::move(where)} {}

  void start_heart() {
    // Signals are for the program's own threads.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    heart = std::thread{[this] { keep_beating(); }};
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void keep_beating() {
    std::unique_lock lock{mutex};
    while (!stop_asked.wait_for(lock, beat, [this] { return stopping; })) {
      const auto field = counter_field(++facts.counter);
      const auto written = ::pwrite(file.get(), field.data(), field.size(), static_cast<off_t>(counter_at));
      trouble = written == static_cast<ssize_t>(field.size()) ? 0 : written < 0 ? errno : ENOSPC;
      // The client of a network file system may keep a write to itself for half of a challenger's patience,
      // and may say only here that there is no room for it.
      if (::fdatasync(file.get()) != 0 && trouble == 0) trouble = errno;
    }
  }

  void stop_heart() {
    {
      const std::scoped_lock lock{mutex};
      stopping = true;
    }
    stop_asked.notify_all();
    if (heart.joinable()) heart.join();
  }
};

OwnerView look_at_owner(const CampaignPaths& paths) {
  const auto facts = read_owner(paths.owner());
  if (!facts) return {};
  return {judge(*facts), *facts};
}

JobState ask_job_of(const OwnerFacts& owner, const JobQuestion& ask) {
  if (owner.slurm_job_id.empty()) return JobState::no_answer;
  const auto us = own_facts("");
  if (owner.slurm_job_id == us.slurm_job_id)
    return started_again(owner, us) ? JobState::gone : JobState::no_answer;
  return ask ? ask(owner.slurm_job_id) : JobState::no_answer;
}

void require_no_living_owner(const CampaignPaths& paths, const JobQuestion& ask) {
  const auto seen = look_at_owner(paths);
  if (seen.state == OwnerState::alive) refuse_alive(seen.facts);
  if (seen.state != OwnerState::silent || ask_job_of(seen.facts, ask) == JobState::gone) return;
  [[maybe_unused]] const bool unmoved = keeps_still(paths, seen.facts, first_look_s);
}

bool owner_is(const CampaignPaths& paths, const std::string& nonce) {
  const auto facts = read_owner(paths.owner());
  return facts && facts->nonce == nonce;
}

Failure taken_over() {
  return {ExitCode::owned, "another run has taken over this campaign; nothing more was written here",
          "tranche status"};
}

void require_owner(const CampaignPaths& paths, const std::string& nonce) {
  if (!owner_is(paths, nonce)) throw taken_over();
}

Ownership Ownership::acquire(const CampaignPaths& paths, const std::string& purpose,
                             const Challenge& challenge) {
  auto impl = std::make_unique<Impl>(paths);
  impl->facts = own_facts(purpose);
  DraftFile draft{paths.owner(), impl->facts};
  const auto start = Clock::now();
  while (!try_to_take(paths, draft, challenge, impl->replaced)) {
    if (seconds_since(start) > challenge.patience_s + claim_patience_s)
      throw Failure{ExitCode::owned, "another process is taking this campaign over", "tranche status"};
    pause();
  }
  impl->counter_at = draft.counter_at();
  impl->file = draft.take();
  sync_folder(paths.root());
  sweep_temporaries(paths.root());
  sweep_temporaries(paths.inbox());
  impl->start_heart();
  return Ownership{std::move(impl)};
}

Ownership::Ownership(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Ownership::Ownership(Ownership&&) noexcept = default;
Ownership& Ownership::operator=(Ownership&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

Ownership::~Ownership() {
  if (!impl_) return;
  // A forked child has the object, but neither the thread nor the campaign.
  if (impl_->process != ::getpid()) {
    if (impl_->heart.joinable()) impl_->heart.detach();
    [[maybe_unused]] auto* const leaked = impl_.release();
    return;
  }
  try {
    release();
  } catch (const std::exception&) {
    // The file stays; it names a process that is about to be gone.
  }
}

const std::optional<OwnerFacts>& Ownership::taken_over() const noexcept {
  return impl_->replaced.taken_over;
}

bool Ownership::replaced_unseen() const noexcept {
  return impl_->replaced.unseen;
}

const std::string& Ownership::nonce() const noexcept {
  return impl_->facts.nonce;
}

bool Ownership::holds() const {
  return !impl_->released && owner_is(impl_->paths, impl_->facts.nonce);
}

std::optional<std::string> Ownership::silent_because() const {
  const int trouble = impl_->trouble;
  if (trouble == 0) return std::nullopt;
  return std::string{std::strerror(trouble)};
}

void Ownership::release() {
  if (impl_->released || impl_->process != ::getpid()) return;
  impl_->stop_heart();
  impl_->released = true;
  const auto claim = Claim::make(impl_->paths, impl_->facts.nonce);
  if (!claim || !owner_is(impl_->paths, impl_->facts.nonce)) return;
  if (::unlink(impl_->paths.owner().c_str()) != 0) fail("remove", impl_->paths.owner());
}

}  // namespace tranche::directory
