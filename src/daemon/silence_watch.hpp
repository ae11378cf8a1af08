/// \file
/// Ends this process when its main thread waits in MPI for a partner that will never answer.
/// Layer: daemon. One thread on each rank of several; alone there is nobody to wait for.
///
/// A partner that writes for a long time is not silent: while a main thread is away from its loop, its watch
/// moves a counter in a file that all ranks share, and the owner's counter moves anyway. Rank 0 watches all
/// ranks, the others watch rank 0. In normal operation nothing is written.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "signs_file.hpp"
#include "signs_of_life.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::daemon {

/// The last meeting of all.
inline constexpr auto the_end = "the end";

/// How long a partner may be silent: 60 s, or TRANCHE_SILENCE_S of the environment, 2 s at least.
double silence_limit_s();

/// Member functions are for the main thread.
class SilenceWatch {
 public:
  /// Says how this rank ends, on stderr and in the outcome; returns the exit code. Called on the watch's
  /// thread.
  using LastWords = std::function<int(const Failure&)>;
  using Voice = std::function<void(const Failure&)>;

  SilenceWatch(int rank, int ranks, std::filesystem::path signs, LastWords last_words);
  ~SilenceWatch();
  SilenceWatch(const SilenceWatch&) = delete;
  SilenceWatch& operator=(const SilenceWatch&) = delete;

  /// Names of the ranks' hosts, as far as this rank knows them, from rank 0 on.
  void introduce(std::vector<std::string> hosts);
  /// From now on the campaign has to have this owner.
  void belongs_to(const directory::CampaignPaths& paths, const std::string& nonce);
  /// The owner leaves in good order: it may be gone from now on.
  void leaves();
  /// The main thread is in its loop.
  void turns() noexcept;
  /// An order of rank 0 has come.
  void hears() noexcept;
  /// The main thread is about to end this process through MPI: if that takes too long, we do.
  void gives_up(int exit_code) noexcept;

  /// While it lives, the main thread is in a collective call.
  class Meeting {
   public:
    Meeting(SilenceWatch& watch, const char* what);
    ~Meeting();
    Meeting(const Meeting&) = delete;
    Meeting& operator=(const Meeting&) = delete;

   private:
    SilenceWatch& watch_;
  };

  /// While it lives, what is said at the end is said through it as well.
  class Speaker {
   public:
    Speaker(SilenceWatch& watch, Voice voice);
    ~Speaker();
    Speaker(const Speaker&) = delete;
    Speaker& operator=(const Speaker&) = delete;

   private:
    SilenceWatch& watch_;
  };

 private:
  struct Campaign {
    directory::CampaignPaths paths;
    std::string nonce;
  };

  void loop();
  void look(double now);
  /// Whether the campaign is still this run's, as far as anybody can tell. May not return.
  bool is_ours(double now);
  void judge(double now);
  void read_signs(double now);
  std::string name_of(int rank) const;
  [[noreturn]] void end(const Failure& failure);

  const int rank_;
  const int ranks_;
  const double limit_s_;
  const SignsFile file_;
  const LastWords last_words_;

  // The main thread's.
  std::atomic<double> turned_at_;
  std::atomic<double> heard_at_;
  std::atomic<double> met_at_{0};  ///< 0: not in a meeting
  std::atomic<const char*> meeting_{""};
  std::atomic<double> gave_up_at_{0};
  std::atomic<int> exit_code_{0};

  mutable std::mutex mutex_;  ///< of what follows
  std::condition_variable stop_;
  bool stopping_ = false;
  std::vector<std::string> hosts_;
  std::optional<Campaign> campaign_;
  Voice voice_;

  // The watch's.
  double looked_at_;
  double owner_looked_at_ = 0;
  std::optional<double> not_ours_since_;
  std::uint64_t beats_ = 0;
  std::uint64_t owner_beats_ = 0;
  SignsOfLife signs_;  ///< of ranks 1, 2, ... on rank 0, else of rank 0
  std::thread thread_;
};

}  // namespace tranche::daemon
