/// \file
/// The agent's connection to its zygote: birth, messages, death.
/// Layer: adapter (simulate). In the agent only.
#pragma once

#include <sys/types.h>

#include <string>

#include "setup.hpp"

namespace tranche::simulate {

class ZygoteLink {
 public:
  /// Forks. The child never returns. \throws Failure{environment}.
  explicit ZygoteLink(const Setup& setup);
  /// Asks it to kill the slots and leave; kills it if it does not.
  ~ZygoteLink();
  ZygoteLink(const ZygoteLink&) = delete;
  ZygoteLink& operator=(const ZygoteLink&) = delete;

  int socket() const noexcept { return socket_.get(); }
  bool alive() const noexcept { return pid_ != 0; }
  void send(ZygoteMessage::Kind kind, std::uint32_t slot = 0);
  /// Waits for tranche_load. \throws Failure{environment} with what went wrong.
  void wait_loaded(double limit_s);
  /// Reads what has arrived, without blocking. \throws Failure{environment} for a fatal report and for
  /// the zygote's death.
  void listen();
  /// Waits for its orderly end; false if the limit passed.
  bool wait_end(double limit_s);
  void kill() noexcept;

 private:
  enum class Heard { nothing, loaded, end };

  Heard receive();
  bool readable(double limit_s) const;
  [[noreturn]] void explain_death(const char* meanwhile);
  std::string last_log_words() const;

  const Setup& setup_;
  FileDescriptor socket_;
  pid_t pid_ = 0;
  std::uint64_t log_mark_ = 0;
};

}  // namespace tranche::simulate
