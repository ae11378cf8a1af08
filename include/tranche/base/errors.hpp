/// \file
/// Problems a user can fix, errors of the world around us, and the exit codes both end in.
/// Layer: base (pure).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace tranche {

/// Exit codes of every program (docs/operations.md).
enum class ExitCode : int {
  done = 0,
  unexpected = 1,     ///< a bug, or something nobody foresaw
  usage = 2,          ///< command line or campaign.yaml
  gate = 3,           ///< waits for a decision, or the budget is used up
  stopped = 4,        ///< stopped early, resumable
  failure_limit = 5,  ///< too many samples failed
  owned = 6,          ///< another run owns the campaign
  environment = 7,    ///< the machine is unfit: disk, MPI, plug-in
  damaged = 8,        ///< ledger or store contradict each other or themselves
};

/// Place in a text file, both from 1; line 0 = the file as a whole.
struct SourcePlace {
  std::string file;
  int line = 0;
  int column = 0;
};

/// Something the user can fix: what, where, why, what to type.
struct Problem {
  std::string what;  ///< one sentence
  SourcePlace where;
  std::string why;  ///< may be empty
  std::string fix;  ///< what to type; may be empty
};

/// All problems of an input at once. Ends in ExitCode::usage.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  explicit ConfigError(Problem problem) : ConfigError(std::vector<Problem>{std::move(problem)}) {}
  const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// An error that ends a program with a known exit code. `what()` = operation, object, native text.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& text, std::string fix = {})
      : std::runtime_error{text}, code_{code}, fix_{std::move(fix)} {}
  ExitCode code() const noexcept { return code_; }
  const std::string& fix() const noexcept { return fix_; }  ///< what to type; may be empty

 private:
  ExitCode code_;
  std::string fix_;
};

/// File or HDF5 operation failed. The machine is unfit.
class IoError : public Failure {
 public:
  using Failure::Failure;
  explicit IoError(const std::string& text, std::string fix = {})
      : Failure{ExitCode::environment, text, std::move(fix)} {}
};

/// SQLite failed.
class DbError : public Failure {
 public:
  explicit DbError(const std::string& text, std::string fix = {})
      : Failure{ExitCode::environment, text, std::move(fix)} {}
};

/// MPI failed.
class MpiError : public Failure {
 public:
  explicit MpiError(const std::string& text) : Failure{ExitCode::environment, text} {}
};

/// Ledger or store contradict themselves or each other.
class DamageError : public Failure {
 public:
  explicit DamageError(const std::string& text, std::string fix = {})
      : Failure{ExitCode::damaged, text, std::move(fix)} {}
};

/// Something tranche promised itself does not hold: a bug of ours.
class ContractError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Checked in every build: dispatch stops, and the next start resumes from the ledger.
void ensure(bool holds, const char* promise);

}  // namespace tranche
